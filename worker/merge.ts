// Elementwise arithmetic between hidden states, in float32 and in branch order,
// so that every placement of the branches rounds alike.

/** Average of the branches (paper, section 3.5): a running sum, divided once at the end. */
export function meanOf(branches: readonly Float32Array[]): Float32Array {
  const sum = Float32Array.from(branches[0]!);
  for (const branch of branches.slice(1)) {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + branch[i]!;
  }
  const count = branches.length;
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! / count;
  return sum;
}

/** The shared input plus every branch's delta: base + sum(branch - base). */
export function sumOf(base: Float32Array, branches: readonly Float32Array[]): Float32Array {
  const sum = Float32Array.from(base);
  for (const branch of branches) {
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + Math.fround(branch[i]! - base[i]!);
  }
  return sum;
}

/** One round of a damped loop: base + factor * (output - base). */
export function dampedStep(base: Float32Array, output: Float32Array, factor: number): Float32Array {
  const result = new Float32Array(base.length);
  for (let i = 0; i < result.length; i++) {
    result[i] = base[i]! + Math.fround(factor * Math.fround(output[i]! - base[i]!));
  }
  return result;
}
