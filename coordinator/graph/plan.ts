// A plan: what a device does with one micro-batch, as data. Compiled from the
// graph and the heads that are wanted; the worker's program runs it.
import type { SweepGraph, Visit, VisitId } from "./sweep-graph.js";

export interface Step {
  readonly id: VisitId;
  readonly visit: Visit;
  /** Hidden states no later step reads: dropped after this one. */
  readonly releases: readonly VisitId[];
}

export interface Plan {
  readonly steps: readonly Step[];
  /** Most hidden states alive at once: what a micro-batch of n tokens costs is peakStates * n * hidden * 4 bytes. */
  readonly peakStates: number;
}

/**
 * The wanted heads and their ancestors, nothing else, in the graph's order: schedule after schedule,
 * so a state lives from its first use to the last schedule that starts with it.
 */
export function compilePlan(graph: SweepGraph, wantedHeads: readonly VisitId[]): Plan {
  const lastUse = new Map<VisitId, VisitId>();
  const needed = new Set<VisitId>(wantedHeads);
  for (let id = graph.visits.length - 1; id >= 0; id--) {
    if (!needed.has(id)) continue;
    for (const input of inputsOf(graph.visits[id]!)) {
      needed.add(input);
      if (!lastUse.has(input)) lastUse.set(input, id);
    }
  }
  const releases = new Map<VisitId, VisitId[]>();
  for (const [input, user] of lastUse) {
    const list = releases.get(user);
    if (list) list.push(input);
    else releases.set(user, [input]);
  }
  const steps: Step[] = [];
  let alive = 0;
  let peakStates = 0;
  for (const id of [...needed].sort((a, b) => a - b)) {
    const visit = graph.visits[id]!;
    const step = { id, visit, releases: releases.get(id) ?? [] };
    steps.push(step);
    if (visit.kind !== "head") alive++;
    peakStates = Math.max(peakStates, alive);
    alive -= step.releases.length;
  }
  return { steps, peakStates };
}

/** The visits whose results a visit reads, each once. */
export function inputsOf(visit: Visit): readonly VisitId[] {
  switch (visit.kind) {
    case "embed":
      return [];
    case "layer":
    case "head":
      return [visit.input];
    case "damp":
      return visit.base === visit.input ? [visit.base] : [visit.base, visit.input];
    case "merge":
      return [...new Set(visit.rule === "sum" ? [visit.base, ...visit.branches] : visit.branches)];
  }
}
