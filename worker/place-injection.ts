// One injection on one place: the hidden states it holds and the steps that wait
// for them.
import type { PlaceStep, StateId } from "../coordinator/placement/place-plan.js";
import { makesState, type PlaceSteps } from "./place-steps.js";

export class PlaceInjection<T> {
  readonly #plan: PlaceSteps;
  readonly #states = new Map<StateId, T>();
  /** Steps here that have yet to read a state. */
  readonly #readersLeft = new Map<StateId, number>();
  /** [step] Inputs that are not there yet. */
  readonly #waiting: Int32Array;
  /** Steps whose inputs are there; the one to run first is last. */
  readonly #ready: number[] = [];
  readonly #arrived = new Set<StateId>();
  #stepsLeft: number;

  constructor(plan: PlaceSteps) {
    this.#plan = plan;
    this.#stepsLeft = plan.steps.length;
    this.#waiting = Int32Array.from(plan.inputs, (states) => states.length);
    for (const step of plan.sources) this.#makeReady(step);
  }

  /** Every received state has a reader here, so when all steps ran, all receives were consumed. */
  get isFinished(): boolean {
    return this.#stepsLeft === 0;
  }

  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  get liveStates(): number {
    return this.#states.size;
  }

  /** Why this state is not welcome; null if it is. */
  refusal(state: StateId): string | null {
    if (!this.#plan.receives.has(state)) return "a state arrived that no step here receives";
    if (this.#arrived.has(state)) return "a state arrived twice";
    return null;
  }

  receive(state: StateId, payload: T): void {
    this.#arrived.add(state);
    this.#hold(state, payload);
  }

  /** Takes the deepest ready step, among equals the one of lowest id. */
  take(): { readonly step: PlaceStep; readonly index: number; readonly inputs: ReadonlyMap<StateId, T> } {
    const index = this.#ready.pop()!;
    const inputs = new Map(this.#plan.inputs[index]!.map((state) => [state, this.#states.get(state)!]));
    return { step: this.#plan.steps[index]!, index, inputs };
  }

  /** Drops what the step was the last to read, and holds its output if a step here reads it. */
  complete(index: number, output: T | null): void {
    this.#stepsLeft--;
    for (const state of this.#plan.inputs[index]!) {
      const left = this.#readersLeft.get(state)! - 1;
      this.#readersLeft.set(state, left);
      if (left === 0) this.#states.delete(state);
    }
    const { id, operation } = this.#plan.steps[index]!;
    if (makesState(operation) && this.#plan.readers.has(id)) this.#hold(id, output as T);
  }

  #hold(state: StateId, payload: T): void {
    const readers = this.#plan.readers.get(state)!;
    this.#states.set(state, payload);
    this.#readersLeft.set(state, readers.length);
    for (const step of readers) {
      this.#waiting[step]!--;
      if (this.#waiting[step] === 0) this.#makeReady(step);
    }
  }

  #makeReady(step: number): void {
    const { depth, id } = this.#plan.steps[step]!;
    let [low, high] = [0, this.#ready.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#plan.steps[this.#ready[middle]!]!;
      if (other.depth < depth || (other.depth === depth && other.id > id)) low = middle + 1;
      else high = middle;
    }
    this.#ready.splice(low, 0, step);
  }
}
