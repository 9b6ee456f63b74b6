// Elementwise arithmetic between hidden states, in float32 and in branch order,
// so that every placement of the branches rounds alike.
import { addStates } from "./float-blocks.js";

/** A hidden state [batch, seq, hidden], flat. */
export type State = Float32Array<ArrayBuffer>;

/**
 * Adds a run of a mean's branches to the running sum of the runs before (paper, section 3.5: whole
 * outputs, residual included). The last run divides by the number of all branches. A run of nothing but one
 * branch is that branch itself, not a copy. The running sum is added to in place: nobody else reads it.
 */
export function accumulateMean(
  sum: State | null,
  branches: readonly State[],
  divideBy: number | null,
): State {
  const [first, second] = branches;
  if (!sum && !second && divideBy === null) return first!;
  const total = sum ?? unwritten(first!.length);
  addStates(total, sum ? [sum, ...branches] : branches, divideBy);
  return total;
}

/** Not zeroed: every value is written by whoever asks. */
export function unwritten(length: number): State {
  return new Float32Array(Buffer.allocUnsafeSlow(4 * length).buffer as ArrayBuffer, 0, length);
}

/** Adds what a run of branches changed to the running sum, in place; it begins with the shared input. */
export function accumulateSum(sum: State | null, base: State, branches: readonly State[]): State {
  const total = sum ?? unwritten(base.length);
  if (!sum) total.set(base);
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
