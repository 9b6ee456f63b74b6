// The worker's end of the control stream: dials, says hello, and dials again with
// backoff when told to. It is dialling, attached, waiting to dial, or over.
import { Client, type ClientDuplexStream, type StatusObject } from "@grpc/grpc-js";
import { type Backoff, backoffMs } from "./backoff.js";
import { attachMethod } from "./control-method.js";
import type { Credentials } from "./credentials.js";
import {
  channelOptions,
  deadlines,
  backoff as defaultBackoff,
  type Keepalive,
  keepalive,
  maxControlMessageBytes,
} from "./limits.js";
import { LinkError, linkError } from "./link-error.js";
import type { Hello, ToCoordinator, ToWorker } from "./messages.js";
import { Outbox } from "./outbox.js";
import { ProtocolError } from "./protocol-error.js";

export interface AttachHandlers {
  /** The coordinator took the hello. */
  attached(): void;
  message(message: ToWorker): void;
  /** A try failed or the stream ended, whoever ended it. */
  closed(ended: ControlEnded): void;
}

export interface ControlEnded {
  /** For people: whom we tried to reach, and what came of it. */
  readonly reason: string;
  /** Null: this side closed it. */
  readonly error: LinkError | ProtocolError | null;
  /** Whether it had been attached. */
  readonly wasAttached: boolean;
  /** When it dials again; null: never, it is over. */
  readonly retryInMs: number | null;
}

export interface AttachOptions {
  /** Dial again after transient errors, for ever. Default: no. */
  readonly reconnect?: boolean;
  readonly backoff?: Backoff;
  readonly keepalive?: Keepalive;
  readonly openMs?: number;
}

/** The worker's side of its control link, across reconnections. */
export interface AttachedControl {
  readonly isAttached: boolean;
  /** False: not attached, so it was dropped. */
  send(message: Exclude<ToCoordinator, Hello>): boolean;
  /** What was sent before still goes out. `closed` follows. */
  close(): void;
}

type Stream = ClientDuplexStream<ToCoordinator, ToWorker | ProtocolError>;

/** `hello` is asked anew for each try. Throws InsecureAddressError. */
export function attachControl(
  address: string,
  credentials: Credentials,
  hello: () => Hello,
  handlers: AttachHandlers,
  options: AttachOptions = {},
): AttachedControl {
  const { reconnect = false, backoff = defaultBackoff, openMs = deadlines.openMs } = options;
  const channel = credentials.forClient(address);
  let failures = 0;
  let isClosing = false;
  let isOver = false;
  let redial: NodeJS.Timeout | undefined;
  let current: {
    readonly outbox: Outbox<ToCoordinator>;
    readonly stream: Stream;
    isAttached: boolean;
  } | null = null;

  const ended = (wasAttached: boolean, error: LinkError | ProtocolError | null, reason: string): void => {
    current = null;
    failures = wasAttached ? 1 : failures + 1;
    const again = reconnect && !isClosing && !(error instanceof LinkError && error.isPermanent);
    isOver = !again;
    const retryInMs = again ? backoffMs(failures, Math.random(), backoff) : null;
    if (retryInMs !== null) redial = setTimeout(dial, retryInMs);
    handlers.closed({ reason, error, wasAttached, retryInMs });
  };

  const dial = (): void => {
    const client = new Client(address, channel.credentials, {
      ...channelOptions(options.keepalive ?? keepalive, maxControlMessageBytes),
      ...channel.options,
    });
    const stream: Stream = client.makeBidiStreamRequest<ToCoordinator, ToWorker | ProtocolError>(
      attachMethod.path,
      attachMethod.requestSerialize,
      attachMethod.responseDeserialize,
    );
    let broken: LinkError | ProtocolError | null = null;
    const breakOff = (error: LinkError | ProtocolError): void => {
      broken ??= error;
      stream.cancel();
    };
    const outbox = new Outbox<ToCoordinator>(stream, () =>
      breakOff(new LinkError("RESOURCE_EXHAUSTED", address, `the coordinator at ${address} does not read`)),
    );
    const link = { outbox, stream, isAttached: false };
    current = link;
    const openTimer = setTimeout(
      () =>
        breakOff(
          new LinkError(
            "DEADLINE_EXCEEDED",
            address,
            `the coordinator at ${address} did not answer in ${openMs} ms`,
          ),
        ),
      openMs,
    );
    stream.on("metadata", () => {
      clearTimeout(openTimer);
      link.isAttached = true;
      if (!isClosing) handlers.attached();
    });
    stream.on("data", (message: ToWorker | ProtocolError) => {
      if (broken) return;
      if (message instanceof ProtocolError) breakOff(message);
      else handlers.message(message);
    });
    stream.on("error", () => {}); // `status` says the same
    stream.on("status", (final: StatusObject) => {
      const finish = (): void => {
        clearTimeout(openTimer);
        outbox.close();
        client.close();
        const error =
          broken ??
          (isClosing
            ? null
            : linkError("the coordinator", address, final, link.isAttached ? "lost" : "cannot reach"));
        ended(link.isAttached, error, error?.message ?? `left the coordinator at ${address}`);
      };
      // Messages that came before the status are still to be read.
      if (stream.readableEnded) finish();
      else stream.once("end", finish);
    });
    outbox.send(hello());
  };

  dial();
  return {
    get isAttached() {
      return current?.isAttached ?? false;
    },
    send(message) {
      if (!current?.isAttached || isClosing) return false;
      current.outbox.send(message);
      return true;
    },
    close() {
      if (isClosing || isOver) return;
      isClosing = true;
      if (current) {
        const { outbox, stream, isAttached } = current;
        if (isAttached) outbox.finish(() => stream.end());
        else stream.cancel();
      } else {
        clearTimeout(redial);
        queueMicrotask(() => ended(false, null, `stopped dialling the coordinator at ${address}`));
      }
    },
  };
}
