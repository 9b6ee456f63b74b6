// Visits -> places, for compiling: each on a holder of its part, chains where
// they are, forks and merges spread. Greedy in topological order; costs decide.
import { inputsOfVisit, type SweepGraph, type Visit, type VisitId } from "../graph/sweep-graph.js";
import { type BranchWork, cutRuns, spreadBranches } from "./merge-runs.js";
import type { PlaceIndex, PlacementGroup } from "./placement.js";
import { costOfLayer, type StepCosts } from "./step-costs.js";

type Merge = Extract<Visit, { kind: "merge" }>;

/** @param needed ascending, with all ancestors */
export function assignVisits(
  graph: SweepGraph,
  needed: readonly VisitId[],
  group: PlacementGroup,
  costs: StepCosts,
): ReadonlyMap<VisitId, PlaceIndex> {
  return new Assignment(graph, needed, group, costs).run();
}

class Assignment {
  private readonly placeOf = new Map<VisitId, PlaceIndex>();
  /** Time of the visits that a place has or that only it can have. */
  private readonly loads = new Map<PlaceIndex, number>();
  private readonly firstReader = new Map<VisitId, VisitId>();
  /** Cost of a visit and of those that follow it with the same holders. */
  private readonly chainCost = new Map<VisitId, number>();
  /** The first merge that a visit is in a branch of. */
  private readonly mergeOf = new Map<VisitId, Merge>();
  private readonly partHolders: readonly (readonly PlaceIndex[])[];

  constructor(
    private readonly graph: SweepGraph,
    private readonly needed: readonly VisitId[],
    group: PlacementGroup,
    private readonly costs: StepCosts,
  ) {
    // One array for equal sets of holders, so that sets are compared by identity.
    const known = new Map<string, readonly PlaceIndex[]>();
    const intern = (holders: readonly PlaceIndex[]): readonly PlaceIndex[] => {
      const sorted = [...new Set(holders)].sort((a, b) => a - b);
      const key = sorted.join();
      const same = known.get(key) ?? sorted;
      known.set(key, same);
      return same;
    };
    this.partHolders = [group.embed, ...group.layers, group.head].map(intern);
    for (const id of needed) {
      for (const input of inputsOfVisit(graph.visits[id]!)) {
        if (!this.firstReader.has(input)) this.firstReader.set(input, id);
      }
    }
    for (const id of needed.toReversed()) this.prepare(id);
  }

  run(): ReadonlyMap<VisitId, PlaceIndex> {
    for (const id of this.needed) {
      const merge = this.mergeOf.get(id);
      if (merge !== undefined && !this.placeOf.has(id)) this.spread(merge);
      if (!this.placeOf.has(id)) this.assign(id, this.choose(id));
    }
    return this.placeOf;
  }

  /** Readers come before what they read. */
  private prepare(id: VisitId): void {
    const visit = this.graph.visits[id]!;
    if (visit.kind === "merge") {
      for (const chain of this.chainsOf(visit))
        for (const member of chain ?? []) this.mergeOf.set(member, visit);
    }
    const holders = this.holdersOf(visit);
    if (holders === null) return;
    const follower = this.firstReader.get(id);
    const follows = follower !== undefined && this.holdersOf(this.graph.visits[follower]!) === holders;
    this.chainCost.set(id, this.costOf(visit) + (follows ? this.chainCost.get(follower)! : 0));
    if (holders.length === 1) this.addLoad(holders[0]!, visit);
  }

  private assign(id: VisitId, place: PlaceIndex): void {
    this.placeOf.set(id, place);
    const visit = this.graph.visits[id]!;
    if (this.holdersOf(visit)?.length !== 1) this.addLoad(place, visit);
  }

  private choose(id: VisitId): PlaceIndex {
    const visit = this.graph.visits[id]!;
    switch (visit.kind) {
      case "embed":
        return this.chooseFirst(id);
      case "layer":
      case "head":
        return this.chooseHolder(id, visit.input);
      case "damp":
        return this.placeOf.get(visit.input)!;
      case "merge":
        return cutRuns(visit.branches, this.placeOf).at(-1)!.place;
      case "probe":
        return this.whereMost(visit.inputs);
    }
  }

