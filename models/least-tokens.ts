// How long the rows of a micro-batch must be so that a row's bits do not depend on its company.
import type { ModelConfig } from "./config.js";

// Measured, and what MLAS's sgemm does: a product of 64 columns or fewer sums its inner dimension in blocks longer than
// the 128 of wider ones, which rounds otherwise. A query meets as many columns as its micro-batch's rows are long, and
// the inner dimension is the head's: so only heads of more than 128 numbers tell a short row from one padded past 64.
const innerBlock = 128;
const leastOfWideHeads = 65;

/** Shorter rows of the model are padded to this many tokens; 1 for all but models of wide heads. */
export function leastRowTokens({ headSize }: ModelConfig): number {
  return headSize > innerBlock ? leastOfWideHeads : 1;
}
