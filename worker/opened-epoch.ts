// The epochs this worker takes part in: their places, what they still wait for, and
// which other workers may pull from this one because of them.
import type { EpochPlace, OpenEpoch } from "../proto/messages.js";

export class OpenedEpoch {
  readonly epoch: number;
  readonly places: readonly EpochPlace[];
  /** Places of this worker still loading. */
  readonly loading: Set<number>;
  /** Links to all workers that it pulls from are open. */
  linked = false;
  /** [plan] devices that have steps of it */
  readonly plans = new Map<number, number[]>();
  readonly #self: string;

  constructor({ epoch, places, shards }: OpenEpoch, self: string) {
    this.epoch = epoch;
    this.places = places;
    this.loading = new Set(shards.map(({ place }) => place));
    this.#self = self;
  }

  get isReady(): boolean {
    return this.linked && this.loading.size === 0;
  }

  /** The place of a device of this worker. */
  placeOf(device: number): number {
    return this.places.findIndex((place) => place.worker === this.#self && place.device === device);
  }

  isHere(place: number): boolean {
    return this.places[place]?.worker === this.#self;
  }

  has(worker: string): boolean {
    return this.places.some((place) => place.worker === worker);
  }
}

export class OpenedEpochs {
  readonly #epochs = new Map<number, OpenedEpoch>();
  #waiting: (() => void)[] = [];

  open(message: OpenEpoch, self: string): OpenedEpoch {
    const opened = new OpenedEpoch(message, self);
    this.#epochs.set(message.epoch, opened);
    for (const wake of this.#waiting.splice(0)) wake();
    return opened;
  }

  get(epoch: number): OpenedEpoch | undefined {
    return this.#epochs.get(epoch);
  }

  /** False once it was ended, whatever was opened since. */
  isOpen(opened: OpenedEpoch): boolean {
    return this.#epochs.get(opened.epoch) === opened;
  }

  with(worker: string): readonly OpenedEpoch[] {
    return [...this.#epochs.values()].filter((opened) => opened.has(worker));
  }

  end(epoch: number): void {
    this.#epochs.delete(epoch);
  }

  /** @returns their numbers */
  endAll(): readonly number[] {
    const numbers = [...this.#epochs.keys()];
    this.#epochs.clear();
    return numbers;
  }

  /** Only workers of an epoch we are in; its message may still be on the way, but not for longer than waitMs. */
  mayPull(worker: string, waitMs: number): boolean | Promise<boolean> {
    if (this.with(worker).length > 0) return true;
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.with(worker).length > 0) settle(true);
        else this.#waiting.push(look);
      };
      const timer = setTimeout(() => settle(false), waitMs);
      const settle = (may: boolean): void => {
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== look);
        resolve(may);
      };
      this.#waiting.push(look);
    });
  }
}
