// The control streams between the coordinator and the workers: what either end takes
// for open, and how an end learns that the other has gone.
import type { RandomSource } from "../../models/demo/random-source.js";
import type { ToCoordinator, ToWorker } from "../../proto/messages.js";
import type { Clock } from "./clock.js";
import { hold } from "./invariants.js";
import { Link } from "./link.js";
import type { SimulatedWorker } from "./simulated-worker.js";

/** What the coordinator process sees. */
export interface StreamEvents {
  /** Now, or when it no longer is stopped. */
  whenAwake(then: () => void): void;
  joined(connection: number, worker: SimulatedWorker): void;
  said(connection: number, message: ToCoordinator): void;
  left(connection: number, reason: string): void;
}

interface Stream {
  readonly id: number;
  readonly worker: SimulatedWorker;
  readonly up: Link;
  readonly down: Link;
  /** The coordinator process that it leads to is no more. */
  isOrphaned: boolean;
}

export class ControlStreams {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #events: StreamEvents;
  /** Those that the coordinator takes for open. */
  readonly #open = new Map<number, Stream>();
  /** Those that the workers take for open. */
  readonly #dialled = new Map<SimulatedWorker, Stream>();
  #next = 0;

  constructor(clock: Clock, random: RandomSource, events: StreamEvents) {
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
  }

  dial(worker: SimulatedWorker): void {
    const up = new Link(this.#clock, this.#random);
    const down = new Link(this.#clock, this.#random);
    const stream: Stream = { id: this.#next++, worker, up, down, isOrphaned: false };
    this.#dialled.set(worker, stream);
    this.#arrive(stream, () => {
      this.#open.set(stream.id, stream);
      this.#events.joined(stream.id, worker);
    });
  }

  say(worker: SimulatedWorker, message: ToCoordinator): void {
    const stream = this.#dialled.get(worker);
    if (!stream) return;
    this.#arrive(stream, () => {
      // What comes from a closed stream is dropped, or is just being handled.
      if (!this.#open.has(stream.id) && this.#random.next() < 0.5) return;
      this.#events.said(stream.id, message);
    });
  }

  tell(connection: number, message: ToWorker): void {
    const { worker, down } = this.#openStream(connection);
    down.send(() => worker.whenAwake(() => worker.hear(message)));
  }

  /** By the coordinator; the worker sees it after what was told before. */
  disconnect(connection: number): void {
    const stream = this.#openStream(connection);
    this.#open.delete(connection);
    this.#tellEnd(stream);
  }

  /** The coordinator process dies, and all its streams with it. */
  orphan(): void {
    this.#open.clear();
    for (const stream of this.#dialled.values()) {
      stream.isOrphaned = true;
      this.#tellEnd(stream);
    }
  }

  /** The worker is dead; the coordinator sees that after what it said before. */
  workerDied(worker: SimulatedWorker, reason: string): void {
    const stream = this.#dialled.get(worker);
    if (stream) this.#seeEnd(stream, reason);
  }

  /** The network breaks it; the coordinator may see that only when the worker is back. */
  break(worker: SimulatedWorker, isSeen: boolean): void {
    const stream = this.#dialled.get(worker);
    if (!stream) return;
    stream.down.cut();
    if (isSeen) this.#seeEnd(stream, "connection reset");
    worker.whenAwake(() => this.#hangUp(stream));
  }

  #openStream(connection: number): Stream {
    const stream = this.#open.get(connection);
    hold(stream !== undefined, `the dispatcher speaks of stream ${connection}, which is no more`);
    return stream;
  }

  #seeEnd(stream: Stream, reason: string): void {
    this.#arrive(stream, () => {
      if (this.#open.delete(stream.id)) this.#events.left(stream.id, reason);
    });
  }

  #arrive(stream: Stream, then: () => void): void {
    stream.up.send(() =>
      this.#events.whenAwake(() => {
        if (!stream.isOrphaned) then();
      }),
    );
  }

  #tellEnd(stream: Stream): void {
    stream.down.send(() => stream.worker.whenAwake(() => this.#hangUp(stream)));
  }

  #hangUp(stream: Stream): void {
    if (this.#dialled.get(stream.worker) !== stream) return;
    this.#dialled.delete(stream.worker);
    stream.worker.streamEnded();
  }
}
