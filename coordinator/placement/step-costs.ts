// What steps cost relative to each other: compiling balances places by it.
import type { PerPart } from "./per-part.js";
import type { PlaceIndex } from "./placement.js";

/** In any one unit of time on a place of speed 1. Merges and damped rounds cost nothing. */
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
