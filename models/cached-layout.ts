// Lays rows out that go on with sequences: their new tokens, and who of all tokens each attends to.
import type { TokenRow } from "./token-row.js";

/** float32 in the widest vector there is. */
const columnsAtOnce = 16;
/** Whole vectors over 64: with fewer, a head of more than 128 numbers is summed in longer blocks (least-tokens.ts). */
const leastColumns = 80;

export interface CachedLayout {
  readonly batch: number;
  /** New tokens of the row that has most. */
  readonly seq: number;
  /** Tokens of the longest sequence, the new ones included, and what fills the last vector. */
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
 * product of one row takes another kernel of the runtime, with other rounding (batch-layout.ts): so prompts have two
 * tokens at least, and steps of one token two rows, of which a sequence's own one is always multiplied alone with its
 * keys. Prompts and steps do not share a batch. And sums over columns that do not fill the last vector of the machine go
 * another way (measured: 7 columns alone, or among more): so columns are whole vectors.
 */
export function layOutCachedBatch(rows: readonly TokenRow[], slidingWindow: number | null): CachedLayout {
  const isStep = rows.every(({ tokens, cached }) => cached!.past > 0 && tokens.length === 1);
  if (!isStep && rows.some(({ cached }) => cached!.past > 0)) {
    throw new Error("rows of one batch are all prompts, or all steps of one token");
  }
  const batch = isStep ? Math.max(rows.length, 2) : rows.length;
  const most = (of: (row: TokenRow) => number): number =>
    rows.reduce((max, row) => Math.max(max, of(row)), 0);
  const seq = isStep
    ? 1
    : Math.max(
        most(({ tokens }) => tokens.length),
        2,
      );
  const longest = most(({ tokens, cached }) => cached!.past + tokens.length);
  const columns = Math.max(leastColumns, columnsAtOnce * Math.ceil(longest / columnsAtOnce));
  const tokens = new BigInt64Array(batch * seq);
  const positions = new Int32Array(batch * seq);
  const mask = new Uint8Array(batch * seq * columns);
  for (let at = 0; at < batch * seq; at++) mask[at * columns] = 1;
  for (const [b, { tokens: own, cached }] of rows.entries()) {
    for (const [i, token] of own.entries()) {
      const at = b * seq + i;
      const position = cached!.past + i;
      tokens[at] = BigInt(token);
      positions[at] = position;
      const first = Math.max(0, position - (slidingWindow ?? Infinity) + 1);
      mask[at * columns] = first === 0 ? 1 : 0;
      mask.fill(1, at * columns + first, at * columns + position + 1);
    }
  }
  return { batch, seq, columns, tokens, positions, mask };
}
