// The graph of a sweep: every layer application of every schedule, each once.
// Building it is in build-graph.ts. The worker reads these types.

import type { Sublayer } from "../schedule/schedule.js";

/** An index into SweepGraph.visits. */
export type VisitId = number;

/** One node of the graph: one use of the embedding, a layer, a merge, the head or a probe. */
export type Visit =
  | { readonly kind: "embed" }
  /**
   * `sublayer`: only that half of the layer. `group`: its keys and values are kept as the mean of those of these layers,
   * the branches of the one merge that reads it (kv=paper); then the same layer on the same input elsewhere is another visit.
   */
  | {
      readonly kind: "layer";
      readonly layer: number;
      readonly sublayer?: Sublayer;
      readonly input: VisitId;
      readonly group?: readonly number[];
    }
  /** `base` is the merge's shared input; the branches are in order (it fixes the rounding). */
  | {
      readonly kind: "merge";
      readonly rule: "mean" | "sum";
      readonly base: VisitId;
      readonly branches: readonly VisitId[];
    }
  /** base + factor * (input - base): one round of a damped loop. */
  | { readonly kind: "damp"; readonly factor: number; readonly base: VisitId; readonly input: VisitId }
  | { readonly kind: "head"; readonly input: VisitId }
  /** Numbers for the coordinator, as a head's: what `measure` makes of the states, in this order. */
  | { readonly kind: "probe"; readonly measure: Measure; readonly inputs: readonly VisitId[] };

/**
 * What a probe makes of its states, over a row's own tokens (no padding). `gram`: the dot products of every two
 * states, and what norms and variances are made of. `states`: the hidden states themselves.
 */
export type Measure = "gram" | "states";

/** Visits are in topological order: inputs come before the visits that use them. Visit 0 is the embedding. */
export interface SweepGraph {
  readonly visits: readonly Visit[];
  /** The head visit of each schedule, in the order the schedules were given. Equal schedules share a head. */
  readonly heads: readonly VisitId[];
}

/** The visits whose results a visit reads, each once. */
export function inputsOfVisit(visit: Visit): readonly VisitId[] {
  switch (visit.kind) {
    case "embed":
      return [];
    case "layer":
    case "head":
      return [visit.input];
    case "probe":
      return [...new Set(visit.inputs)];
    case "damp":
      return visit.base === visit.input ? [visit.base] : [visit.base, visit.input];
    case "merge":
      return [...new Set(visit.rule === "sum" ? [visit.base, ...visit.branches] : visit.branches)];
  }
}
