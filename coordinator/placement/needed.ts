// SweepGraph + wanted heads -> the visits to run, for compiling.
import { inputsOfVisit, type SweepGraph, type VisitId } from "../graph/sweep-graph.js";

/** The wanted heads and their ancestors, ascending: inputs first. */
export function neededVisits(graph: SweepGraph, wantedHeads: readonly VisitId[]): readonly VisitId[] {
  const needed = new Set<VisitId>(wantedHeads);
  for (let id = graph.visits.length - 1; id >= 0; id--) {
    if (!needed.has(id)) continue;
    for (const input of inputsOfVisit(graph.visits[id]!)) needed.add(input);
  }
  return [...needed].sort((a, b) => a - b);
}
