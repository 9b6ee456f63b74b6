// Time as leases and deadlines count it: without that in which the coordinator itself
// stood still. Nobody's silence in it says anything.

export class CountedTime {
  readonly #stillMs: number;
  #lastMs: number | null = null;
  #leftOutMs = 0;

  /** @param stillMs so long without any event, which ticks make often, only if the process stands still */
  constructor(stillMs: number) {
    this.#stillMs = stillMs;
  }

  /** @returns the counted time, and how long the coordinator stood still just now */
  at(clockMs: number): { readonly nowMs: number; readonly stoodMs: number } {
    const sinceMs = clockMs - (this.#lastMs ?? clockMs);
    this.#lastMs = clockMs;
    const stoodMs = sinceMs < this.#stillMs ? 0 : sinceMs;
    this.#leftOutMs += stoodMs;
    return { nowMs: clockMs - this.#leftOutMs, stoodMs };
  }
}
