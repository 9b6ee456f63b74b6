// Random groups of places for property tests: every part held by one place or more.
import fc from "fast-check";
import type { PlacementGroup } from "../../coordinator/placement/placement.js";

export function anyGroup(layerCount: number, maxPlaces = 5): fc.Arbitrary<PlacementGroup> {
  return fc.integer({ min: 1, max: maxPlaces }).chain((count) => {
    const holders = fc.uniqueArray(fc.nat(count - 1), { minLength: 1, maxLength: count });
    return fc.record({
      embed: holders,
      layers: fc.array(holders, { minLength: layerCount, maxLength: layerCount }),
      head: holders,
    });
  });
}

/** All parts on every place of 0..count. */
export function wholeOnEach(count: number, layerCount: number): PlacementGroup {
  const all = Array.from({ length: count }, (_, place) => place);
  return { embed: all, layers: new Array<readonly number[]>(layerCount).fill(all), head: all };
}
