// Elementwise arithmetic between hidden states, in float32 and in branch order,
// so that every placement of the branches rounds alike.

/** A hidden state [batch, seq, hidden], flat. */
export type State = Float32Array<ArrayBuffer>;

/**
 * Adds a run of a mean's branches to the running sum of the runs before (paper, section 3.5: whole
 * outputs, residual included). The last run divides by the number of all branches. A run of nothing but one
 * branch is that branch itself, not a copy.
 */
export function accumulateMean(
  sum: State | null,
  branches: readonly State[],
  divideBy: number | null,
): State {
  const [first, second, ...others] = sum ? [sum, ...branches] : branches;
  if (!second && divideBy === null) return first!;
  // The first addition makes the copy: a pass over the state less.
  const total = second ? new Float32Array(first!.length) : first!.slice();
  if (second) {
    for (let i = 0; i < total.length; i++) total[i] = first![i]! + second[i]!;
  }
  for (const branch of others) {
    for (let i = 0; i < total.length; i++) total[i] = total[i]! + branch[i]!;
  }
  if (divideBy !== null) {
    for (let i = 0; i < total.length; i++) total[i] = total[i]! / divideBy;
  }
  return total;
}

/** Adds what a run of branches changed to the running sum, which begins with the shared input. */
export function accumulateSum(sum: State | null, base: State, branches: readonly State[]): State {
  const total = (sum ?? base).slice();
  for (const branch of branches) {
    for (let i = 0; i < total.length; i++) total[i] = total[i]! + Math.fround(branch[i]! - base[i]!);
  }
  return total;
}

/** One round of a damped loop: base + factor * (output - base). */
export function dampedStep(base: State, output: State, factor: number): State {
  const result = new Float32Array(base.length);
  for (let i = 0; i < result.length; i++) {
    result[i] = base[i]! + Math.fround(factor * Math.fround(output[i]! - base[i]!));
  }
  return result;
}
