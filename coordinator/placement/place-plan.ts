// What one place does with an injection, as data: the compiled graph, cut along
// the placement. The worker's program runs it. Types; compiling is in compile.ts.
import type { Measure, VisitId } from "../graph/sweep-graph.js";
import type { Sublayer } from "../schedule/schedule.js";
import type { PlaceIndex } from "./placement.js";

/** Names one hidden state of an injection, the same on every place. */
export type StateId = number;

/**
 * What a step computes. All states are [batch, seq, hidden], float32. Those of a group that shares keys and values
 * (kv=paper) have them behind: the keys of the same tokens, [batch, seq, key size], and then the values.
 */
export type Operation =
  | { readonly kind: "embed" }
  /**
   * `sublayer`: only that half of the layer. `slot`: it is one of a group that shares keys and values. Earlier tokens'
   * are read from that slot, and the new ones are made with the output, for the group's mean.
   */
  | {
      readonly kind: "layer";
      readonly layer: number;
      readonly sublayer?: Sublayer;
      readonly input: StateId;
      readonly slot?: StateId;
    }
  /**
   * One place's run of a merge's branches, in branch order, added to the running sum that came before.
   * mean: sum + b1 + b2 ..; the last run divides by `divideBy`, the number of all branches.
   * sum: (sum or base) + (b1 - base) + (b2 - base) ..
   * What runs but the last make goes to one place, the next run's, which adds it piece by piece as it comes.
   */
  | {
      readonly kind: "accumulate";
      readonly rule: "mean" | "sum";
      /** The running sum of the runs before; null in the first run. */
      readonly sum: StateId | null;
      /** The merge's shared input; null for a mean. */
      readonly base: StateId | null;
      readonly branches: readonly StateId[];
      /** null: not the last run, or not a mean. */
      readonly divideBy: number | null;
      /** It makes the merge's result, not a running sum. */
      readonly isLast: boolean;
    }
  | { readonly kind: "damp"; readonly factor: number; readonly base: StateId; readonly input: StateId }
  /** Puts the keys and values behind a state into the slot, after those of earlier tokens; makes the state without them. */
  | { readonly kind: "store"; readonly slot: StateId; readonly input: StateId }
  /** Makes scores for the coordinator, not a state. */
  | { readonly kind: "head"; readonly head: VisitId; readonly input: StateId }
  /** Makes measurements for the coordinator, not a state. */
  | {
      readonly kind: "probe";
      readonly probe: VisitId;
      readonly measure: Measure;
      readonly inputs: readonly StateId[];
    };

export interface PlaceStep {
  /** The state it makes; the id of a head or a probe is its own and names no state. */
  readonly id: StateId;
  readonly operation: Operation;
  /** Places that read the state too. */
  readonly sendTo: readonly PlaceIndex[];
  /** Longest way from the embedding, in steps: among ready steps the deepest runs first. */
  readonly depth: number;
}

export interface PlacePlan {
  /** In topological order. */
  readonly steps: readonly PlaceStep[];
  /** States made elsewhere that steps here read. */
  readonly receives: readonly { readonly state: StateId; readonly from: PlaceIndex }[];
  /** States this place can hold at once at most, in any firing order, the running step's output included. */
  readonly boundStates: number;
  /** How many of those can have keys and values behind them. */
  readonly boundKept: number;
}

/** The states a step reads, each once. */
export function inputsOf(operation: Operation): readonly StateId[] {
  switch (operation.kind) {
    case "embed":
      return [];
    case "layer":
    case "store":
    case "head":
      return [operation.input];
    case "probe":
      return [...new Set(operation.inputs)];
    case "damp":
      return [...new Set([operation.base, operation.input])];
    case "accumulate": {
      const { sum, base, branches } = operation;
      return [...new Set([...(sum === null ? [] : [sum]), ...(base === null ? [] : [base]), ...branches])];
    }
  }
}
