// Lays an encoder's rows out as the dense inputs of one micro-batch. Attention
// goes both ways, so rows hold one text (or pair) each and are never packed.
import type { TokenRow } from "./token-row.js";

/** Dense inputs of a micro-batch, right-padded to its longest row. */
export interface EncoderLayout {
  readonly batch: number;
  readonly seq: number;
  /** [batch, seq]; padding is token 0 of type 0 at position 0 */
  readonly tokens: BigInt64Array;
  readonly tokenTypes: BigInt64Array;
  readonly positions: BigInt64Array;
  /** [batch, 1, seq, seq]; 1: the row's token attends to the column's. Padding attends to itself. */
  readonly mask: Uint8Array;
  /** Rows of what is scored, in order, and which output of the head. */
  readonly scoredRows: BigInt64Array;
  readonly scoredTargets: BigInt64Array;
}

export interface EncoderLimits {
  readonly maxPositions: number;
  readonly tokenTypeCount: number;
  /** Of the classifier; 0: there is none. */
  readonly classCount: number;
  readonly featureCount: number;
}

/**
 * A batch of one single token is padded to two, for the reason layOutBatch gives.
 * @param leastTokens rows are padded to these: least-tokens.ts
 * @throws RangeError for a row that no encoder, or not this one, can take
 */
export function layOutEncoderBatch(
  rows: readonly TokenRow[],
  limits: EncoderLimits,
  leastTokens: number,
): EncoderLayout {
  const batch = rows.length;
  const longest = rows.reduce((length, row) => Math.max(length, row.tokens.length), leastTokens);
  const seq = batch === 1 ? Math.max(longest, 2) : longest;
  const tokens = new BigInt64Array(batch * seq);
  const tokenTypes = new BigInt64Array(batch * seq);
  const positions = new BigInt64Array(batch * seq);
  const mask = new Uint8Array(batch * seq * seq);
  for (const [b, row] of rows.entries()) {
    checkRow(b, row, limits);
    const length = row.tokens.length;
    for (const [i, token] of row.tokens.entries()) {
      tokens[b * seq + i] = BigInt(token);
      tokenTypes[b * seq + i] = BigInt(row.tokenTypes?.[i] ?? 0);
      positions[b * seq + i] = BigInt(i);
    }
    for (let i = 0; i < seq; i++) {
      const line = (b * seq + i) * seq;
      if (i < length) mask.fill(1, line, line + length);
      else mask[line + i] = 1;
    }
  }
  const scored = rows.flatMap((row, b) => row.scored.map(({ target }) => ({ b, target })));
  const scoredRows = BigInt64Array.from(scored, ({ b }) => BigInt(b));
  const scoredTargets = BigInt64Array.from(scored, ({ target }) => BigInt(target));
  return { batch, seq, tokens, tokenTypes, positions, mask, scoredRows, scoredTargets };
}

function checkRow(
  b: number,
  row: TokenRow,
  { maxPositions, tokenTypeCount, classCount, featureCount }: EncoderLimits,
): void {
  const { tokens, tokenTypes, prefixLength, branchLengths, scored } = row;
  const problem = (text: string): never => {
    throw new RangeError(`row ${b} of an encoder's micro-batch ${text}`);
  };
  if (tokens.length === 0) problem("has no tokens");
  if (tokens.length > maxPositions)
    problem(`has ${tokens.length} tokens; the model has ${maxPositions} positions`);
  if (prefixLength !== tokens.length || branchLengths.length > 0) {
    problem(`has ${branchLengths.length} branches; attention goes both ways, so rows cannot be packed`);
  }
  const outputs = classCount + featureCount;
  const odd = scored.find(({ index, target }) => index !== 0 || target < 0 || target >= outputs);
  if (odd)
    problem(
      `scores ${odd.target} at ${odd.index}; the model has ${classCount} classes and ${featureCount} features, at 0`,
    );
  if (tokenTypes === undefined) return;
  if (tokenTypes.length !== tokens.length) {
    problem(`has ${tokens.length} tokens and ${tokenTypes.length} token types`);
  }
  const wrong = tokenTypes.find((type) => type < 0 || type >= tokenTypeCount);
  if (wrong !== undefined) problem(`has token type ${wrong}; the model has ${tokenTypeCount}, from 0`);
}
