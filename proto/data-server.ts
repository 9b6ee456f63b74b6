// The producer's end of the data links: one outlet for each consumer that pulls.
import { Metadata, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { type PullRequest, pullMethod, type ReceivedRequest, sharedHeader } from "./data-method.js";
import { ConsumerOutlet, type SendOutcome } from "./data-outlet.js";
import { serviceNames } from "./definition.js";
import type { Chunk, Frame } from "./frame.js";
import { identityOf, whyNotNamed } from "./identity.js";
import { deadlines } from "./limits.js";
import type { StatusName } from "./link-error.js";
import { protocolVersion } from "./messages.js";
import { ProtocolError } from "./protocol-error.js";
import type { RpcServer } from "./server.js";
import { SharedOutbox } from "./shared-memory.js";

export type { SendOutcome } from "./data-outlet.js";

export interface DataServerHandlers {
  /**
   * Whether the plan lets this worker pull from us. May wait for the plan to arrive; the consumer's openMs
   * bounds it. Under TLS the certificate was found to carry the name before.
   */
  mayPull(worker: string): boolean | Promise<boolean>;
  opened?(worker: string): void;
  /** Once for each link that was opened, unless the same worker opened a newer one. */
  closed?(worker: string, reason: string): void;
}

/** Hidden states on their way out. */
export interface DataOutlet {
  /**
   * Queues a frame behind those sent before. Its payload must not change any more: what goes to several workers of
   * this machine is written once for all. The promise never rejects. Without a link the frame is dropped.
   */
  send(worker: string, frame: Frame): Promise<SendOutcome>;
  /** Drops the epoch's frames that have not begun. */
  dropEpoch(epoch: number): void;
  hasLink(worker: string): boolean;
  /** Bytes waiting for a worker to take them. */
  queuedBytes(worker: string): number;
  /** Ends the link of a worker; what waits is dropped. */
  close(worker: string, reason: string): void;
}

export interface ServeDataOptions {
  readonly helloMs?: number;
  /** Offer memory to consumers on this machine; by default true. */
  readonly sharesMemory?: boolean;
}

type Call = ServerDuplexStream<ReceivedRequest, Chunk>;

interface Link {
  readonly outlet: ConsumerOutlet;
  readonly end: (code: StatusName, reason: string) => void;
}

/** Before server.listen(). */
export function serveData(
  server: RpcServer,
  handlers: DataServerHandlers,
  { helloMs = deadlines.helloMs, sharesMemory = true }: ServeDataOptions = {},
): DataOutlet {
  const links = new Map<string, Link>();
  const shared = sharesMemory ? SharedOutbox.create() : null;
  server.onShutdown(() => shared?.close());

  const attend = (call: Call): void => {
    const identity = identityOf(call);
    const outlet = new ConsumerOutlet(call);
    let worker: string | null = null;
    let isGreeted = false;
    let isOver = false;

    const over = (reason: string): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(helloTimer);
      outlet.close();
      if (worker === null || links.get(worker) !== link) return;
      links.delete(worker);
      handlers.closed?.(worker, reason);
    };
    const end = (code: StatusName, reason: string): void => {
      if (isOver) return;
      call.emit("error", { code: status[code], details: reason });
      over(reason);
    };
    const link: Link = { outlet, end };
    const helloTimer = setTimeout(
      () => end("DEADLINE_EXCEEDED", `no hello came within ${helloMs} ms`),
      helloMs,
    );

    const greet = async (hello: Extract<PullRequest, { kind: "hello" }>): Promise<void> => {
      isGreeted = true;
      clearTimeout(helloTimer);
      if (hello.protocolVersion !== protocolVersion) {
        end(
          "FAILED_PRECONDITION",
          `this worker speaks protocol version ${protocolVersion}, worker "${hello.worker}" version ` +
            `${hello.protocolVersion}; install the same version of painters on both`,
        );
        return;
      }
      const problem = whyNotNamed(identity, hello.worker, server.isSecure);
      if (problem) {
        end("PERMISSION_DENIED", `worker "${hello.worker}" was refused: ${problem}`);
        return;
      }
      if (!(await handlers.mayPull(hello.worker))) {
        end("PERMISSION_DENIED", `worker "${hello.worker}" may not pull from this worker: no plan says so`);
        return;
      }
      if (isOver) return;
      const older = links.get(hello.worker);
      worker = hello.worker;
      links.set(worker, link);
      older?.end("ABORTED", "the same worker opened a newer link");
      const headers = new Metadata();
      if (shared) headers.set(sharedHeader, shared.offer);
      call.sendMetadata(headers);
      handlers.opened?.(worker);
    };

    call.on("data", (request: ReceivedRequest) => {
      if (isOver) return;
      if (request instanceof ProtocolError) end("INVALID_ARGUMENT", request.message);
      else if (request.kind === "hello") {
        if (isGreeted) end("INVALID_ARGUMENT", "a second hello came on one stream");
        else greet(request).catch((error: unknown) => end("INTERNAL", String(error)));
      } else if (!isGreeted) {
        end("INVALID_ARGUMENT", `the first request was a ${request.kind}; it must be hello`);
      } else if (request.kind === "credit") outlet.grant(request.bytes);
      else outlet.share(shared);
    });
    call.on("end", () => {
      // A broken connection ends the stream too, just before it cancels the call.
      setImmediate(() => {
        over("the consumer ended the stream");
        call.end();
      });
    });
    call.on("cancelled", () => over("the connection broke"));
    call.on("error", () => {});
  };

  server.add(serviceNames.data, { Pull: pullMethod }, { Pull: attend });
  return {
    send: (worker, frame) => links.get(worker)?.outlet.send(frame) ?? Promise.resolve("dropped"),
    dropEpoch(epoch) {
      for (const { outlet } of links.values()) outlet.dropEpoch(epoch);
    },
    hasLink: (worker) => links.has(worker),
    queuedBytes: (worker) => links.get(worker)?.outlet.queuedBytes ?? 0,
    close: (worker, reason) => links.get(worker)?.end("UNAVAILABLE", reason),
  };
}
