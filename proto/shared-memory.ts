// Memory that processes of one machine share. A producer writes the data of its chunks there, once for all its readers,
// as long as one still has to read it, and the chunks say where it lies. It is a file of the system's memory file system
// without a name, written and read by calls: a full file system is an error and no signal, and of a process that was
// killed nothing is left. What orders it are the streams: credits return the slots. Nothing depends on it: what finds no
// slot travels in its chunk.
import { closeSync, constants, openSync, readlinkSync, readSync, unlinkSync, writeSync } from "node:fs";
import path from "node:path";
import { chunkBytes, sharedSlots } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";

/** Linux has it; where it is missing, nothing is shared. */
const folder = "/dev/shm";
/** At the beginning of the file, so that a reader can tell that it has the right one. */
const nonceBytes = 16;
/** Before the data of a slot: how many times any slot was written before. */
const sequenceBytes = 8;
const slotStride = sequenceBytes + chunkBytes;
/** What /proc says of a file of ours that has no name any more. */
const linkPattern = /^\/dev\/shm\/painters-[0-9a-f-]{36} \(deleted\)$/;
const offerPattern = /^([1-9]\d{0,9})\/(\d{1,7})\/([0-9a-f]{32})$/;

/** Where a chunk's data lies. */
export interface SharedPlace {
  readonly slot: number;
  readonly sequence: number;
  readonly bytes: number;
}

/** A slot in use. */
export interface SharedBlock extends SharedPlace {
  /** Where the data was. */
  readonly byteOffset: number;
  /** Links that have yet to hear that it was read. */
  readers: number;
}

/** The producer's side, one for all its links. */
export class SharedOutbox {
  /** How a process of this machine and user finds it. */
  readonly offer: string;
  readonly #file: number;
  /** The one used last is last: its pages are in the caches. */
  readonly #free = Array.from({ length: sharedSlots }, (_, i) => sharedSlots - 1 - i);
  readonly #blocks = new WeakMap<ArrayBufferLike, readonly SharedBlock[]>();
  readonly #sequence = new Float64Array(1);
  #isClosed = false;

  private constructor(file: number, nonce: Buffer) {
    this.#file = file;
    this.offer = `${process.pid}/${file}/${nonce.toString("hex")}`;
  }

  /** It takes room as it is written. null: this system has none. */
  static create(): SharedOutbox | null {
    const name = path.join(folder, `painters-${crypto.randomUUID()}`);
    let file: number;
    try {
      file = openSync(name, "wx+", 0o600);
    } catch {
      return null;
    }
    try {
      unlinkSync(name);
      const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(nonceBytes)));
      writeSync(file, nonce, 0, nonceBytes, 0);
      return new SharedOutbox(file, nonce);
    } catch {
      closeSync(file);
      return null;
    }
  }

  /**
   * Copies data there, unless another link did that. Its buffer must not change any more.
   * null: there is no room. Else release() must follow.
   */
  put(data: Uint8Array): SharedBlock | null {
    const { byteOffset, length: bytes } = data;
    const known = (this.#blocks.get(data.buffer) ?? []).filter(({ readers }) => readers > 0);
    const same = known.find((block) => block.byteOffset === byteOffset && block.bytes === bytes);
    if (same) {
      same.readers++;
      return same;
    }
    const slot = this.#isClosed ? undefined : this.#free.pop();
    if (slot === undefined) return null;
    if (!this.#write(slot, data)) {
      // The file system is full. It may have pages for other slots, and for this one another time.
      this.#free.unshift(slot);
      return null;
    }
    const block: SharedBlock = { slot, sequence: this.#sequence[0]!, bytes, byteOffset, readers: 1 };
    this.#blocks.set(data.buffer, [...known, block]);
    return block;
  }

  release(block: SharedBlock): void {
    if (--block.readers === 0) this.#free.push(block.slot);
  }

  /** Nothing is put there afterwards. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #write(slot: number, data: Uint8Array): boolean {
    this.#sequence[0]!++;
    const at = startOf(slot);
    try {
      writeSync(this.#file, this.#sequence, 0, sequenceBytes, at);
      return writeSync(this.#file, data, 0, data.length, at + sequenceBytes) === data.length;
    } catch {
      return false;
    }
  }
}

/** The consumer's side of one link. */
export class SharedInbox {
  readonly #file: number;
  readonly #sequence = new Float64Array(1);
  readonly #mark = new Uint8Array(this.#sequence.buffer);

  private constructor(file: number) {
    this.#file = file;
  }

  /** null: there is no such memory here; the producer is on another machine, or another user's. */
  static open(offer: string): SharedInbox | null {
    const [, pid, descriptor, nonce] = offerPattern.exec(offer) ?? [];
    if (nonce === undefined) return null;
    const name = `/proc/${pid}/fd/${descriptor}`;
    let file: number;
    try {
      // In another machine's or container's processes the numbers may be anything's: nothing else is touched.
      if (!linkPattern.test(readlinkSync(name))) return null;
      file = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      return null;
    }
    const found = Buffer.alloc(nonceBytes);
    if (readFully(file, found, 0) && found.toString("hex") === nonce) return new SharedInbox(file);
    closeSync(file);
    return null;
  }

  /** @param target as long as the data. Throws ProtocolError if that is not there (any more). */
  read({ slot, sequence, bytes }: SharedPlace, target: Uint8Array): void {
    const isSlot = slot < sharedSlots && bytes <= chunkBytes;
    const at = startOf(slot);
    // The number last, because a producer that has given us up writes it before it writes other data.
    const isRead =
      isSlot && readFully(this.#file, target, at + sequenceBytes) && readFully(this.#file, this.#mark, at);
    if (!isRead || this.#sequence[0] !== sequence) {
      throw new ProtocolError(
        "chunk.shared",
        `is ${bytes} bytes in slot ${slot}, which the producer has given up or never had`,
      );
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

function readFully(file: number, target: Uint8Array, at: number): boolean {
  try {
    let done = 0;
    for (let count = 1; count > 0 && done < target.length; done += count) {
      count = readSync(file, target, done, target.length - done, at + done);
    }
    return done === target.length;
  } catch {
    return false;
  }
}

function startOf(slot: number): number {
  return nonceBytes + slot * slotStride;
}
