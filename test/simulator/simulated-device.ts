// A device of a simulated worker: the real program, and the toy in place of a model. As worker/device.ts does it.
import type { TokenRow } from "../../models/token-row.js";
import type { Firing, PlaceProgram } from "../../worker/place-program.js";
import { makesState } from "../../worker/place-steps.js";
import { ToyCache } from "./toy-generation.js";
import { computeStep, type ToyState } from "./toy-model.js";

export class SimulatedDevice {
  busySinceMs: number | null = null;
  hangs = false;
  /** Results of merges whose last run goes on. */
  readonly #merging = new Map<string, ToyState>();
  /** [epoch] */
  readonly #caches = new Map<number, ToyCache>();

  constructor(
    readonly name: string,
    readonly program: PlaceProgram<ToyState>,
  ) {}

  get cachedBytes(): number {
    return [...this.#caches.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  abort(epoch: number): void {
    this.program.abortEpoch(epoch);
    this.#caches.delete(epoch);
  }

  forget(epoch: number, sequences: readonly number[]): void {
    for (const sequence of sequences) this.#caches.get(epoch)?.forget(sequence);
  }

  /** @param isDead the epoch ended while the step ran */
  compute(
    { epoch, injection, step, inputs, piece }: Firing<ToyState>,
    rows: readonly TokenRow[],
    isDead: boolean,
  ): ToyState | null {
    const { operation } = step;
    if (!makesState(operation)) return null;
    if ((operation.kind === "layer" || operation.kind === "store") && rows.some(({ cached }) => cached)) {
      // What it makes is of no use, and what it would look up is gone.
      if (isDead) return inputs.get(operation.input)!;
      const cache = this.#caches.get(epoch) ?? new ToyCache();
      this.#caches.set(epoch, cache);
      const input = inputs.get(operation.input)!;
      if (operation.kind === "store") return cache.store(operation.slot, input, rows);
      return cache.layer(operation, step.id, input, rows, operation.slot);
    }
    if (!piece || operation.kind !== "accumulate") {
      return computeStep(operation, (id) => inputs.get(id)!, rows);
    }
    const { begin, end, total } = piece;
    const partOf = (id: number): ToyState =>
      id === operation.sum ? inputs.get(id)! : inputs.get(id)!.slice(begin, end);
    const part = computeStep(operation, partOf, rows.slice(begin, end));
    if (!operation.isLast) return part;
    const key = `${epoch}/${injection}/${step.id}`;
    const merged = [...(begin === 0 ? [] : this.#merging.get(key)!), ...part];
    this.#merging.set(key, merged);
    return end === total ? merged : null;
  }
}
