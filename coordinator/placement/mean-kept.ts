// Keys and values that the layers of a merge share (kv=paper), in plans. A layer of such a group makes its output with
// its new keys and values behind it, so that what adds the branches up averages all three. Every place with branches
// then stores the mean keys and values in the merge's slot there, and goes on with the mean hidden states alone.
import type { SweepGraph, Visit, VisitId } from "../graph/sweep-graph.js";
import type { PlacedStep } from "./compile.js";
import type { Operation, StateId } from "./place-plan.js";
import type { PlaceIndex } from "./placement.js";

type Merge = Extract<Visit, { kind: "merge" }>;

export class SharedSlots {
  readonly #graph: SweepGraph;
  /** By the visits of a group's layers. */
  readonly #slotOf = new Map<VisitId, StateId>();
  /** [merge][place] What the place's own step makes of the merge. */
  readonly #stored = new Map<VisitId, Map<PlaceIndex, StateId>>();

  constructor(graph: SweepGraph, needed: readonly VisitId[]) {
    this.#graph = graph;
    for (const id of needed) {
      const visit = graph.visits[id]!;
      if (visit.kind === "merge" && this.isShared(visit))
        for (const branch of visit.branches) this.#slotOf.set(branch, id);
    }
  }

  /** The merge's branches share a slot. */
  isShared({ branches }: Merge): boolean {
    return branches.every((branch) => {
      const visit = this.#graph.visits[branch]!;
      return visit.kind === "layer" && visit.group !== undefined;
    });
  }

  /** What of a layer's step says whose keys and values it goes on from. */
  slotOf(layer: VisitId): { readonly slot?: StateId } {
    const slot = this.#slotOf.get(layer);
    return slot === undefined ? {} : { slot };
  }

  /** The state that a place reads when it reads a visit: its own, if it stored the visit's keys and values. */
  stateAt(visit: VisitId, place: PlaceIndex): StateId {
    return this.#stored.get(visit)?.get(place) ?? visit;
  }

  /**
   * The steps that store a merge's keys and values. Whatever reads the merge comes after the step of its place, so a
   * place never holds the keys and values of more than a round of a loop.
   * @param merged the state with the mean keys and values; @param makerPlace where it is made: there the merge gets its id
   */
  store(
    merge: VisitId,
    merged: StateId,
    makerPlace: PlaceIndex,
    places: Iterable<PlaceIndex>,
    freshId: () => StateId,
  ): readonly PlacedStep[] {
    const stored = new Map(
      [...new Set(places)]
        .sort((a, b) => a - b)
        .map((place) => [place, place === makerPlace ? merge : freshId()] as const),
    );
    this.#stored.set(merge, stored);
    return [...stored].map(([place, id]) => {
      const operation: Operation = { kind: "store", slot: merge, input: merged };
      return { place, id, operation };
    });
  }
}

/** Whether a step's state has keys and values behind it. @param has the same of its inputs */
export function makesKept(operation: Operation, has: (state: StateId) => boolean): boolean {
  switch (operation.kind) {
    case "layer":
      return operation.slot !== undefined;
    case "accumulate":
      return operation.branches.every(has);
    case "embed":
    case "damp":
    case "store":
    case "head":
    case "probe":
      return false;
  }
}
