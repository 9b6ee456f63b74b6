// Generation in the toy: every visit of a layer remembers, for a sequence, what went through it; what it makes of a token
// depends on that, and so do the tokens that follow. And what they must be. The visits of a group remember the mean of
// what each would (kv=paper): it travels behind the states, a fourth number.
import type { SweepGraph, VisitId } from "../../coordinator/graph/sweep-graph.js";
import type { TokenRow } from "../../models/token-row.js";
import type { Sweep } from "./sweep.js";
import { type ToyState, toyLayer, visitStates, withoutKept } from "./toy-model.js";

/** Of one token in one visit of a layer. */
export const cacheBytesPerToken = 4;

interface Memory {
  readonly tokens: number;
  readonly value: number;
}

/** What a device keeps of the sequences of one epoch. */
export class ToyCache {
  /** [sequence][visit] */
  readonly #memories = new Map<number, Map<VisitId, Memory>>();

  get bytes(): number {
    const memories = [...this.#memories.values()].flatMap((visits) => [...visits.values()]);
    return memories.reduce((sum, { tokens }) => sum + tokens * cacheBytesPerToken, 0);
  }

  /** @param slot of the layer's group, whose memory it does not change. @throws when the visit did not see all tokens before */
  layer(
    part: Parameters<typeof toyLayer>[0],
    visit: VisitId,
    state: ToyState,
    rows: readonly TokenRow[],
    slot?: VisitId,
  ): ToyState {
    return rows.map((of, r) => {
      const row = state[r]!;
      if (!of.cached) return toyLayer(part, row);
      const before = this.#before(slot ?? visit, of);
      const value = Math.fround(Math.sin(before + row[0]! + (slot === undefined ? 0 : part.layer)));
      if (slot === undefined) this.#remember(visit, of, value);
      const output = toyLayer(
        part,
        row.map((each) => Math.fround(each + before)),
      );
      return slot === undefined ? output : [...output, value];
    });
  }

  /** @throws when the slot did not see all tokens before */
  store(slot: VisitId, state: ToyState, rows: readonly TokenRow[]): ToyState {
    for (const [r, of] of rows.entries()) {
      this.#before(slot, of);
      this.#remember(slot, of, state[r]![3]!);
    }
    return state.map(withoutKept);
  }

  #before(visit: VisitId, { cached }: TokenRow): number {
    const { sequence, past } = cached!;
    const before = this.#memories.get(sequence)?.get(visit) ?? { tokens: 0, value: 0 };
    if (before.tokens !== past) {
      throw new Error(
        `visit ${visit} saw ${before.tokens} tokens of sequence ${sequence}, whose next come after ${past}`,
      );
    }
    return before.value;
  }

  #remember(visit: VisitId, { tokens, cached }: TokenRow, value: number): void {
    const { sequence, past } = cached!;
    const visits = this.#memories.get(sequence) ?? new Map<VisitId, Memory>();
    this.#memories.set(sequence, visits.set(visit, { tokens: past + tokens.length, value }));
  }

  forget(sequence: number): void {
    this.#memories.delete(sequence);
  }
}

/** Of every row. */
export function nextTokens(state: ToyState): number[] {
  return state.map(([x = 0, y = 0, z = 0]) => 1 + (Math.abs(Math.round(1000 * (x + 2 * y + 3 * z))) % 97));
}

export function isOver(tokens: readonly number[]): boolean {
  return tokens.at(-1)! % 7 === 0;
}

/** Visit by visit, without plans, one text alone. */
export function expectedTokens(
  graph: SweepGraph,
  head: VisitId,
  { rows, generation }: Sweep["documents"][number],
): readonly number[] {
  const cache = new ToyCache();
  const found: number[] = [];
  const slots = slotsOf(graph);
  let past = 0;
  let tokens = rows[0]!.tokens;
  while (found.length < generation!.maxTokens && !(found.length > 0 && isOver(found))) {
    const step: TokenRow[] = [{ ...rows[0]!, tokens, cached: { sequence: 0, past } }];
    const visit = graph.visits[head]!;
    if (visit.kind !== "head") throw new Error(`visit ${head} is no head`);
    const states = visitStates(
      graph,
      head,
      step,
      (part, id, state) => cache.layer(part, id, state, step, slots.get(id)),
      (id, state) => (state[0]!.length > 3 ? cache.store(id, state, step) : state),
    );
    found.push(...nextTokens(states[visit.input]!));
    past += tokens.length;
    tokens = found.slice(-1);
  }
  return found;
}

/** The merge of every visit whose memory is its group's. */
function slotsOf({ visits }: SweepGraph): ReadonlyMap<VisitId, VisitId> {
  return new Map(
    visits.flatMap((merge, id) =>
      merge.kind === "merge"
        ? merge.branches.flatMap((branch) => {
            const visit = visits[branch]!;
            return visit.kind === "layer" && visit.group ? [[branch, id] as const] : [];
          })
        : [],
    ),
  );
}
