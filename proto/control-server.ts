// The coordinator's end of the control streams. A stream is refused or becomes a
// link with its hello; `closed` is said exactly once for each link.
import { Metadata, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { attachMethod } from "./control-method.js";
import { serviceNames } from "./definition.js";
import { type Identity, identityOf, whyNotNamed } from "./identity.js";
import { deadlines } from "./limits.js";
import type { StatusName } from "./link-error.js";
import { type Hello, protocolVersion, type ToCoordinator, type ToWorker } from "./messages.js";
import { Outbox } from "./outbox.js";
import { ProtocolError } from "./protocol-error.js";
import type { RpcServer } from "./server.js";

/** A worker's messages after its hello. */
export type WorkerMessage = Exclude<ToCoordinator, Hello>;

/** One attached worker, as the coordinator sees it. */
export interface ControlLink {
  readonly hello: Hello;
  readonly identity: Identity;
  /** Messages the worker has not taken yet. */
  readonly waiting: number;
  /** In order; after closing nothing happens. */
  send(message: ToWorker): void;
  /**
   * What was sent before still arrives, then the worker hears the reason; it dials again unless `forGood`.
   * `closed` is called afterwards, not from within.
   */
  close(reason: string, forGood?: boolean): void;
}

export interface ControlHandlers {
  attached(link: ControlLink): void;
  message(link: ControlLink, message: WorkerMessage): void;
  /** Once for each attached link. */
  closed(link: ControlLink, reason: string): void;
  /** A stream that never became a link. */
  refused?(identity: Identity, reason: string): void;
}

export interface ServeControlOptions {
  readonly helloMs?: number;
}

type Call = ServerDuplexStream<ToCoordinator | ProtocolError, ToWorker>;

/** Before server.listen(). */
export function serveControl(
  server: RpcServer,
  handlers: ControlHandlers,
  { helloMs = deadlines.helloMs }: ServeControlOptions = {},
): void {
  server.add(
    serviceNames.control,
    { Attach: attachMethod },
    { Attach: (call: Call) => attend(call, handlers, server.isSecure, helloMs) },
  );
}

function attend(call: Call, handlers: ControlHandlers, isSecure: boolean, helloMs: number): void {
  const identity = identityOf(call);
  let link: ControlLink | null = null;
  let isOver = false;

  const over = (reason: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(helloTimer);
    outbox.close();
    if (link) handlers.closed(link, reason);
    else handlers.refused?.(identity, reason);
  };
  const end = (code: StatusName, reason: string): void => {
    if (isOver) return;
    // This is how grpc-js ends a stream with a status.
    call.emit("error", { code: status[code], details: reason });
    over(reason);
  };
  const outbox = new Outbox<ToWorker>(call, () =>
    end("RESOURCE_EXHAUSTED", "the worker does not read what it is sent"),
  );
  const helloTimer = setTimeout(
    () => end("DEADLINE_EXCEEDED", `no hello came within ${helloMs} ms`),
    helloMs,
  );

  const greet = (message: ToCoordinator): void => {
    if (message.kind !== "hello") {
      end("INVALID_ARGUMENT", `the first message was ${message.kind}; it must be hello`);
      return;
    }
    const problem = whyRefused(message, identity, isSecure);
    if (problem) {
      end(...problem);
      return;
    }
    clearTimeout(helloTimer);
    link = {
      hello: message,
      identity,
      get waiting() {
        return outbox.waiting;
      },
      send: (answer) => outbox.send(answer),
      close: (reason, forGood = false) =>
        outbox.finish(() => queueMicrotask(() => end(forGood ? "ABORTED" : "UNAVAILABLE", reason))),
    };
    call.sendMetadata(new Metadata());
    handlers.attached(link);
  };

  call.on("data", (message: ToCoordinator | ProtocolError) => {
    if (isOver) return;
    if (message instanceof ProtocolError) end("INVALID_ARGUMENT", message.message);
    else if (!link) greet(message);
    else if (message.kind === "hello") end("INVALID_ARGUMENT", "a second hello came on one stream");
    else handlers.message(link, message);
  });
  call.on("end", () => {
    // A broken connection ends the stream too, just before it cancels the call.
    setImmediate(() => {
      over("the worker ended the stream");
      call.end();
    });
  });
  call.on("cancelled", () => over("the connection broke"));
  call.on("error", () => {});
}

function whyRefused(
  { name, protocolVersion: theirs }: Hello,
  identity: Identity,
  isSecure: boolean,
): readonly [StatusName, string] | null {
  if (theirs !== protocolVersion) {
    return [
      "FAILED_PRECONDITION",
      `the coordinator speaks protocol version ${protocolVersion}, worker "${name}" version ${theirs}; ` +
        "install the same version of painters on both",
    ];
  }
  const problem = whyNotNamed(identity, name, isSecure);
  return problem ? ["PERMISSION_DENIED", `worker "${name}" was refused: ${problem}`] : null;
}
