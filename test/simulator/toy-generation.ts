// Generation in the toy: every visit of a layer remembers, for a sequence, what went through it; what it makes of a token
// depends on that, and so do the tokens that follow. And what they must be.
import type { SweepGraph, VisitId } from "../../coordinator/graph/sweep-graph.js";
import type { TokenRow } from "../../models/token-row.js";
import type { Sweep } from "./sweep.js";
import { type ToyState, toyLayer, visitStates } from "./toy-model.js";

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

  /** @throws when the visit did not see all tokens before */
  layer(
    part: Parameters<typeof toyLayer>[0],
    visit: VisitId,
    state: ToyState,
    rows: readonly TokenRow[],
  ): ToyState {
    return rows.map(({ tokens, cached }, r) => {
      const row = state[r]!;
      if (!cached) return toyLayer(part, row);
      const visits = this.#memories.get(cached.sequence) ?? new Map<VisitId, Memory>();
      this.#memories.set(cached.sequence, visits);
      const before = visits.get(visit) ?? { tokens: 0, value: 0 };
      if (before.tokens !== cached.past) {
        throw new Error(
          `visit ${visit} saw ${before.tokens} tokens of sequence ${cached.sequence}, whose next come after ${cached.past}`,
        );
      }
      const value = Math.fround(Math.sin(before.value + row[0]!));
      visits.set(visit, { tokens: cached.past + tokens.length, value });
      return toyLayer(
        part,
        row.map((each) => Math.fround(each + before.value)),
      );
    });
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
  let past = 0;
  let tokens = rows[0]!.tokens;
  while (found.length < generation!.maxTokens && !(found.length > 0 && isOver(found))) {
    const step: TokenRow[] = [{ ...rows[0]!, tokens, cached: { sequence: 0, past } }];
    const visit = graph.visits[head]!;
    if (visit.kind !== "head") throw new Error(`visit ${head} is no head`);
    const states = visitStates(graph, head, step, (part, id, state) => cache.layer(part, id, state, step));
    found.push(...nextTokens(states[visit.input]!));
    past += tokens.length;
    tokens = found.slice(-1);
  }
  return found;
}
