// The consumer's end of a data link. The consumer dials, because in grpc-js only
// clients honour a large window; it grants credits as bytes come in.
import { Client, type Metadata, type StatusObject } from "@grpc/grpc-js";
import type { Credentials } from "./credentials.js";
import { type PullRequest, pullMethod, sharedHeader } from "./data-method.js";
import { bytesIn, decodeChunk, type Frame } from "./frame.js";
import { FrameAssembler } from "./frame-assembler.js";
import {
  channelOptions,
  deadlines,
  initialCreditBytes,
  type Keepalive,
  keepalive,
  maxChunkMessageBytes,
  sharedIdleMs,
  sharedSlotsPerLink,
} from "./limits.js";
import { LinkError, linkError } from "./link-error.js";
import { protocolVersion } from "./messages.js";
import { ProtocolError } from "./protocol-error.js";
import { SharedInbox } from "./shared-memory.js";

export interface DataLinkSettings {
  /** Where the producer serves. */
  readonly address: string;
  readonly credentials: Credentials;
  /** Our worker name. */
  readonly self: string;
  /** The producer's worker name; under TLS its certificate must carry it. */
  readonly producer: string;
  readonly creditBytes?: number;
  /** Read from memory that a producer on this machine shares; by default true. */
  readonly sharesMemory?: boolean;
  readonly maxFrameBytes?: number;
  readonly keepalive?: Keepalive;
  readonly openMs?: number;
}

export interface DataLinkHandlers {
  /** In the order sent. The payload is the receiver's own. */
  frame(frame: Frame): void;
  /** Once, after the link was opened; null: we closed it. Frames that were under way are lost. */
  closed(error: LinkError | ProtocolError | null): void;
}

export interface DataLink {
  readonly producer: string;
  /** Of frames' data, since it was opened. */
  readonly receivedBytes: number;
  /** The data of large frames is read from memory that the producer shares. */
  readonly sharesMemory: boolean;
  close(): void;
}

/** Resolves when the producer accepted us. Rejects with LinkError; throws InsecureAddressError. */
export async function openDataLink(
  settings: DataLinkSettings,
  handlers: DataLinkHandlers,
): Promise<DataLink> {
  const { address, credentials, self, producer } = settings;
  const { creditBytes = initialCreditBytes, openMs = deadlines.openMs } = settings;
  const peer = `worker "${producer}"`;
  const channel = credentials.forClient(address, producer);
  const client = new Client(address, channel.credentials, {
    ...channelOptions(settings.keepalive ?? keepalive, maxChunkMessageBytes),
    ...channel.options,
  });
  const stream = client.makeBidiStreamRequest<PullRequest, Buffer>(
    pullMethod.path,
    pullMethod.requestSerialize,
    pullMethod.responseDeserialize,
  );
  const assembler = new FrameAssembler(settings.maxFrameBytes);
  let isOpen = false;
  let isClosing = false;
  let receivedBytes = 0;
  let ungrantedBytes = 0;
  let ungrantedSlots = 0;
  let idleTimer: NodeJS.Timeout | undefined;
  let broken: LinkError | ProtocolError | null = null;

  const breakOff = (error: LinkError | ProtocolError): void => {
    broken ??= error;
    stream.cancel();
  };
  const grant = (): void => {
    clearTimeout(idleTimer);
    idleTimer = undefined;
    if (ungrantedBytes > 0) stream.write({ kind: "credit", bytes: ungrantedBytes });
    ungrantedBytes = 0;
    ungrantedSlots = 0;
  };
  const receive = (bytes: Buffer): void => {
    if (broken || isClosing) return;
    let frame: Frame | null;
    try {
      const chunk = decodeChunk(bytes);
      frame = assembler.take(chunk);
      receivedBytes += bytesIn(chunk);
      ungrantedBytes += bytesIn(chunk);
      if (chunk.shared) ungrantedSlots++;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      breakOff(error);
      return;
    }
    // Few and large grants; far from late, since three quarters are still out.
    if (ungrantedBytes >= creditBytes / 4 || ungrantedSlots >= sharedSlotsPerLink / 4) grant();
    else if (ungrantedSlots > 0) idleTimer ??= setTimeout(grant, sharedIdleMs).unref();
    if (frame) handlers.frame(frame);
  };

  return new Promise((resolve, reject) => {
    const openTimer = setTimeout(
      () =>
        breakOff(
          new LinkError("DEADLINE_EXCEEDED", address, `${peer} at ${address} did not answer in ${openMs} ms`),
        ),
      openMs,
    );
    stream.on("metadata", (headers: Metadata) => {
      clearTimeout(openTimer);
      isOpen = true;
      const [offer] = headers.get(sharedHeader);
      if (settings.sharesMemory ?? true) assembler.shared = SharedInbox.open(String(offer));
      if (assembler.shared) stream.write({ kind: "reads-shared" });
      resolve({
        producer,
        sharesMemory: assembler.shared !== null,
        get receivedBytes() {
          return receivedBytes;
        },
        close() {
          isClosing = true;
          stream.cancel();
        },
      });
    });
    stream.on("data", receive);
    stream.on("error", () => {}); // `status` says the same
    stream.on("status", (final: StatusObject) => {
      clearTimeout(openTimer);
      clearTimeout(idleTimer);
      client.close();
      assembler.shared?.close();
      assembler.shared = null;
      const error =
        broken ?? (isClosing ? null : linkError(peer, address, final, isOpen ? "lost" : "cannot reach"));
      if (isOpen) handlers.closed(error);
      else reject(error);
    });
    stream.write({ kind: "hello", protocolVersion, worker: self });
    stream.write({ kind: "credit", bytes: creditBytes });
  });
}
