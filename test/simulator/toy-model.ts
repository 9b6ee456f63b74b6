// A model small enough for thousands of sweeps: three floats a row, layers that do not
// commute, scores whose bits show any wrong turn. And what the scores must be.
import type { Operation, StateId } from "../../coordinator/placement/place-plan.js";
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import type { TokenRow } from "../../models/token-row.js";
import { FLOATS, interpret } from "../schedule/interpret.js";

/** [row][3] */
export type ToyState = readonly (readonly number[])[];

/** What a step that makes a state computes. */
export function computeStep(
  operation: Exclude<Operation, { readonly kind: "head" }>,
  stateOf: (id: StateId) => ToyState,
  rows: readonly TokenRow[],
): ToyState {
  switch (operation.kind) {
    case "embed":
      return rows.map(embedding);
    case "layer":
      return stateOf(operation.input).map((row) => FLOATS.layer(operation.layer, row));
    case "damp": {
      const [base, input] = [stateOf(operation.base), stateOf(operation.input)];
      return base.map((row, r) => FLOATS.damp(operation.factor, row, input[r]!));
    }
    case "accumulate": {
      const { sum, divideBy } = operation;
      const base = operation.base === null ? null : stateOf(operation.base);
      const branches = operation.branches.map(stateOf);
      const before = sum === null ? base : stateOf(sum);
      return rows.map((_, r) => {
        const baseRow = base === null ? [] : base[r]!;
        const deltas = branches.map((branch) => branch[r]!.map((value, i) => minus(value, baseRow[i])));
        const terms = before === null ? deltas : [before[r]!, ...deltas];
        const total = terms.reduce((a, b) => a.map((value, i) => Math.fround(value + b[i]!)));
        return divideBy === null ? total : total.map((value) => Math.fround(value / divideBy));
      });
    }
  }
}

export function scoreRows(state: ToyState, rows: readonly TokenRow[]): Float32Array {
  return Float32Array.from(rows.flatMap((row, r) => rowScores(state[r]!, row)));
}

/** By the reference interpreter. @param schedule simplified, as the graph is: sums of one branch round otherwise */
export function expectedScores(schedule: Schedule, rows: readonly TokenRow[]): readonly number[] {
  return rows.flatMap((row) => rowScores(interpret(schedule, FLOATS, embedding(row)), row));
}

function rowScores(state: readonly number[], { scored }: TokenRow): number[] {
  const [x = 0, y = 0, z = 0] = state;
  return scored.map(({ index, target }) => Math.fround(x + y * (index + 1) + z * target));
}

function embedding({ tokens }: TokenRow): readonly number[] {
  const sum = tokens.reduce((total, token, i) => total + token * (i + 1), tokens.length);
  return [Math.fround(Math.sin(sum)), Math.fround(Math.cos(sum)), Math.fround(Math.sin(2 * sum))];
}

function minus(value: number, base: number | undefined): number {
  return base === undefined ? value : Math.fround(value - base);
}
