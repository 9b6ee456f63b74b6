// What a probe makes of hidden states: numbers for the coordinator, over each row's own
// tokens. In float64 and in one order, so that the same row always gives the same bits.
import type { Measure } from "../coordinator/graph/sweep-graph.js";
import type { State } from "./merge.js";

/** How states [batch, seq, hidden] lie in memory. */
export interface StateLayout {
  readonly seq: number;
  readonly hidden: number;
  /** [row] Its tokens; the rest of seq is padding. */
  readonly lengths: readonly number[];
}

/** Little-endian bytes, rows in order. Float64 for a gram, float32 for states. */
export function measure(
  kind: Measure,
  states: readonly State[],
  layout: StateLayout,
): Uint8Array<ArrayBuffer> {
  switch (kind) {
    case "gram":
      return new Uint8Array(gramOfRows(states, layout).buffer);
    case "states":
      return new Uint8Array(tokensOfRows(states, layout).buffer);
  }
}

/**
 * Of every row: the dot products of all pairs i <= j of its flattened states, (0,0) (0,1) .. (1,1) ..; then for
 * every state the sum over tokens of the L2 norm; then the sum over tokens of the variance over hidden units.
 */
export function gramOfRows(
  states: readonly State[],
  { seq, hidden, lengths }: StateLayout,
): Float64Array<ArrayBuffer> {
  const count = states.length;
  const pairs = (count * (count + 1)) / 2;
  const rowValues = pairs + 2 * count;
  const values = new Float64Array(lengths.length * rowValues);
  for (const [row, length] of lengths.entries()) {
    const start = row * rowValues;
    for (let token = 0; token < length; token++) {
      const at = (row * seq + token) * hidden;
      let pair = start;
      for (let i = 0; i < count; i++) {
        const own = dot(states[i]!, states[i]!, at, hidden);
        values[pair]! += own;
        pair++;
        for (let j = i + 1; j < count; j++, pair++) values[pair]! += dot(states[i]!, states[j]!, at, hidden);
        values[start + pairs + i]! += Math.sqrt(own);
        values[start + pairs + count + i]! += variance(states[i]!, at, hidden);
      }
    }
  }
  return values;
}

/** Of every row, state after state, its tokens' values. */
function tokensOfRows(
  states: readonly State[],
  { seq, hidden, lengths }: StateLayout,
): Float32Array<ArrayBuffer> {
  const tokens = lengths.reduce((sum, length) => sum + length, 0);
  const values = new Float32Array(states.length * tokens * hidden);
  let to = 0;
  for (const [row, length] of lengths.entries()) {
    for (const state of states) {
      values.set(state.subarray(row * seq * hidden, (row * seq + length) * hidden), to);
      to += length * hidden;
    }
  }
  return values;
}

/** Four sums side by side: one would wait for itself at every addition. */
function dot(a: State, b: State, at: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const end = at + length;
  const fours = end - (length % 4);
  let i = at;
  for (; i < fours; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < end; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** Of a population: the mean squared distance from the mean. */
function variance(values: State, at: number, length: number): number {
  const end = at + length;
  let sum = 0;
  for (let i = at; i < end; i++) sum += values[i]!;
  const mean = sum / length;
  let squares = 0;
  for (let i = at; i < end; i++) squares += (values[i]! - mean) ** 2;
  return squares / length;
}
