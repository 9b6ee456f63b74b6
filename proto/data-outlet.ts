// What a producer has for one consumer: frames in order, cut into chunks as far as
// the consumer's credits and the transport allow.
import { type Chunk, chunkAt, type Frame } from "./frame.js";
import { leastSharedBytes, sharedSlotsPerLink } from "./limits.js";
import type { SharedBlock, SharedOutbox } from "./shared-memory.js";

/** `sent`: its bytes are with the transport or in shared memory. `dropped`: the link broke or the epoch was given up. */
export type SendOutcome = "sent" | "dropped";

/** The part of a stream that an outlet writes to; `written` is called once the chunk was turned into bytes. */
export interface ChunkSink {
  write(chunk: Chunk, written: () => void): boolean;
  once(event: "drain", listener: () => void): unknown;
}

interface Sending {
  readonly frame: Frame;
  readonly settle: (outcome: SendOutcome) => void;
}

export class ConsumerOutlet {
  #queue: Sending[] = [];
  /** Where the next chunk of the frame at the head of the queue begins. */
  #offset = 0;
  /** Cut to the end, but not all of it turned into bytes yet. */
  readonly #settling = new Set<Sending>();
  #creditBytes = 0;
  #queuedBytes = 0;
  #isFull = false;
  #isClosed = false;
  #shared: SharedOutbox | null = null;
  /** Oldest first; `until`: of all bytes sent, when the consumer has read it. */
  readonly #unread: { readonly block: SharedBlock; readonly until: number }[] = [];
  #sentBytes = 0;
  /** null: nothing was granted yet. */
  #readBytes: number | null = null;

  constructor(private readonly sink: ChunkSink) {}

  /** Bytes of frames that the transport has not taken. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  send(frame: Frame): Promise<SendOutcome> {
    if (this.#isClosed) return Promise.resolve("dropped");
    return new Promise((settle) => {
      this.#queuedBytes += frame.payload.byteLength;
      this.#queue.push({ frame, settle });
      this.#pump();
    });
  }

  /** The consumer can read what lies there. */
  share(memory: SharedOutbox | null): void {
    this.#shared = memory;
  }

  /** The first is what may be on the way; the others say how much of that was read. */
  grant(bytes: number): void {
    this.#readBytes = this.#readBytes === null ? 0 : this.#readBytes + bytes;
    while (this.#unread.length > 0 && this.#unread[0]!.until <= this.#readBytes) {
      this.#shared?.release(this.#unread.shift()!.block);
    }
    this.#creditBytes += bytes;
    this.#pump();
  }

  /** A frame that has begun is finished: the consumer could not tell where it ended. */
  dropEpoch(epoch: number): void {
    const kept: Sending[] = [];
    this.#queue.forEach((sending, position) => {
      const hasBegun = position === 0 && this.#offset > 0;
      if (hasBegun || sending.frame.epoch !== epoch) kept.push(sending);
      else this.#drop(sending);
    });
    this.#queue = kept;
  }

  close(): void {
    this.#isClosed = true;
    for (const sending of this.#queue) this.#drop(sending);
    this.#queue = [];
    for (const sending of this.#settling) sending.settle("dropped");
    this.#settling.clear();
    for (const { block } of this.#unread.splice(0)) this.#shared?.release(block);
  }

  #drop({ frame, settle }: Sending): void {
    this.#queuedBytes -= frame.payload.byteLength;
    settle("dropped");
  }

  #pump(): void {
    while (!this.#isFull && !this.#isClosed && this.#queue.length > 0) {
      // One chunk may overdraw the credit, so that any credit moves something.
      if (this.#creditBytes <= 0 && this.#queue[0]!.frame.payload.length > 0) return;
      if (this.#unread.length >= sharedSlotsPerLink) return;
      this.#writeChunk(this.#queue[0]!);
    }
  }

  #writeChunk(sending: Sending): void {
    const chunk = chunkAt(sending.frame, this.#offset);
    this.#offset += chunk.data.length;
    this.#creditBytes -= chunk.data.length;
    this.#sentBytes += chunk.data.length;
    const isLast = this.#offset === sending.frame.payload.byteLength;
    if (isLast) {
      this.#queue.shift();
      this.#offset = 0;
      this.#settling.add(sending);
    }
    const hasRoom = this.sink.write(this.#shareData(chunk), () => {
      this.#queuedBytes -= chunk.data.length;
      if (isLast && this.#settling.delete(sending)) sending.settle("sent");
    });
    if (hasRoom) return;
    this.#isFull = true;
    this.sink.once("drain", () => {
      this.#isFull = false;
      this.#pump();
    });
  }

  #shareData(chunk: Chunk): Chunk {
    const block = chunk.data.length < leastSharedBytes ? null : this.#shared?.put(chunk.data);
    if (!block) return chunk;
    this.#unread.push({ block, until: this.#sentBytes });
    return { ...chunk, data: chunk.data.subarray(0, 0), shared: block };
  }
}
