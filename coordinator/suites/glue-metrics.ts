// What predictions of an encoder's classifier are worth on GLUE: the metrics of Hugging Face's run_glue.py
// (`evaluate`'s glue), for each of the nine data sets. Causal models are scored by metrics.ts.
import { confusionCell, f1, matthews } from "./confusion.js";
import { mean } from "./metrics.js";

export type GlueConfig = "cola" | "mnli" | "mrpc" | "qnli" | "qqp" | "rte" | "sst2" | "stsb" | "wnli";

/** By name, in run_glue.py's order. `combined_score` is the mean of the others where there are several. */
export type GlueMetrics = Readonly<Record<string, number>>;

/** Predictions and gold labels of the same documents: classes, or scores for stsb. */
export function glueMetrics(
  config: GlueConfig,
  predictions: readonly number[],
  gold: readonly number[],
): GlueMetrics {
  if (predictions.length !== gold.length || gold.length === 0) {
    throw new Error(`${predictions.length} predictions for ${gold.length} documents of ${config}`);
  }
  const metrics = plainMetrics(config, predictions, gold);
  const values = Object.values(metrics);
  return values.length === 1 ? metrics : { ...metrics, combined_score: mean(values) };
}

function plainMetrics(
  config: GlueConfig,
  predictions: readonly number[],
  gold: readonly number[],
): GlueMetrics {
  const cells = (): number =>
    gold.reduce((sum, label, i) => sum + confusionCell(label, predictions[i] as number), 0);
  switch (config) {
    case "cola":
      return { matthews_correlation: matthews(cells(), gold.length) };
    case "mrpc":
    case "qqp":
      return { accuracy: accuracy(predictions, gold), f1: f1(cells(), gold.length) };
    case "stsb": {
      // run_glue.py holds both in single precision, and computes in double.
      const [x, y] = [predictions.map(Math.fround), gold.map(Math.fround)];
      return { pearson: pearson(x, y), spearmanr: spearman(x, y) };
    }
    case "mnli":
    case "qnli":
    case "rte":
    case "sst2":
    case "wnli":
      return { accuracy: accuracy(predictions, gold) };
  }
}

function accuracy(predictions: readonly number[], gold: readonly number[]): number {
  return mean(gold.map((label, i) => (label === predictions[i] ? 1 : 0)));
}

/** Pearson's correlation, as scipy.stats.pearsonr; NaN where either is constant. */
export function pearson(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [unitVector(x), unitVector(y)];
  const correlation = a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  return Math.max(-1, Math.min(1, correlation));
}

/** Spearman's correlation, as scipy.stats.spearmanr: Pearson's of the ranks. */
export function spearman(x: readonly number[], y: readonly number[]): number {
  return pearson(ranks(x), ranks(y));
}

/** Centred and of length one. */
function unitVector(values: readonly number[]): readonly number[] {
  if (values.every((value) => value === values[0])) return values.map(() => Number.NaN);
  const centre = mean(values);
  const centred = values.map((value) => value - centre);
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  return centred.map((value) => value / length);
}

/** From 1; equal values share the mean of theirs. All NaN where a value is. */
function ranks(values: readonly number[]): readonly number[] {
  if (values.some(Number.isNaN)) return values.map(() => Number.NaN);
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const found = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) found[order[i] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return found;
}
