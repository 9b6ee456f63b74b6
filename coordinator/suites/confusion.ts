// Pairs of gold and predicted class for the metrics that are no means, F1 and Matthews': a pair is a number
// such that the sum over any documents, also over a bootstrap's draw, is those documents' confusion matrix.

/** A digit for each count. Three of 17 bits are exact in a double. */
const BASE = 2 ** 17;

/** By 2 gold + prediction: true negative (what the other three leave), false positive, false negative, true positive. */
const CELLS: readonly number[] = [0, 1, BASE, BASE ** 2];

/** How often each pair occurs; class 1 is the positive one. */
interface Counts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** The pair as a number. Both classes are 0 or 1. */
export function confusionCell(gold: number, prediction: number): number {
  if (!isClass(gold) || !isClass(prediction)) {
    throw new Error(`gold ${gold} and prediction ${prediction} are not of two classes`);
  }
  return CELLS[2 * gold + prediction]!;
}

/** The pair that confusionCell made a number of. */
export function goldAndPrediction(cell: number): readonly [gold: number, prediction: number] {
  const index = CELLS.indexOf(cell);
  if (index < 0) throw new Error(`${cell} is no pair of gold and prediction`);
  return [index >> 1, index & 1];
}

function isClass(value: number): boolean {
  return value === 0 || value === 1;
}

/** The share of equal pairs. */
export function accuracy(cellSum: number, documents: number): number {
  const { truePositives, trueNegatives } = countsIn(cellSum, documents);
  return (truePositives + trueNegatives) / documents;
}

/** F1 of class 1, as sklearn.metrics.f1_score; 0 where there is no positive at all. */
export function f1(cellSum: number, documents: number): number {
  const { truePositives, falsePositives, falseNegatives } = countsIn(cellSum, documents);
  const denominator = 2 * truePositives + falsePositives + falseNegatives;
  return denominator === 0 ? 0 : (2 * truePositives) / denominator;
}

/** Matthews' correlation, as sklearn.metrics.matthews_corrcoef; 0 where gold or predictions are all of one class. */
export function matthews(cellSum: number, documents: number): number {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = countsIn(cellSum, documents);
  const predicted = (truePositives + falsePositives) * (trueNegatives + falseNegatives);
  const gold = (truePositives + falseNegatives) * (trueNegatives + falsePositives);
  if (predicted * gold === 0) return 0;
  return (truePositives * trueNegatives - falsePositives * falseNegatives) / Math.sqrt(predicted * gold);
}

function countsIn(cellSum: number, documents: number): Counts {
  if (documents >= BASE) throw new Error(`${documents} documents; F1 and Matthews' count below ${BASE}`);
  const truePositives = Math.floor(cellSum / BASE ** 2);
  const falseNegatives = Math.floor(cellSum / BASE) % BASE;
  const falsePositives = cellSum % BASE;
  const trueNegatives = documents - truePositives - falseNegatives - falsePositives;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}
