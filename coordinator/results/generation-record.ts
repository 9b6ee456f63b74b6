// A generation's record: the key that names a prompt with what ends its continuation, and the
// tokens that were generated, as stored.
import { createHash } from "node:crypto";
import type { KvMode } from "../schedule/kv-mode.js";
import type { Generation } from "../suites/generation.js";
import type { DocumentKey } from "./document-key.js";
import type { RecordFormat } from "./record-table.js";

/** Part of every key, so that neither a change of the encoding nor scores can answer for a generation. */
const ENCODING = "painters generation 1\n";

/**
 * The same key for the same prompt, limits, stops and kv mode on every machine. Stop tokens are part of it because a
 * model's fingerprint does not cover its tokenizer.
 */
export function generationKey(
  { prompt, maxTokens, stops, stopTokens }: Omit<Generation, "isOver" | "textOf">,
  kv: KvMode,
): DocumentKey {
  // JSON of numbers and strings in a fixed order: no two encode alike.
  const identity = JSON.stringify([kv, maxTokens, stopTokens, stops, prompt]);
  return createHash("sha256").update(ENCODING).update(identity).digest("hex");
}

/** Little-endian int32, 4 bytes a token. */
export const generationFormat: RecordFormat<readonly number[]> = {
  table: "generation",
  column: "tokens",
  encode(tokens) {
    const bytes = Buffer.alloc(tokens.length * 4);
    tokens.forEach((token, i) => {
      bytes.writeInt32LE(token, i * 4);
    });
    return bytes;
  },
  decode(bytes) {
    if (bytes.length % 4 !== 0) return null;
    return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(i * 4));
  },
  describe: (tokens) => `tokens [${tokens.join(", ")}]`,
};
