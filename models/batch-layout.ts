// Lays token rows out as the dense inputs of one micro-batch: ids, positions,
// and who attends to whom.
import type { TokenRow } from "./token-row.js";

/** Dense inputs of a micro-batch, right-padded to its longest row. */
export interface BatchLayout {
  readonly batch: number;
  readonly seq: number;
  /** [batch, seq]; padding is token 0 */
  readonly tokens: BigInt64Array;
  /** [batch, seq]; padding is position 0 */
  readonly positions: Int32Array;
  /** [batch, 1, seq, seq]; 1: the row's token attends to the column's. Padding attends to itself. */
  readonly mask: Uint8Array;
  /** Indices into batch * seq of the scored tokens, rows in order. */
  readonly scoredRows: BigInt64Array;
  readonly scoredTargets: BigInt64Array;
}

/**
 * A batch of one single token is padded to two: a matrix product of one row takes another kernel
 * of the runtime, with other rounding (measured), and scores must not depend on the batch.
 * @param leastTokens rows are padded to these: least-tokens.ts
 */
export function layOutBatch(
  rows: readonly TokenRow[],
  slidingWindow: number | null,
  leastTokens: number,
): BatchLayout {
  const batch = rows.length;
  const longest = rows.reduce((length, row) => Math.max(length, row.tokens.length), leastTokens);
  const seq = batch === 1 ? Math.max(longest, 2) : longest;
  const tokens = new BigInt64Array(batch * seq);
  const positions = new Int32Array(batch * seq);
  const mask = new Uint8Array(batch * seq * seq);
  const scoredCount = rows.reduce((count, row) => count + row.scored.length, 0);
  const scoredRows = new BigInt64Array(scoredCount);
  const scoredTargets = new BigInt64Array(scoredCount);
  let next = 0;
  for (const [b, row] of rows.entries()) {
    for (const [i, token] of row.tokens.entries()) tokens[b * seq + i] = BigInt(token);
    positions.set(rowPositions(row), b * seq);
    fillMask(mask.subarray(b * seq * seq, (b + 1) * seq * seq), seq, row, slidingWindow ?? Infinity);
    for (const { index, target } of row.scored) {
      scoredRows[next] = BigInt(b * seq + index);
      scoredTargets[next++] = BigInt(target);
    }
  }
  return { batch, seq, tokens, positions, mask, scoredRows, scoredTargets };
}

/** Position ids: the prefix counts from 0, every branch goes on from its end. */
export function rowPositions(row: TokenRow): Int32Array {
  const positions = new Int32Array(row.tokens.length);
  for (let i = 0; i < row.prefixLength; i++) positions[i] = i;
  let at = row.prefixLength;
  for (const length of row.branchLengths) {
    for (let i = 0; i < length; i++) positions[at++] = row.prefixLength + i;
  }
  return positions;
}

function fillMask(mask: Uint8Array, seq: number, row: TokenRow, window: number): void {
  const prefix = row.prefixLength;
  for (let i = 0; i < prefix; i++) mask.fill(1, i * seq + Math.max(0, i - window + 1), i * seq + i + 1);
  let start = prefix;
  for (const length of row.branchLengths) {
    for (let i = 0; i < length; i++) {
      // Its position is prefix + i; the window counts back along its own path.
      const line = (start + i) * seq;
      mask.fill(1, line + Math.min(prefix, Math.max(0, prefix + i - window + 1)), line + prefix);
      mask.fill(1, line + start + Math.max(0, i - window + 1), line + start + i + 1);
    }
    start += length;
  }
  for (let i = start; i < seq; i++) mask[i * seq + i] = 1;
}
