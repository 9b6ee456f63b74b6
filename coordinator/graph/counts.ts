// What a sweep costs, counted on its graph before anything runs: `painters plan`
// shows it, placement weighs by it. All counts are for one document.
import type { NamedSchedule, Sublayer } from "../schedule/schedule.js";
import { countLayerApplications } from "../schedule/simplify.js";
import { buildGraph } from "./build-graph.js";
import type { SweepGraph } from "./sweep-graph.js";
import { type Wave, waves } from "./waves.js";

export interface VisitCounts {
  /** Of whole layers and of halves. */
  readonly layers: number;
  /** Those of them that are half a layer. */
  readonly sublayers: number;
  readonly merges: number;
  /** Damped rounds. */
  readonly damps: number;
  /** Schedules that differ by law. */
  readonly heads: number;
}

export interface SweepCounts {
  readonly schedules: number;
  /** Layer applications when nothing is shared. */
  readonly naive: number;
  /** Visits of the one graph of all schedules. */
  readonly shared: VisitCounts;
  /** Visits of each layer in that graph; indices are layers. */
  readonly perLayer: readonly number[];
  readonly waves: readonly { readonly wave: Wave; readonly visits: VisitCounts }[];
  /** Layer applications of all waves together. */
  readonly inWaves: number;
}

export function countSweep(schedules: readonly NamedSchedule[], layerCount: number): SweepCounts {
  const graph = buildGraph(schedules.map(({ schedule }) => schedule));
  const waveCounts = waves(schedules).map((wave) => ({
    wave,
    visits: countVisits(buildGraph(wave.schedules.map((i) => (schedules[i] as NamedSchedule).schedule))),
  }));
  return {
    schedules: schedules.length,
    naive: schedules.reduce((total, { schedule }) => total + countLayerApplications(schedule), 0),
    shared: countVisits(graph),
    perLayer: countPerLayer(graph, layerCount),
    waves: waveCounts,
    inWaves: waveCounts.reduce((total, { visits }) => total + visits.layers, 0),
  };
}

export function countVisits(graph: SweepGraph): VisitCounts {
  const of = (kind: string) => graph.visits.filter((visit) => visit.kind === kind).length;
  const sublayers = graph.visits.filter((visit) => visit.kind === "layer" && visit.sublayer).length;
  return { layers: of("layer"), sublayers, merges: of("merge"), damps: of("damp"), heads: of("head") };
}

/** How often each layer 0..layerCount is visited, whole or half. */
export function countPerLayer(graph: SweepGraph, layerCount: number): readonly number[] {
  const perLayer = new Array<number>(layerCount).fill(0);
  for (const visit of graph.visits) {
    if (visit.kind === "layer") perLayer[visit.layer] = (perLayer[visit.layer] ?? 0) + 1;
  }
  return perLayer;
}

/** The work of those visits in whole layers: a half counts as its share. */
export function workPerLayer(
  graph: SweepGraph,
  layerCount: number,
  attentionShare: number,
): readonly number[] {
  const perLayer = new Array<number>(layerCount).fill(0);
  for (const visit of graph.visits) {
    if (visit.kind === "layer") perLayer[visit.layer]! += shareOf(visit.sublayer, attentionShare);
  }
  return perLayer;
}

/** The share of a layer's work that a visit of it does. */
export function shareOf(sublayer: Sublayer | undefined, attentionShare: number): number {
  switch (sublayer) {
    case undefined:
      return 1;
    case "attn":
      return attentionShare;
    case "mlp":
      return 1 - attentionShare;
  }
}
