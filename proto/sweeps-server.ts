// The coordinator's end of the Sweeps service: checks the token, hands calls to
// the handlers and turns their errors into statuses.
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  type Metadata,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { whyUnauthenticated } from "./bearer-token.js";
import { serviceNames } from "./definition.js";
import type { GenerationNews } from "./generation-words.js";
import { fileChunkBytes } from "./limits.js";
import type { StatusName } from "./link-error.js";
import { ProtocolError } from "./protocol-error.js";
import type { RpcServer } from "./server.js";
import type { FileChunk, SweepProgress } from "./sweep-words.js";
import { sweepMethods } from "./wire-sweeps.js";

/** What the coordinator does; rejections reach the client, with exitCode 2 as INVALID_ARGUMENT. */
export interface SweepHandlers {
  /** `options` is unchecked JSON. Resolves to the new sweep's id. */
  submit(options: unknown): Promise<string>;
  /** Ends with the sweep. The signal aborts when the client is gone. */
  watch(id: string, signal: AbortSignal): AsyncIterable<SweepProgress>;
  list(): Promise<readonly SweepProgress[]>;
  cancel(id: string): Promise<SweepProgress>;
  /** Chunks of any size, file after file. */
  results(id: string, signal: AbortSignal): AsyncIterable<FileChunk>;
  /** `options` is unchecked JSON. The signal aborts when the client is gone, which ends the generation. */
  generate(options: unknown, signal: AbortSignal): AsyncIterable<GenerationNews>;
}

/** For handlers: no sweep has that id. */
export class UnknownSweepError extends Error {
  override readonly name = "UnknownSweepError";
  readonly exitCode = 2;

  constructor(readonly id: string) {
    super(`there is no ${id}; \`painters status\` lists them`);
  }
}

interface Refusal {
  readonly code: number;
  readonly details: string;
}

/** Before server.listen(). With a token every call must show it. */
export function serveSweeps(server: RpcServer, handlers: SweepHandlers, token?: string): void {
  const unary =
    <Request, Response>(
      answer: (request: Request) => Promise<Response>,
    ): handleUnaryCall<Request | ProtocolError, Response> =>
    (call, callback) => {
      checked(call, token, answer).then(
        (response) => callback(null, response),
        (error: unknown) => callback(refusal(error)),
      );
    };
  const streaming =
    <Request, Response>(
      answer: (request: Request, signal: AbortSignal) => AsyncIterable<Response>,
    ): handleServerStreamingCall<Request | ProtocolError, Response> =>
    (call) => {
      const gone = new AbortController();
      call.on("cancelled", () => gone.abort());
      call.on("error", () => {});
      checked(call, token, async (request: Request) =>
        writeAll(call, answer(request, gone.signal), gone.signal),
      ).then(
        () => call.end(),
        (error: unknown) => {
          if (!gone.signal.aborted) call.emit("error", refusal(error));
        },
      );
    };
  const implementation: UntypedServiceImplementation = {
    Submit: unary((options: unknown) => handlers.submit(options)),
    Watch: streaming((id: string, signal) => handlers.watch(id, signal)),
    List: unary((_: object) => handlers.list()),
    Cancel: unary((id: string) => handlers.cancel(id)),
    Results: streaming((id: string, signal) => smallChunks(handlers.results(id, signal))),
    Generate: streaming((options: unknown, signal) => handlers.generate(options, signal)),
  };
  server.add(serviceNames.sweeps, sweepMethods, implementation);
}

async function checked<Request, Response>(
  { metadata, request }: { readonly metadata: Metadata; readonly request: Request | ProtocolError },
  token: string | undefined,
  answer: (request: Request) => Promise<Response>,
): Promise<Response> {
  const problem = token === undefined ? null : whyUnauthenticated(metadata, token);
  if (problem) throw new RefusedCall("UNAUTHENTICATED", problem);
  if (request instanceof ProtocolError) throw new RefusedCall("INVALID_ARGUMENT", request.message);
  return answer(request);
}

async function writeAll<Response>(
  call: ServerWritableStream<unknown, Response>,
  responses: AsyncIterable<Response>,
  signal: AbortSignal,
): Promise<void> {
  for await (const response of responses) {
    if (signal.aborted) return;
    if (call.write(response)) continue;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        call.off("drain", goOn);
        signal.removeEventListener("abort", goOn);
        resolve();
      };
      call.once("drain", goOn);
      signal.addEventListener("abort", goOn, { once: true });
    });
  }
}

async function* smallChunks(chunks: AsyncIterable<FileChunk>): AsyncGenerator<FileChunk> {
  for await (const { path, bytes } of chunks) {
    let offset = 0;
    do {
      yield { path, bytes: bytes.subarray(offset, offset + fileChunkBytes) };
      offset += fileChunkBytes;
    } while (offset < bytes.length);
  }
}

class RefusedCall extends Error {
  constructor(
    readonly code: StatusName,
    message: string,
  ) {
    super(message);
  }
}

function refusal(error: unknown): Refusal {
  const details = error instanceof Error ? error.message : String(error);
  return { code: status[refusalCode(error)], details };
}

function refusalCode(error: unknown): StatusName {
  if (error instanceof RefusedCall) return error.code;
  if (error instanceof UnknownSweepError) return "NOT_FOUND";
  const isWrongRequest = error instanceof Error && "exitCode" in error && error.exitCode === 2;
  return isWrongRequest ? "INVALID_ARGUMENT" : "INTERNAL";
}
