// Which parts the places of a group hold while a placement is made, with the
// memory that is left: spans first, then replicas of what is worth having twice.

import type { Place, PlaceIndex, PlacementGroup, WorkerSpec } from "./placement.js";
import type { PartWeights, Span } from "./spans.js";
import { comparePlaces } from "./weight-bytes.js";

/** One device of a worker, and the parts it holds by their place in the order of the data. */
export interface Holding {
  readonly worker: WorkerSpec;
  readonly place: Place;
  readonly parts: Set<number>;
}

export class Holdings {
  readonly all: readonly Holding[];
  /** Bytes that a worker has left for weights. */
  private readonly freeBytes: Map<WorkerSpec, number>;

  /** @param spans [worker][device] */
  constructor(
    workers: readonly WorkerSpec[],
    private readonly weights: PartWeights,
    spans: readonly (readonly Span[])[],
    freeBytes: readonly number[],
  ) {
    this.freeBytes = new Map(workers.map((worker, w) => [worker, freeBytes[w]!]));
    this.all = workers.flatMap((worker, w) =>
      spans[w]!.map((_, device) => ({
        worker,
        place: { worker: worker.name, device },
        parts: new Set<number>(),
      })),
    );
    for (const [i, { start, end }] of spans.flat().entries()) {
      for (let part = start; part < end; part++) this.add(this.all[i]!, part);
    }
  }

  holders(part: number): readonly Holding[] {
    return this.all.filter(({ parts }) => parts.has(part));
  }

  /** Bytes that the worker needs more: none when another of its devices holds the part. */
  extraBytes({ worker }: Holding, part: number): number {
    const isThere = this.all.some((other) => other.worker === worker && other.parts.has(part));
    return isThere ? 0 : this.weights.bytes[part]!;
  }

  fits(holding: Holding, part: number): boolean {
    return this.extraBytes(holding, part) <= this.freeBytes.get(holding.worker)!;
  }

  add(holding: Holding, part: number): void {
    const { worker } = holding;
    this.freeBytes.set(worker, this.freeBytes.get(worker)! - this.extraBytes(holding, part));
    holding.parts.add(part);
  }

  /**
   * Gives parts of the slowest place to the fastest one with room, the most visited first, as long as
   * whole visits move and both come out faster than the slowest was.
   */
  replicateHot(visits: readonly number[]): void {
    const flops = this.weights.work.map((work, part) => (visits[part] === 0 ? 0 : work / visits[part]!));
    const seconds = new Map(
      this.all.map((holding) => [
        holding,
        [...holding.parts].reduce((sum, part) => sum + this.weights.work[part]!, 0) /
          holding.worker.flopsPerSecond,
      ]),
    );
    // What a place still computes of a part when others took visits over.
    const left = new Map(
      this.all.map(({ parts }, i) => [this.all[i]!, new Map([...parts].map((p) => [p, visits[p]!]))]),
    );
    for (let moves = 0; moves < this.all.length * visits.length; moves++) {
      const ordered = [...this.all].sort((a, b) => seconds.get(b)! - seconds.get(a)!);
      const slowest = ordered[0]!;
      const gap = (fast: Holding): number => seconds.get(slowest)! - seconds.get(fast)!;
      const move = ordered
        .toReversed()
        .flatMap((fast) => {
          const secondsPerVisit = (part: number): number =>
            flops[part]! / slowest.worker.flopsPerSecond + flops[part]! / fast.worker.flopsPerSecond;
          return [...left.get(slowest)!]
            .filter(([part]) => !fast.parts.has(part) && flops[part]! > 0 && this.fits(fast, part))
            .map(([part, own]) => ({
              fast,
              part,
              count: Math.min(own, Math.floor(gap(fast) / secondsPerVisit(part))),
            }))
            .filter(({ count }) => count >= 1)
            .sort((a, b) => b.count * flops[b.part]! - a.count * flops[a.part]! || b.part - a.part)
            .slice(0, 1);
        })
        .at(0);
      if (move === undefined) return;
      const { fast, part, count } = move;
      this.add(fast, part);
      left.get(slowest)!.set(part, left.get(slowest)!.get(part)! - count);
      left.get(fast)!.set(part, count);
      const moved = count * flops[part]!;
      seconds.set(slowest, seconds.get(slowest)! - moved / slowest.worker.flopsPerSecond);
      seconds.set(fast, seconds.get(fast)! + moved / fast.worker.flopsPerSecond);
    }
  }

  /** Gives every place what fits: first what its worker's other devices hold, then in the given order. */
  fill(order: readonly number[]): void {
    for (const holding of this.all) {
      for (const part of order) if (this.extraBytes(holding, part) === 0) this.add(holding, part);
    }
    for (const part of order) {
      for (const holding of this.all) if (this.fits(holding, part)) this.add(holding, part);
    }
  }

  /** The group, its places numbered from `firstIndex` on; places that hold nothing are left out. */
  asGroup(firstIndex: PlaceIndex): { readonly places: readonly Place[]; readonly group: PlacementGroup } {
    const used = this.all
      .filter(({ parts }) => parts.size > 0)
      .sort((a, b) => comparePlaces(a.place, b.place));
    const holders = (part: number): readonly PlaceIndex[] =>
      used.flatMap(({ parts }, i) => (parts.has(part) ? [firstIndex + i] : []));
    const last = this.weights.bytes.length - 1;
    return {
      places: used.map(({ place }) => place),
      group: {
        embed: holders(0),
        layers: Array.from({ length: last - 1 }, (_, layer) => holders(layer + 1)),
        head: holders(last),
      },
    };
  }
}
