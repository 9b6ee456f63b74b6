// A record's value as stored: every request's score, 9 bytes each (log-likelihood
// as a little-endian float64, then 1 for greedy or 0). Equal scores have equal bytes.
import type { RequestScore } from "../../models/token-row.js";
import type { RecordFormat } from "./record-table.js";

const BYTES_PER_SCORE = 9;
/** The one NaN that is stored: hardware makes NaNs of either sign, and they mean the same. */
const QUIET_NAN = 0x7ff8_0000_0000_0000n;

export function encodeScores(scores: readonly RequestScore[]): Buffer {
  const bytes = Buffer.alloc(scores.length * BYTES_PER_SCORE);
  scores.forEach(({ logLikelihood, isGreedy }, i) => {
    const at = i * BYTES_PER_SCORE;
    if (Number.isNaN(logLikelihood)) bytes.writeBigUInt64LE(QUIET_NAN, at);
    else bytes.writeDoubleLE(logLikelihood, at);
    bytes[at + 8] = isGreedy ? 1 : 0;
  });
  return bytes;
}

/** null where the bytes cannot be scores: a damaged record. */
export function decodeScores(bytes: Buffer): readonly RequestScore[] | null {
  if (bytes.length % BYTES_PER_SCORE !== 0) return null;
  const scores: RequestScore[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_SCORE) {
    const greedy = bytes[at + 8];
    if (greedy !== 0 && greedy !== 1) return null;
    scores.push({ logLikelihood: bytes.readDoubleLE(at), isGreedy: greedy === 1 });
  }
  return scores;
}

export const scoreFormat: RecordFormat<readonly RequestScore[]> = {
  table: "record",
  column: "scores",
  encode: encodeScores,
  decode: decodeScores,
  describe: (scores) =>
    `[${scores.map((score) => `${score.logLikelihood}${score.isGreedy ? " greedy" : ""}`).join(", ")}]`,
};
