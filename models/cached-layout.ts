// Lays rows out that go on with sequences: their new tokens, and who of all tokens each attends to.
import type { TokenRow } from "./token-row.js";

export interface CachedLayout {
  readonly batch: number;
  /** New tokens of the row that has most. */
  readonly seq: number;
  /** Tokens of the longest sequence, the new ones included. */
  readonly columns: number;
  /** [batch, seq]; padding is token 0 */
  readonly tokens: BigInt64Array;
  /** [batch, seq]; padding is position 0 */
  readonly positions: Int32Array;
  /** [batch, 1, seq, columns]; 1: the new token attends to the column's. Padding attends to the first. */
  readonly mask: Uint8Array;
}

/**
 * Rows are padded at their right ends, new tokens and columns alike, so that no row's bits depend on the others. A
 * lone token is padded to two: a matrix product of one row takes another kernel of the runtime (batch-layout.ts).
 */
export function layOutCachedBatch(rows: readonly TokenRow[], slidingWindow: number | null): CachedLayout {
  const batch = rows.length;
  const most = (of: (row: TokenRow) => number): number =>
    rows.reduce((max, row) => Math.max(max, of(row)), 0);
  const longest = most(({ tokens }) => tokens.length);
  const seq = batch === 1 ? Math.max(longest, 2) : longest;
  const columns = most(({ tokens, cached }) => cached!.past + tokens.length);
  const tokens = new BigInt64Array(batch * seq);
  const positions = new Int32Array(batch * seq);
  const mask = new Uint8Array(batch * seq * columns);
  for (const [b, row] of rows.entries()) {
    for (let i = 0; i < seq; i++) {
      const at = b * seq + i;
      const line = at * columns;
      if (i >= row.tokens.length) {
        mask[line] = 1;
        continue;
      }
      const position = row.cached!.past + i;
      tokens[at] = BigInt(row.tokens[i]!);
      positions[at] = position;
      const first = Math.max(0, position - (slidingWindow ?? Infinity) + 1);
      mask.fill(1, line + first, line + position + 1);
    }
  }
  return { batch, seq, columns, tokens, positions, mask };
}
