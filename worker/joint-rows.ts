// Hidden states of several micro-batches of single tokens, put into one batch and taken apart again.
import type { State } from "./merge.js";

/** A micro-batch of one row is laid out as two (models/cached-layout.ts). */
function paddedRows(rows: number): number {
  return Math.max(rows, 2);
}

/** @param rowCounts [micro-batch] rows without padding. @returns [rows of all, 1, hidden], padded as one micro-batch */
export function joinRows(states: readonly State[], rowCounts: readonly number[]): State {
  const hidden = states[0]!.length / paddedRows(rowCounts[0]!);
  const joint = new Float32Array(paddedRows(sum(rowCounts)) * hidden);
  let at = 0;
  for (const [i, state] of states.entries()) {
    const length = rowCounts[i]! * hidden;
    joint.set(state.subarray(0, length), at);
    at += length;
  }
  return joint;
}

/**
 * The inverse of joinRows(), but for padding: that is zeros. What is behind the hidden states, keys and values of the same
 * rows, goes with them.
 */
export function splitRows(joint: State, rowCounts: readonly number[], hidden: number): readonly State[] {
  const all = paddedRows(sum(rowCounts));
  const kept = (joint.length / all - hidden) / 2;
  let first = 0;
  return rowCounts.map((rows) => {
    const padded = paddedRows(rows);
    const state = new Float32Array(padded * (hidden + 2 * kept));
    let [from, to] = [0, 0];
    for (const width of kept > 0 ? [hidden, kept, kept] : [hidden]) {
      state.set(joint.subarray(from + first * width, from + (first + rows) * width), to);
      from += all * width;
      to += padded * width;
    }
    first += rows;
    return state;
  });
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
