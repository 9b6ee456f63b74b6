// From the scores of requests to numbers: what each document is worth, and what
// all documents come to. How sure that is: standard-error.ts.
import type { RequestScore } from "../../models/token-row.js";
import { accuracy, confusionCell, f1, matthews } from "./confusion.js";
import { correlate, isCorrelation } from "./correlation.js";
import { codePointCount } from "./python-text.js";
import type { Aggregation, MetricName, SumAggregation, TaskDocument } from "./task.js";

/** Multiple choice: 1 if the likeliest choice is the right one; acc_norm: likeliest per code point; f1, mcc: the pair of both. */
export function scoreChoices(
  metric: MetricName,
  document: TaskDocument,
  scores: readonly RequestScore[],
): number {
  const logLikelihoods = scores.map((score) => score.logLikelihood);
  switch (metric) {
    case "acc":
      return argmax(logLikelihoods) === document.gold ? 1 : 0;
    case "acc_norm": {
      // An empty choice divides by zero, which is -Infinity, as in numpy.
      const lengths = document.choices.map(codePointCount);
      return argmax(logLikelihoods.map((value, i) => value / (lengths[i] ?? 0))) === document.gold ? 1 : 0;
    }
    case "f1":
    case "mcc":
      return confusionCell(document.gold ?? -1, argmax(logLikelihoods));
    default:
      throw new Error(`${metric} is not a metric of multiple choice`);
  }
}

/** One continuation: its log-likelihood, or whether greedy decoding would have written it. */
export function scoreLoglikelihood(
  metric: MetricName,
  document: TaskDocument,
  scores: readonly RequestScore[],
): number {
  const [score] = scores;
  if (score === undefined) throw new Error(`document ${document.docId} has no score`);
  switch (metric) {
    case "perplexity":
      return score.logLikelihood;
    case "acc":
      return score.isGreedy ? 1 : 0;
    default:
      throw new Error(`${metric} is not a metric of a single continuation`);
  }
}

/** numpy's argmax: the first of equal values, and the first NaN before any number. */
export function argmax(values: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    const champion = values[best] as number;
    if (value > champion || (Number.isNaN(value) && !Number.isNaN(champion))) best = i;
  }
  return best;
}

/** What the documents' values come to. Perplexity is per document, not per token. */
export function aggregate(aggregation: Aggregation, values: ArrayLike<number>): number {
  if (isCorrelation(aggregation)) return correlate(aggregation, values);
  return ofSum(aggregation, sumOf(values), values.length);
}

/** An aggregation as a function of the sum. */
export function ofSum(aggregation: SumAggregation, sum: number, documents: number): number {
  switch (aggregation) {
    case "mean":
      return sum / documents;
    case "perplexity":
      return Math.exp(-(sum / documents));
    case "f1":
      return f1(sum, documents);
    case "matthews_corrcoef":
      return matthews(sum, documents);
    case "acc_and_f1":
      return (accuracy(sum, documents) + f1(sum, documents)) / 2;
  }
}

export function mean(values: ArrayLike<number>): number {
  return sumOf(values) / values.length;
}

/** From left to right, as Python before 3.12 does. */
function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}
