// One injection on one place: the hidden states it holds and the steps that wait
// for them.
import type { PlaceStep, StateId } from "../coordinator/placement/place-plan.js";
import { isLastPiece, type Piece, shareOf } from "./piece.js";
import { makesState, type PlaceSteps } from "./place-steps.js";
import { walkOrder } from "./shared-batch.js";

/** A running sum that comes in pieces. Its step runs once for every piece, and is over after the last. */
interface ComingSum<T> {
  /** Pieces that are not added up yet, in order. */
  readonly pieces: { readonly piece: Piece; readonly payload: T }[];
  arrivedTo: number;
}

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
  readonly #coming = new Map<StateId, ComingSum<T>>();
  /** [step] How much of a merge's result is there, while its last run goes on. */
  readonly #merged = new Map<number, number>();
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

  /** Pieces count as the part of a state that they are. */
  get liveStates(): number {
    let live = this.#states.size;
    for (const { pieces } of this.#coming.values()) for (const { piece } of pieces) live += shareOf(piece);
    for (const share of this.#merged.values()) live += share;
    return live;
  }

  /** Why this state is not welcome; null if it is. */
  refusal(state: StateId, piece: Piece | null): string | null {
    if (!this.#plan.receives.has(state)) return "a state arrived that no step here receives";
    if (this.#arrived.has(state)) return "a state arrived twice";
    if (piece !== null && !this.#plan.sums.has(state)) return "a piece arrived of a state that is read whole";
    const arrivedTo = this.#coming.get(state)?.arrivedTo ?? 0;
    return (piece?.begin ?? 0) < arrivedTo ? "a piece arrived twice" : null;
  }

  receive(state: StateId, payload: T, piece: Piece | null): void {
    if (piece === null) {
      this.#arrived.add(state);
      this.#hold(state, payload);
      return;
    }
    const coming = this.#coming.get(state) ?? { pieces: [], arrivedTo: 0 };
    // A link broke and lost some. The coordinator hears of that; nothing will come of this injection.
    if (piece.begin > coming.arrivedTo) return;
    if (isLastPiece(piece)) this.#arrived.add(state);
    this.#coming.set(state, coming);
    coming.arrivedTo = piece.end;
    if (coming.pieces.push({ piece, payload }) === 1) this.#arm(this.#plan.sums.get(state)!);
  }

  /** The ready step that comes first in a walk through the model (shared-batch.ts). */
  get firstInWalk(): PlaceStep {
    const ready = this.#ready.map((index) => this.#plan.steps[index]!);
    return ready.reduceRight((a, b) => (walkOrder(b.operation) < walkOrder(a.operation) ? b : a));
  }

  /** Takes a ready step: this one, or the deepest, among equals the one of lowest id. */
  take(step?: PlaceStep): {
    readonly step: PlaceStep;
    readonly index: number;
    readonly inputs: ReadonlyMap<StateId, T>;
    readonly piece: Piece | null;
  } {
    const at = step ? this.#ready.findIndex((ready) => this.#plan.steps[ready] === step) : -1;
    const [index] = this.#ready.splice(at, 1) as [number];
    const next = this.#comingTo(index)?.pieces[0];
    const inputs = new Map(
      this.#plan.inputs[index]!.map((state) => [state, this.#states.get(state) ?? next!.payload]),
    );
    return { step: this.#plan.steps[index]!, index, inputs, piece: next?.piece ?? null };
  }

  /** Drops what the step was the last to read, and holds its output if a step here reads it. */
  complete(index: number, output: T | null): void {
    const coming = this.#comingTo(index);
    const piece = coming?.pieces.shift()?.piece ?? null;
    if (coming && !isLastPiece(piece)) {
      this.#wait(index, coming, piece!);
      return;
    }
    this.#merged.delete(index);
    this.#stepsLeft--;
    for (const state of this.#plan.inputs[index]!) {
      if (this.#coming.delete(state)) continue;
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
    for (const step of readers) this.#arm(step);
  }

  #comingTo(step: number): ComingSum<T> | undefined {
    const { operation } = this.#plan.steps[step]!;
    const sum = operation.kind === "accumulate" ? operation.sum : null;
    return sum === null ? undefined : this.#coming.get(sum);
  }

  /** A step that added one piece waits for the next. */
  #wait(index: number, { pieces }: ComingSum<T>, { end, total }: Piece): void {
    const { operation } = this.#plan.steps[index]!;
    if (operation.kind === "accumulate" && operation.isLast) this.#merged.set(index, end / total);
    if (pieces.length > 0) this.#makeReady(index);
    else this.#waiting[index] = 1;
  }

  /** One input more is there. */
  #arm(step: number): void {
    this.#waiting[step]!--;
    if (this.#waiting[step] === 0) this.#makeReady(step);
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
