// Names a document by what the model sees of it and what is scored: the half of
// a record's identity that does not depend on model, schedule or numerics.
import { createHash } from "node:crypto";
import type { TokenRow } from "../../models/token-row.js";

/** sha256, lower-case hex: 64 characters. */
export type DocumentKey = string;

/** Part of every key, so that a change of the encoding can never let old records answer for new documents. */
const ENCODING = "painters document 1\n";
/** Of documents with token types, which the first has no place for. */
const TYPED_ENCODING = "painters document 1, token types\n";

/**
 * The same key for the same rows on every machine. All numbers are little-endian int32 and every
 * list is preceded by its length, so no two different documents encode alike.
 */
export function documentKey(rows: readonly TokenRow[]): DocumentKey {
  const isTyped = rows.some(({ tokenTypes }) => tokenTypes !== undefined);
  const numbers: number[] = [rows.length];
  for (const row of rows) {
    numbers.push(row.prefixLength, row.tokens.length);
    for (const token of row.tokens) numbers.push(token);
    if (isTyped) numbers.push(row.tokenTypes?.length ?? 0, ...(row.tokenTypes ?? []));
    numbers.push(row.branchLengths.length);
    for (const length of row.branchLengths) numbers.push(length);
    numbers.push(row.scored.length);
    for (const { request, index, target } of row.scored) numbers.push(request, index, target);
  }
  const bytes = Buffer.alloc(numbers.length * 4);
  // writeInt32LE refuses what is no int32, where an Int32Array would wrap it silently.
  numbers.forEach((number, i) => {
    bytes.writeInt32LE(number, i * 4);
  });
  return createHash("sha256")
    .update(isTyped ? TYPED_ENCODING : ENCODING)
    .update(bytes)
    .digest("hex");
}
