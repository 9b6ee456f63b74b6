// Token rows to what the graphs of one model take, as tensors of this thread's
// runtime.
import type { InputForm } from "../architectures/architecture.js";
import { architectureOf } from "../architectures/registry.js";
import { layOutBatch } from "../batch-layout.js";
import { layOutCachedBatch } from "../cached-layout.js";
import type { ModelConfig } from "../config.js";
import { layOutEncoderBatch } from "../encoder-layout.js";
import { leastRowTokens } from "../least-tokens.js";
import { RotaryTable } from "../rotary.js";
import type { TokenRow } from "../token-row.js";
import { Tensor } from "./part-session.js";

export type Feeds = Readonly<Record<string, Tensor>>;

/** What the parts need to know of a micro-batch besides its hidden states. */
export interface BatchInputs {
  /** Of the embedding: tokens [batch, seq]; for an encoder token_types and positions too. */
  readonly embed: Feeds;
  /** Of every layer: mask [batch, 1, seq, seq]; for a decoder cos and sin [batch, seq, rotarySize / 2] too. */
  readonly layer: Feeds;
  /** Of rows that go on with sequences; null: rows are scored, or read whole. */
  readonly cached: CachedInputs | null;
  /** Of a decoder indices into batch * seq, and tokens; of an encoder rows, and outputs of the head. */
  readonly scoredRows: BigInt64Array;
  readonly scoredTargets: BigInt64Array;
  /** [batch, seq, hidden] */
  readonly hiddenShape: readonly [number, number, number];
}

/** Of a layer over keys and values that were kept, `layer` is without a mask. */
export interface CachedInputs {
  readonly rows: readonly CachedRow[];
  /** Of keys and values: cached-layout.ts. */
  readonly columns: number;
  /** [batch, 1, seq, columns] */
  readonly mask: Tensor;
}

export interface CachedRow {
  readonly sequence: number;
  readonly past: number;
  /** New tokens. */
  readonly length: number;
}

/** @returns what lays a micro-batch's rows out for the model */
export function inputMaker(config: ModelConfig): (rows: readonly TokenRow[]) => BatchInputs {
  const form = architectureOf(config).inputForm(config);
  switch (form.kind) {
    case "causal":
      return decoderInputs(config, form);
    case "bidirectional":
      return encoderInputs(config, form);
  }
}

function decoderInputs(
  config: ModelConfig,
  { rope, rotarySize, slidingWindow }: Extract<InputForm, { readonly kind: "causal" }>,
): (rows: readonly TokenRow[]) => BatchInputs {
  const { hiddenSize } = config;
  const leastTokens = leastRowTokens(config);
  const rotary = new RotaryTable(rope, rotarySize);
  const cachedInputs = (rows: readonly TokenRow[]): BatchInputs => {
    const { batch, seq, columns, tokens, positions, mask } = layOutCachedBatch(rows, slidingWindow);
    const { cos, sin } = rotary.lookUp(positions);
    const angleShape = [batch, seq, rotarySize / 2];
    return {
      embed: { tokens: new Tensor("int64", tokens, [batch, seq]) },
      layer: { cos: new Tensor("float32", cos, angleShape), sin: new Tensor("float32", sin, angleShape) },
      cached: {
        rows: rows.map((row) => ({ ...row.cached!, length: row.tokens.length })),
        columns,
        mask: new Tensor("bool", mask, [batch, 1, seq, columns]),
      },
      scoredRows: new BigInt64Array(0),
      scoredTargets: new BigInt64Array(0),
      hiddenShape: [batch, seq, hiddenSize],
    };
  };
  return (rows) => {
    if (rows.some(({ cached }) => cached !== undefined)) return cachedInputs(rows);
    const layout = layOutBatch(rows, slidingWindow, leastTokens);
    const { batch, seq } = layout;
    const { cos, sin } = rotary.lookUp(layout.positions);
    const angleShape = [batch, seq, rotarySize / 2];
    return {
      embed: { tokens: new Tensor("int64", layout.tokens, [batch, seq]) },
      layer: {
        cos: new Tensor("float32", cos, angleShape),
        sin: new Tensor("float32", sin, angleShape),
        mask: new Tensor("bool", layout.mask, [batch, 1, seq, seq]),
      },
      cached: null,
      scoredRows: layout.scoredRows,
      scoredTargets: layout.scoredTargets,
      hiddenShape: [batch, seq, hiddenSize],
    };
  };
}

function encoderInputs(
  config: ModelConfig,
  form: Extract<InputForm, { readonly kind: "bidirectional" }>,
): (rows: readonly TokenRow[]) => BatchInputs {
  const { hiddenSize } = config;
  const leastTokens = leastRowTokens(config);
  return (rows) => {
    const layout = layOutEncoderBatch(rows, form, leastTokens);
    const { batch, seq } = layout;
    return {
      embed: {
        tokens: new Tensor("int64", layout.tokens, [batch, seq]),
        token_types: new Tensor("int64", layout.tokenTypes, [batch, seq]),
        positions: new Tensor("int64", layout.positions, [batch, seq]),
      },
      layer: { mask: new Tensor("bool", layout.mask, [batch, 1, seq, seq]) },
      cached: null,
      scoredRows: layout.scoredRows,
      scoredTargets: layout.scoredTargets,
      hiddenShape: [batch, seq, hiddenSize],
    };
  };
}
