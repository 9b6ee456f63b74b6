// Compiled steps -> how many hidden states each place can hold at once (and how many of
// them with keys and values), in any
// order of firing and arrival: what is reserved before an injection starts.
import type { PlacedStep } from "./compile.js";
import { makesKept } from "./mean-kept.js";
import { inputsOf, type PlacePlan, type StateId } from "./place-plan.js";
import type { PlaceIndex } from "./placement.js";

/**
 * An upper bound for every place with steps. State u is before w when all steps here that read u must be
 * done before w can be made or arrive: they make w or are its ancestors, also by way of other places. The
 * states of a chain of this order are never alive together, so a cover by chains bounds them (Dilworth).
 * One more is the running step's output. A state is sent when it is made, which keeps nothing alive.
 *
 * Running sums come in pieces, and a piece counts as its part of a state. A merge that goes on here holds its
 * branches whole, but of its sum only what is not added yet, and only the rest can be there of all that is made
 * of it, result included: together one state at most, in place of the sum.
 *
 * Those with keys and values are bounded in the same way, by themselves.
 *
 * @param steps of all places, in topological order
 */
export function boundStates(
  steps: readonly PlacedStep[],
): ReadonlyMap<PlaceIndex, Pick<PlacePlan, "boundStates" | "boundKept">> {
  const indexOf = new Map<StateId, number>(steps.map(({ id }, index) => [id, index]));
  const inputs = steps.map(({ operation }) => inputsOf(operation).map((id) => indexOf.get(id)!));
  const upstream = new Upstream(inputs);
  const kept: boolean[] = [];
  for (const { operation } of steps) kept.push(makesKept(operation, (id) => kept[indexOf.get(id)!]!));
  const keptPlaces = new Set(steps.filter((_, index) => kept[index]).map(({ place }) => place));
  /** For each place the states that steps there read, with those steps. */
  const readersAt = new Map<PlaceIndex, Map<number, number[]>>();
  for (const [index, { place }] of steps.entries()) {
    const readers = readersAt.get(place) ?? new Map<number, number[]>();
    readersAt.set(place, readers);
    for (const input of inputs[index]!) {
      const known = readers.get(input);
      if (known) known.push(index);
      else readers.set(input, [index]);
    }
  }
  return new Map(
    [...readersAt].map(([place, readers]) => {
      const keptHere = [...readers].filter(([state]) => kept[state]);
      const boundKept = countChains(keptHere, upstream) + (keptPlaces.has(place) ? 1 : 0);
      return [place, { boundStates: countChains(readers, upstream) + 1, boundKept }] as const;
    }),
  );
}

/** First fit, in topological order; of the chains that a state can extend, the one extended last. */
function countChains(
  readers: Iterable<readonly [state: number, own: readonly number[]]>,
  upstream: Upstream,
): number {
  /** Readers of each chain's last state. */
  const ends: (readonly number[])[] = [];
  for (const [state, own] of [...readers].sort(([a], [b]) => a - b)) {
    const chain = ends.findLastIndex((end) => end.every((reader) => upstream.includes(state, reader)));
    if (chain >= 0) ends.splice(chain, 1);
    ends.push(own);
  }
  return ends.length;
}

/** For each step itself and its ancestors, as a row of bits. */
class Upstream {
  private readonly words: number;
  private readonly bits: Uint32Array;

  constructor(inputs: readonly (readonly number[])[]) {
    this.words = Math.ceil(inputs.length / 32);
    this.bits = new Uint32Array(this.words * inputs.length);
    for (const [step, ids] of inputs.entries()) {
      const row = step * this.words;
      for (const input of ids) {
        const from = input * this.words;
        for (let word = 0; word <= input >>> 5; word++) this.bits[row + word]! |= this.bits[from + word]!;
      }
      this.bits[row + (step >>> 5)]! |= 1 << (step & 31);
    }
  }

  includes(step: number, ancestor: number): boolean {
    return ((this.bits[step * this.words + (ancestor >>> 5)]! >>> (ancestor & 31)) & 1) === 1;
  }
}
