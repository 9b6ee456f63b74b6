// A text that grows, in pieces: what of the text before stays, and what replaces the rest. It may become shorter, and
// its last character may turn from half a one into a whole one.
import type { PieceNews } from "../../proto/generation-words.js";

export type TextPiece = Pick<PieceNews, "kept" | "added">;

export function pieceBetween(before: string, after: string): TextPiece {
  let kept = 0;
  while (kept < before.length && kept < after.length && before[kept] === after[kept]) kept++;
  // The wire carries UTF-8, which has no half of a surrogate pair.
  if (kept > 0 && /[\uD800-\uDBFF]/.test(after[kept - 1]!)) kept--;
  return { kept, added: after.slice(kept) };
}

export function withPiece(before: string, { kept, added }: TextPiece): string {
  return before.slice(0, kept) + added;
}
