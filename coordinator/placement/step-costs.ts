// What steps cost relative to each other: compiling balances places by it.
import { shareOf } from "../graph/counts.js";
import type { Visit } from "../graph/sweep-graph.js";
import type { PerPart } from "./per-part.js";
import type { PlaceIndex, Placement, WorkerSpec } from "./placement.js";

/** FLOPs, or any other cost, of one visit of every part. */
export interface PartCosts extends PerPart {
  /** Of a layer's cost, what its attention is; the rest is its MLP's. */
  readonly attentionShare: number;
}

/** In any one unit of time on a place of speed 1. Merges, damped rounds and probes cost nothing. */
export interface StepCosts extends PartCosts {
  /** Of sending one state to another place. */
  readonly hop: number;
  /** Places that are not listed have speed 1. */
  readonly speeds: ReadonlyMap<PlaceIndex, number>;
}

/** Every layer costs 1, on places of one speed. */
export function unitCosts(layerCount: number): StepCosts {
  return {
    embed: 0,
    layers: new Array<number>(layerCount).fill(1),
    head: 0.5,
    attentionShare: 0.5,
    hop: 0.5,
    speeds: new Map(),
  };
}

/**
 * From the end of a step to the beginning of the next on another worker, besides the bytes' own time: two threads' and two
 * processes' turns. 1 to 2 ms for a sum's hop in `npm run bench parallel`.
 */
const hopSeconds = 0.0015;

/**
 * Whether a merge is sooner done if its branches gather (merge-runs.ts). A sum on its way through n places is n - 1 hops
 * deep, in pieces that overlap; gathered, it is a hop or two deep, but many states come over one link. So: if a state
 * takes less time to travel than a hop takes to begin.
 * @param stateSeconds what sending one state takes
 */
export function isGatheredSooner(stateSeconds: number): boolean {
  return stateSeconds < hopSeconds;
}

/** In FLOPs a token, speeds in FLOP/s: a cost by a speed, and a hop, are seconds a token. */
export function measuredCosts(
  { places }: Placement,
  workers: readonly WorkerSpec[],
  flopsPerToken: PartCosts,
  hiddenSize: number,
): StepCosts {
  const specOf = new Map(workers.map((worker) => [worker.name, worker]));
  const specs = places.map(({ worker }) => specOf.get(worker)!);
  const slowestLink = Math.min(...specs.map(({ linkBytesPerSecond }) => linkBytesPerSecond));
  return {
    ...flopsPerToken,
    hop: (hiddenSize * 4) / slowestLink,
    speeds: new Map(specs.map(({ flopsPerSecond }, place) => [place, flopsPerSecond])),
  };
}

/** Of a layer or of half of one. */
export function costOfLayer(
  costs: StepCosts,
  { layer, sublayer }: Pick<Extract<Visit, { kind: "layer" }>, "layer" | "sublayer">,
): number {
  return costs.layers[layer]! * shareOf(sublayer, costs.attentionShare);
}
