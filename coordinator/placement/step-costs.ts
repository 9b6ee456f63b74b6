// What steps cost relative to each other: compiling balances places by it.
import type { PerPart } from "./per-part.js";
import type { PlaceIndex, Placement, WorkerSpec } from "./placement.js";

/** In any one unit of time on a place of speed 1. Merges, damped rounds and probes cost nothing. */
export interface StepCosts extends PerPart {
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
    hop: 0.5,
    speeds: new Map(),
  };
}

/** In FLOPs a token, speeds in FLOP/s: a cost by a speed, and a hop, are seconds a token. */
export function measuredCosts(
  { places }: Placement,
  workers: readonly WorkerSpec[],
  flopsPerToken: PerPart,
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
