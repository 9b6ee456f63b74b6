// The branches of a merge, cut into runs: consecutive branches that one place
// computes, and consecutive branches that one place adds up.
import type { VisitId } from "../graph/sweep-graph.js";
import type { PlaceIndex } from "./placement.js";

/** A branch that is still to be placed, or whose place cannot be chosen here. */
export interface BranchWork {
  readonly cost: number;
  /** Places that can compute all of it; null: whichever. */
  readonly holders: readonly PlaceIndex[] | null;
}

export interface RunPlaces {
  readonly speedOf: (place: PlaceIndex) => number;
  /** Better places first, of those that can take runs of one length. */
  readonly compare: (a: PlaceIndex, b: PlaceIndex) => number;
}

const BISECTIONS = 24;

/**
 * Spreads branches over their holders in contiguous runs such that the busiest place is done early.
 * A place has one run wherever holders allow. null where a branch's place is not chosen.
 */
export function spreadBranches(
  branches: readonly BranchWork[],
  places: RunPlaces,
): readonly (PlaceIndex | null)[] {
  const { speedOf } = places;
  let enough = branches.reduce(
    (sum, { cost, holders }) => sum + cost / Math.min(...(holders ?? []).map(speedOf), Infinity),
    0,
  );
  let best = fillRuns(branches, places, enough * (1 + 1e-9))!;
  let tooLittle = 0;
  for (let i = 0; i < BISECTIONS; i++) {
    const limit = (tooLittle + enough) / 2;
    const runs = fillRuns(branches, places, limit * (1 + 1e-9));
    if (runs === null) tooLittle = limit;
    else {
      best = runs;
      enough = limit;
    }
  }
  return best;
}

/** Runs of at most `limit` on every place, each as long as can be; null when branches are left over. */
function fillRuns(
  branches: readonly BranchWork[],
  { speedOf, compare }: RunPlaces,
  limit: number,
): readonly (PlaceIndex | null)[] | null {
  const used = new Map<PlaceIndex, number>();
  const after = (place: PlaceIndex, { cost, holders }: BranchWork, before: number): number =>
    holders === null ? before : holders.includes(place) ? before + cost / speedOf(place) : Infinity;
  const reach = (place: PlaceIndex, start: number): number => {
    let end = start;
    for (let sum = used.get(place) ?? 0; end < branches.length; end++) {
      sum = after(place, branches[end]!, sum);
      if (sum > limit) break;
    }
    return end;
  };
  const chosen: (PlaceIndex | null)[] = [];
  let current: PlaceIndex | null = null;
  for (const [i, branch] of branches.entries()) {
    if (branch.holders === null) {
      chosen.push(null);
      continue;
    }
    if (current === null || after(current, branch, used.get(current) ?? 0) > limit) {
      const candidates = branch.holders.map((place) => ({
        place,
        reach: reach(place, i),
        isFresh: !used.has(place),
      }));
      const [next] = candidates
        .filter((candidate) => candidate.reach > i)
        .sort(
          (a, b) => Number(b.isFresh) - Number(a.isFresh) || b.reach - a.reach || compare(a.place, b.place),
        );
      if (next === undefined) return null;
      current = next.place;
    }
    used.set(current, after(current, branch, used.get(current) ?? 0));
    chosen.push(current);
  }
  return chosen;
}

/** Consecutive branches that a place adds to the running sum. */
export interface Run {
  readonly place: PlaceIndex;
  readonly branches: readonly VisitId[];
}

/** What it costs to move a branch instead of the sum: a little more, so that ties leave branches where they are. */
const MOVED_BRANCH = 1 + 1 / 1024;

/** Cuts branches, whose places are known, into runs such that the fewest states travel. */
export function cutRuns(
  branches: readonly VisitId[],
  placeOf: ReadonlyMap<VisitId, PlaceIndex>,
): readonly Run[] {
  const places = [...new Set(branches.map((branch) => placeOf.get(branch)!))].sort((a, b) => a - b);
  // costs[i]: of adding up the branches so far, the last of them at places[i]; from[b][i]: where the one before was.
  let costs = places.map(() => 0);
  const from: (readonly number[])[] = [];
  for (const branch of branches) {
    const cheapest = costs.indexOf(Math.min(...costs));
    const origins = places.map((_, i) => (costs[i]! <= costs[cheapest]! + 1 ? i : cheapest));
    costs = places.map((place, i) => {
      const origin = origins[i]!;
      const isElsewhere = placeOf.get(branch) !== place;
      return costs[origin]! + (origin === i ? 0 : 1) + (isElsewhere ? MOVED_BRANCH : 0);
    });
    from.push(origins);
  }
  let at = costs.indexOf(Math.min(...costs));
  const runs: { place: PlaceIndex; branches: VisitId[] }[] = [];
  for (let b = branches.length - 1; b >= 0; b--) {
    const place = places[at]!;
    if (runs[0]?.place === place) runs[0].branches.unshift(branches[b]!);
    else runs.unshift({ place, branches: [branches[b]!] });
    at = from[b]![at]!;
  }
  return runs;
}

/**
 * Runs of one branch give it to a later run instead of adding it to the sum: as many states travel, but fewer one after
 * another. Of k runs about the root of k / 2 remain: each of them takes in its branches all at once, one after another
 * at that place (about 0.6 ms each in `npm run bench parallel`), and the sum still makes a hop from each to the next.
 */
export function gatherRuns(runs: readonly Run[]): readonly Run[] {
  const remaining = Math.max(1, Math.round(Math.sqrt(runs.length / 2)));
  const size = Math.ceil(runs.length / remaining);
  const gathered: Run[] = [];
  let given: readonly VisitId[] = [];
  for (const [i, { place, branches }] of runs.entries()) {
    const isKept = (i + 1) % size === 0 || i === runs.length - 1 || branches.length > 1;
    if (isKept) gathered.push({ place, branches: [...given, ...branches] });
    given = isKept ? [] : [...given, ...branches];
  }
  return gathered;
}
