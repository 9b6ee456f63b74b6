// The command line's end of the Sweeps service.
import {
  Client,
  type ClientReadableStream,
  type ServiceError,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { tokenMetadata } from "./bearer-token.js";
import type { Credentials } from "./credentials.js";
import type { TypedMethod } from "./definition.js";
import type { GenerationNews } from "./generation-words.js";
import { channelOptions, deadlines, type Keepalive, keepalive, maxControlMessageBytes } from "./limits.js";
import { type LinkError, linkError } from "./link-error.js";
import { ProtocolError } from "./protocol-error.js";
import type { FileChunk, SweepProgress } from "./sweep-words.js";
import { sweepMethods } from "./wire-sweeps.js";

export interface SweepsClientSettings {
  readonly address: string;
  readonly credentials: Credentials;
  readonly token?: string | undefined;
  readonly keepalive?: Keepalive;
  readonly callMs?: number;
}

/** Rejections are LinkError or ProtocolError. Streams end when their signal aborts. */
export interface SweepsClient {
  /** Resolves to the sweep's id. */
  submit(options: unknown): Promise<string>;
  watch(id: string, signal?: AbortSignal): AsyncIterable<SweepProgress>;
  list(): Promise<readonly SweepProgress[]>;
  cancel(id: string): Promise<SweepProgress>;
  /** Paths were checked: relative, and inside the folder they are put into. */
  results(id: string, signal?: AbortSignal): AsyncIterable<FileChunk>;
  /** Leaving ends it. */
  generate(options: unknown, signal?: AbortSignal): AsyncIterable<GenerationNews>;
  close(): void;
}

/** Dials with the first call. Throws InsecureAddressError. */
export function connectSweeps(settings: SweepsClientSettings): SweepsClient {
  const { address, credentials, token, callMs = deadlines.callMs } = settings;
  const channel = credentials.forClient(address);
  const client = new Client(address, channel.credentials, {
    ...channelOptions(settings.keepalive ?? keepalive, maxControlMessageBytes),
    ...channel.options,
  });
  const metadata = tokenMetadata(token);
  const failed = (ended: Pick<StatusObject, "code" | "details">): LinkError =>
    linkError("the coordinator", address, ended);

  const call = <Request, Response>(
    method: TypedMethod<Request, Response>,
    request: Request,
  ): Promise<Response> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest<Request, Response | ProtocolError>(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        { deadline: Date.now() + callMs },
        (error: ServiceError | null, response?: Response | ProtocolError) => {
          if (error) reject(failed(error));
          else if (response instanceof ProtocolError) reject(response);
          else resolve(response as Response);
        },
      );
    });

  async function* stream<Request, Response>(
    method: TypedMethod<Request, Response>,
    request: Request,
    signal?: AbortSignal,
  ): AsyncGenerator<Response> {
    const responses: ClientReadableStream<Response | ProtocolError> = client.makeServerStreamRequest<
      Request,
      Response | ProtocolError
    >(method.path, method.requestSerialize, method.responseDeserialize, request, metadata);
    const stop = (): void => responses.cancel();
    const ended = new Promise<StatusObject>((resolve) => responses.on("status", resolve));
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    try {
      for await (const response of responses) {
        if (response instanceof ProtocolError) throw response;
        yield response as Response;
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw error instanceof ProtocolError ? error : failed(error as ServiceError);
    } finally {
      signal?.removeEventListener("abort", stop);
      stop();
    }
    const final = await ended;
    if (final.code !== status.OK && !signal?.aborted) throw failed(final);
  }

  return {
    submit: (options) => call(sweepMethods.Submit, options),
    watch: (id, signal) => stream(sweepMethods.Watch, id, signal),
    list: () => call(sweepMethods.List, {}),
    cancel: (id) => call(sweepMethods.Cancel, id),
    results: (id, signal) => stream(sweepMethods.Results, id, signal),
    generate: (options, signal) => stream(sweepMethods.Generate, options, signal),
    close: () => client.close(),
  };
}
