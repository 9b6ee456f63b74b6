// From a text, or a pair, to the row an encoder reads, as run_glue.py tokenises:
// [CLS] a [SEP] b [SEP], cut to 128 tokens. The counterpart of tokenise.ts and token-rows.ts.
import type { ScoredToken, TokenRow } from "../../models/token-row.js";
import { quoteValue } from "./task.js";
import type { Encoder } from "./tokenise.js";

/** run_glue.py's and the paper's --max_seq_length. */
export const longestText = 128;

/** The tokenizer is not of BERT's kind. */
export class SpecialTokensError extends Error {
  override readonly name = "SpecialTokensError";
  readonly exitCode = 2;
}

export interface EncoderRowOptions {
  /** Positions the model has. */
  readonly maxLength: number;
  readonly tokenTypeCount: number;
}

/**
 * @returns what makes a text or a pair the row of which these classes are scored, in the order of requests
 * @throws SpecialTokensError
 */
export function encoderRows(
  encoder: Pick<Encoder, "encode" | "continuesWord">,
  { maxLength, tokenTypeCount }: EncoderRowOptions,
): (texts: readonly string[], scored: readonly ScoredToken[]) => TokenRow {
  const around = encoder.encode("", { addSpecialTokens: true });
  const [cls, sep] = around;
  if (cls === undefined || sep === undefined || around.length !== 2) {
    throw new SpecialTokensError(
      `the tokenizer puts ${around.length} tokens around a text; an encoder's puts two, [CLS] and [SEP]: ` +
        "copy tokenizer.json from the checkpoint the model comes from",
    );
  }
  const longest = Math.min(longestText, maxLength);
  return (texts, scored) => {
    const ids = texts.map((text) => encoder.encode(text, { addSpecialTokens: false }));
    const [first, second] = ids;
    if (first === undefined || ids.length > 2) throw new Error(`${quoteValue(texts)} is no text and no pair`);
    const read = (own: readonly number[]): number => readLength(own, longest, encoder);
    const [a, b] = second ? cutLongest(read(first), read(second), longest) : [longest - 2, 0];
    const tokens = [cls, ...first.slice(0, a), sep];
    const tokenTypes = tokens.map(() => 0);
    if (second !== undefined) {
      tokens.push(...second.slice(0, b), sep);
      // A model may know one kind of segments only.
      const type = Math.min(1, tokenTypeCount - 1);
      while (tokenTypes.length < tokens.length) tokenTypes.push(type);
    }
    return { tokens, tokenTypes, prefixLength: tokens.length, branchLengths: [], scored };
  };
}

/** How many of a text's tokens tokenizers sees: it reads no further than the word that brings it to `longest`. */
function readLength(
  ids: readonly number[],
  longest: number,
  { continuesWord }: Pick<Encoder, "continuesWord">,
): number {
  let read = Math.min(ids.length, longest);
  while (read < ids.length && continuesWord(ids[read]!)) read++;
  return read;
}

/**
 * How much is kept of two texts, of which so many tokens were read, in `longest` tokens, special ones included:
 * tokenizers' `longest_first`, which takes from the longer until both fit. Of equals the second has the odd token.
 */
export function cutLongest(a: number, b: number, longest: number): readonly [a: number, b: number] {
  const room = longest - 3;
  if (a + b <= room) return [a, b];
  const shorter = Math.min(a, b);
  const longer = Math.max(shorter, room - shorter);
  const half = Math.floor(room / 2);
  const [less, more] = shorter + longer <= room ? [shorter, longer] : [half, room - half];
  return a > b ? [more, less] : [less, more];
}
