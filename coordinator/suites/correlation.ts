// Correlations of what an encoder predicts with what is right, as scipy computes them: what GLUE measures on
// stsb. A document's value is the pair of both: two single-precision numbers as one double.
import type { Aggregation, Correlation } from "./task.js";

/** Of the NaNs the one for which no double below is NaN, whose bits nobody promises to keep. */
const NAN_BITS = 0x7fc0_0000;
const view = new DataView(new ArrayBuffer(8));

/** A pair as a number. Rounds both to single precision, in which run_glue.py holds them. */
export function numberPair(gold: number, prediction: number): number {
  for (const [offset, value] of [gold, prediction].entries()) {
    if (Number.isNaN(value)) view.setUint32(4 * offset, NAN_BITS);
    else view.setFloat32(4 * offset, value);
  }
  return view.getFloat64(0);
}

/** The pair that numberPair made a number of. */
export function numbersOfPair(pair: number): readonly [gold: number, prediction: number] {
  view.setFloat64(0, pair);
  return [view.getFloat32(0), view.getFloat32(4)];
}

export function isCorrelation(aggregation: Aggregation): aggregation is Correlation {
  return aggregation === "pearson" || aggregation === "spearmanr" || aggregation === "pearson_and_spearmanr";
}

/** @param pairs of gold and prediction, each as one number */
export function correlate(correlation: Correlation, pairs: ArrayLike<number>): number {
  const both = Array.from(pairs, numbersOfPair);
  const [gold, predictions] = [both.map(([first]) => first), both.map(([, second]) => second)];
  switch (correlation) {
    case "pearson":
      return pearson(predictions, gold);
    case "spearmanr":
      return spearman(predictions, gold);
    case "pearson_and_spearmanr":
      return (pearson(predictions, gold) + spearman(predictions, gold)) / 2;
  }
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
