// The sequences that one epoch generates: what each has so far, and which of them wait for their next step. Their
// keys and values lie on the places that prefilled them, so a sequence ends with its epoch and then begins again.
import type { VisitId } from "../graph/sweep-graph.js";
import type { PlaceIndex } from "../placement/placement.js";
import type { EpochPlan } from "./epoch.js";

export interface Sequence {
  readonly id: number;
  readonly document: number;
  readonly head: VisitId;
  readonly group: number;
  readonly plan: EpochPlan;
  readonly promptLength: number;
  /** Generated so far. */
  readonly tokens: number[];
  /** Its last token came. */
  isOver: boolean;
  /** Of a suspect (work.ts). */
  readonly alone: boolean;
  /** Bytes reserved on each place until it is over: keys and values, and what its steps need. */
  readonly reserved: ReadonlyMap<PlaceIndex, number>;
}

export class Sequences {
  readonly #living = new Map<number, Sequence>();
  readonly #ready: Sequence[] = [];
  #nextId = 0;

  /** Those that are not over. */
  get living(): readonly Sequence[] {
    return [...this.#living.values()];
  }

  get isEmpty(): boolean {
    return this.#living.size === 0;
  }

  livingOf(group: number): number {
    return this.living.filter((sequence) => sequence.group === group).length;
  }

  begin(sequence: Omit<Sequence, "id" | "tokens" | "isOver">): Sequence {
    const begun: Sequence = { id: this.#nextId++, tokens: [], isOver: false, ...sequence };
    this.#living.set(begun.id, begun);
    return begun;
  }

  /** Its step has ended; it waits for the next. */
  wait(sequence: Sequence): void {
    this.#ready.push(sequence);
  }

  end(sequence: Sequence): void {
    this.#living.delete(sequence.id);
  }

  /** The plans of those that wait, in the order of the first of each, and how many share it. */
  waiting(): readonly { readonly plan: EpochPlan; readonly group: number; readonly count: number }[] {
    const plans = new Map<EpochPlan, { readonly plan: EpochPlan; readonly group: number; count: number }>();
    for (const { plan, group } of this.#ready) {
      const known = plans.get(plan);
      if (known) known.count++;
      else plans.set(plan, { plan, group, count: 1 });
    }
    return [...plans.values()];
  }

  /** Takes the first `count` that wait for a plan. */
  take(plan: EpochPlan, count: number): readonly Sequence[] {
    const taken = this.#ready.filter((sequence) => sequence.plan === plan).slice(0, count);
    for (const sequence of taken) this.#ready.splice(this.#ready.indexOf(sequence), 1);
    return taken;
  }
}
