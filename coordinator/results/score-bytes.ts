// A record's value as stored: every request's score, 9 bytes each (log-likelihood
// as a little-endian float64, then 1 for greedy or 0). Equal scores have equal bytes. What an encoder's pooler gives
// takes 4 bytes each: many values of single precision, none greedy, as float32 with a byte at the end that is no 0 or 1.
import type { RequestScore } from "../../models/token-row.js";
import type { RecordFormat } from "./record-table.js";

const BYTES_PER_SCORE = 9;
const FLOAT32_MARK = 4;
/** Fewer are stored as ever. No document of another kind has so many requests. */
const LEAST_FEATURES = 12;
const QUIET_NAN32 = 0x7fc0_0000;
/** The one NaN that is stored: hardware makes NaNs of either sign, and they mean the same. */
const QUIET_NAN = 0x7ff8_0000_0000_0000n;

export function encodeScores(scores: readonly RequestScore[]): Buffer {
  return areFeatures(scores) ? encodeFeatures(scores) : encodeEach(scores);
}

function areFeatures(scores: readonly RequestScore[]): boolean {
  return (
    scores.length >= LEAST_FEATURES &&
    scores.every(
      ({ logLikelihood, isGreedy }) => !isGreedy && Object.is(Math.fround(logLikelihood), logLikelihood),
    )
  );
}

function encodeFeatures(scores: readonly RequestScore[]): Buffer {
  const bytes = Buffer.alloc(scores.length * 4 + 1, FLOAT32_MARK);
  scores.forEach(({ logLikelihood }, i) => {
    if (Number.isNaN(logLikelihood)) bytes.writeUInt32LE(QUIET_NAN32, 4 * i);
    else bytes.writeFloatLE(logLikelihood, 4 * i);
  });
  return bytes;
}

function encodeEach(scores: readonly RequestScore[]): Buffer {
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
  if (bytes.at(-1) === FLOAT32_MARK && bytes.length % 4 === 1) {
    return Array.from({ length: (bytes.length - 1) / 4 }, (_, i) => ({
      logLikelihood: bytes.readFloatLE(4 * i),
      isGreedy: false,
    }));
  }
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
