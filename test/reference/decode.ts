// Greedy decoding in one process, by a schedule read as a program: with keys and values kept for every layer
// application in the order in which they run, or everything computed anew for every token.
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import { KeyValueCache } from "../../models/runtime/key-value-cache.js";
import type { BatchInputs, ModelRuntime } from "../../models/runtime/model-runtime.js";
import type { TokenRow } from "../../models/token-row.js";
import { interpret } from "./interpreter.js";

/** One sequence's part of a step. */
export interface Step {
  readonly sequence: number;
  readonly past: number;
  readonly tokens: readonly number[];
}

export class Decoder {
  readonly cache = new KeyValueCache();

  constructor(
    private readonly model: ModelRuntime,
    private readonly schedule: Schedule,
  ) {}

  /** The hidden state of the last new token of every row, and the next tokens. */
  async step(steps: readonly Step[]): Promise<{ readonly last: Float32Array[]; readonly next: Int32Array }> {
    const inputs = this.model.prepare(
      steps.map(({ tokens, sequence, past }) => rowOf(tokens, { cached: { sequence, past } })),
    );
    let visit = 0;
    const layers: Pick<ModelRuntime, "layer"> = {
      layer: (part, hidden, own) => {
        const id = visit++;
        const slots = { visits: steps.map(() => id), isShared: false };
        return this.model.cachedLayer(part, hidden, own, this.cache, slots);
      },
    };
    const hidden = await interpret(this.schedule, await this.model.embed(inputs), inputs, layers);
    return {
      last: steps.map(({ tokens }, row) => stateOf(hidden, inputs, row, tokens.length - 1)),
      next: await this.model.nextTokens(hidden, inputs),
    };
  }
}

/** All of a sequence computed anew: the hidden state of its last token. */
export async function recomputed(
  model: ModelRuntime,
  schedule: Schedule,
  tokens: readonly number[],
): Promise<Float32Array> {
  const inputs = model.prepare([rowOf(tokens, {})]);
  const hidden = await interpret(schedule, await model.embed(inputs), inputs, model);
  return stateOf(hidden, inputs, 0, tokens.length - 1);
}

/** Goes on with all prompts at once, one token of each a step. @returns what follows each prompt */
export async function decodeGreedily(
  model: ModelRuntime,
  schedule: Schedule,
  prompts: readonly (readonly number[])[],
  count: number,
): Promise<readonly (readonly number[])[]> {
  const decoder = new Decoder(model, schedule);
  const found: number[][] = prompts.map(() => []);
  for (let token = 0; token < count; token++) {
    const { next } = await decoder.step(
      prompts.map((prompt, sequence) =>
        token === 0
          ? { sequence, past: 0, tokens: prompt }
          : { sequence, past: prompt.length + token - 1, tokens: [found[sequence]!.at(-1)!] },
      ),
    );
    for (const [sequence, id] of next.entries()) found[sequence]!.push(id);
  }
  return found;
}

function rowOf(tokens: readonly number[], more: Pick<TokenRow, "cached">): TokenRow {
  return { tokens, prefixLength: tokens.length, branchLengths: [], scored: [], ...more };
}

function stateOf(
  hidden: Float32Array,
  { hiddenShape }: BatchInputs,
  row: number,
  token: number,
): Float32Array {
  const [, seq, width] = hiddenShape;
  const at = (row * seq + token) * width;
  return hidden.slice(at, at + width);
}