  /** Where the fewest states must travel to; among equals where the last one is. */
  private whereMost(inputs: readonly VisitId[]): PlaceIndex {
    const counts = new Map<PlaceIndex, number>();
    let best = this.placeOf.get(inputs[0]!)!;
    for (const input of inputs) {
      const place = this.placeOf.get(input)!;
      counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    for (const input of inputs) {
      const place = this.placeOf.get(input)!;
      if (counts.get(place)! >= counts.get(best)!) best = place;
    }
    return best;
  }

  private chooseFirst(id: VisitId): PlaceIndex {
    const holders = this.holdersOf(this.graph.visits[id]!)!;
    const reader = this.firstReader.get(id);
    const next = reader === undefined ? null : this.holdersOf(this.graph.visits[reader]!);
    const both = holders.filter((place) => next?.includes(place));
    return (both.length > 0 ? both : holders).toSorted((a, b) => this.compareLoads(a, b))[0]!;
  }

  /**
   * A chain stays where it is while the holders do not change. Where they do, it leaves a busy place only for
   * one that is less busy by the chain's own cost; the others that fork off go to the least busy.
   */
  private chooseHolder(id: VisitId, input: VisitId): PlaceIndex {
    const holders = this.holdersOf(this.graph.visits[id]!)!;
    const home = this.placeOf.get(input)!;
    const isFirst = this.firstReader.get(input) === id;
    const chainCost = this.chainCost.get(id)!;
    if (isFirst && this.holdersOf(this.graph.visits[input]!) === holders) return home;
    const doneAt = (place: PlaceIndex): number => {
      const chainTime = chainCost / this.speedOf(place);
      return (
        this.loadOf(place) + chainTime + (place === home ? 0 : this.costs.hop + (isFirst ? chainTime : 0))
      );
    };
    return [...holders].sort(
      (a, b) => doneAt(a) - doneAt(b) || Number(b === home) - Number(a === home) || a - b,
    )[0]!;
  }

  /** Places the branches of a merge that are chains on its base; the others are placed visit by visit. */
  private spread(merge: Merge): void {
    const chains = this.chainsOf(merge);
    const works = chains.map((chain): BranchWork => {
      const open = chain?.filter((id) => !this.placeOf.has(id)) ?? [];
      for (const id of chain ?? []) this.mergeOf.delete(id);
      const cost = open.reduce((sum, id) => sum + this.costOf(this.graph.visits[id]!), 0);
      const holders = open
        .map((id) => this.holdersOf(this.graph.visits[id]!)!)
        .reduce<readonly PlaceIndex[] | null>(
          (common, own) => (common === null ? own : common.filter((place) => own.includes(place))),
          null,
        );
      return holders === null || holders.length === 0 ? { cost: 0, holders: null } : { cost, holders };
    });
    const home = this.placeOf.get(merge.base)!;
    const places = spreadBranches(works, {
      speedOf: (place) => this.speedOf(place),
      compare: (a, b) => Number(b === home) - Number(a === home) || this.compareLoads(a, b),
    });
    for (const [i, chain] of chains.entries()) {
      const place = places[i];
      if (place === null || place === undefined) continue;
      for (const id of chain ?? []) if (!this.placeOf.has(id)) this.assign(id, place);
    }
  }

  /** For each branch its layers from the base on; null where something else is between. */
  private chainsOf({ base, branches }: Merge): readonly (readonly VisitId[] | null)[] {
    return branches.map((branch) => {
      const chain: VisitId[] = [];
      for (let id = branch; id !== base; ) {
        const visit = this.graph.visits[id]!;
        if (visit.kind !== "layer") return null;
        chain.unshift(id);
        id = visit.input;
      }
      return chain;
    });
  }

  /** null: any place. */
  private holdersOf(visit: Visit): readonly PlaceIndex[] | null {
    switch (visit.kind) {
      case "embed":
        return this.holdersOfPart("embedding", 0);
      case "layer":
        return this.holdersOfPart(`layer ${visit.layer}`, visit.layer + 1);
      case "head":
        return this.holdersOfPart("head", this.partHolders.length - 1);
      case "merge":
      case "damp":
      case "probe":
        return null;
    }
  }

  private holdersOfPart(name: string, index: number): readonly PlaceIndex[] {
    const holders = this.partHolders[index];
    if (holders === undefined || holders.length === 0) {
      throw new Error(
        `no place of the group holds the ${name}; a group holds all of 0..${this.partHolders.length - 2}`,
      );
    }
    return holders;
  }

  private costOf(visit: Visit): number {
    switch (visit.kind) {
      case "embed":
        return this.costs.embed;
      case "layer":
        return costOfLayer(this.costs, visit);
      case "head":
        return this.costs.head;
      case "merge":
      case "damp":
      case "probe":
        return 0;
    }
  }

  private addLoad(place: PlaceIndex, visit: Visit): void {
    this.loads.set(place, this.loadOf(place) + this.costOf(visit) / this.speedOf(place));
  }

  private loadOf(place: PlaceIndex): number {
    return this.loads.get(place) ?? 0;
  }

  private speedOf(place: PlaceIndex): number {
    return this.costs.speeds.get(place) ?? 1;
  }

  private compareLoads(a: PlaceIndex, b: PlaceIndex): number {
    return this.loadOf(a) - this.loadOf(b) || a - b;
  }
}
