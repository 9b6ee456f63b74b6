// Messages waiting for a stream that is written no faster than its peer reads.
import type { Writable } from "node:stream";
import { maxQueuedMessages } from "./limits.js";

/** Writes in order. Holds back while the transport is full; calls `overflow` once too much waits. */
export class Outbox<Message> {
  readonly #waiting: Message[] = [];
  #isFull = false;
  #isClosed = false;
  #flushed: (() => void) | null = null;

  constructor(
    private readonly stream: Pick<Writable, "write" | "once">,
    private readonly overflow: () => void,
    private readonly limit = maxQueuedMessages,
  ) {}

  /** Messages not yet handed to the transport. */
  get waiting(): number {
    return this.#waiting.length;
  }

  send(message: Message): void {
    if (this.#isClosed || this.#flushed) return;
    this.#waiting.push(message);
    this.#flush();
    if (this.#waiting.length > this.limit) {
      this.close();
      this.overflow();
    }
  }

  /** Takes no more messages; calls `flushed` when those that wait are with the transport. */
  finish(flushed: () => void): void {
    this.#flushed ??= flushed;
    this.#flush();
  }

  /** Drops what waits and what comes. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
  }

  #flush(): void {
    if (this.#isClosed) return;
    let written = 0;
    while (!this.#isFull && written < this.#waiting.length) {
      this.#isFull = !this.stream.write(this.#waiting[written++]!);
      if (this.#isFull) {
        this.stream.once("drain", () => {
          this.#isFull = false;
          this.#flush();
        });
      }
    }
    this.#waiting.splice(0, written);
    if (this.#flushed && this.#waiting.length === 0) {
      this.#isClosed = true;
      this.#flushed();
    }
  }
}
