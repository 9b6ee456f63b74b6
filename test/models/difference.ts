// How far values are from those a fixture holds.

/** One schedule; of every row what transformers computed. */
export interface FixtureCase<Outputs> {
  readonly method: string;
  readonly schedule: string;
  readonly outputs: readonly Outputs[];
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values, ${expected.length} expected`);
  return Array.from(actual).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

/** The largest difference, as a share of the largest value. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largestDifference(actual, expected) / scale;
}
