// From scored tokens back to requests. Pure.
import type { RequestScore, TokenRow } from "../../models/token-row.js";

/**
 * Sums each request's token log-probabilities in token order (float64) and asks whether all were greedy.
 * @param logprobs and isGreedy: the scored tokens of these rows, in order, from `offset`
 */
export function requestScores(
  rows: readonly TokenRow[],
  logprobs: Float32Array,
  isGreedy: Uint8Array,
  offset: number,
): RequestScore[] {
  const scores: RequestScore[] = [];
  let at = offset;
  for (const { request } of rows.flatMap((row) => row.scored)) {
    const { logLikelihood, isGreedy: soFar } = scores[request] ?? { logLikelihood: 0, isGreedy: true };
    scores[request] = { logLikelihood: logLikelihood + logprobs[at]!, isGreedy: soFar && isGreedy[at] === 1 };
    at++;
  }
  return scores;
}

/** How many tokens of these rows are scored. */
export function scoredTokenCount(rows: readonly TokenRow[]): number {
  return rows.reduce((count, row) => count + row.scored.length, 0);
}
