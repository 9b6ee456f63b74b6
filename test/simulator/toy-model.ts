// A model small enough for thousands of sweeps: three floats a row, layers that do not
// commute, scores whose bits show any wrong turn. And what the scores must be.
import type { Measure, SweepGraph, Visit, VisitId } from "../../coordinator/graph/sweep-graph.js";
import type { Operation, StateId } from "../../coordinator/placement/place-plan.js";
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import type { TokenRow } from "../../models/token-row.js";
import { measure } from "../../worker/probe.js";
import { FLOATS, interpret, toyNumber } from "../schedule/interpret.js";

/** [row][3] */
export type ToyState = readonly (readonly number[])[];

/** What a step that makes a state computes. */
export function computeStep(
  operation: Exclude<Operation, { readonly kind: "head" | "probe" }>,
  stateOf: (id: StateId) => ToyState,
  rows: readonly TokenRow[],
): ToyState {
  switch (operation.kind) {
    case "embed":
      return rows.map(embedding);
    case "layer":
      return stateOf(operation.input).map((row) => toyLayer(operation, row));
    case "store":
      return stateOf(operation.input).map(withoutKept);
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

/** Every token of a row has the row's values. */
export function probeRows(
  kind: Measure,
  states: readonly ToyState[],
  rows: readonly TokenRow[],
): Uint8Array<ArrayBuffer> {
  const lengths = rows.map(({ tokens }) => tokens.length);
  const seq = Math.max(...lengths);
  const spread = states.map((state) =>
    Float32Array.from(state.flatMap((row) => Array.from({ length: seq }, () => row).flat())),
  );
  return measure(kind, spread, { seq, hidden: 3, lengths });
}

/** Of a state that a group's mean of what its visits remember is behind (kv=paper). */
export function withoutKept(row: readonly number[]): readonly number[] {
  return row.slice(0, 3);
}

export function toyLayer(part: Parameters<typeof toyNumber>[0], row: readonly number[]): readonly number[] {
  return FLOATS.layer(toyNumber(part), row);
}

type LayerVisit = Extract<Visit, { readonly kind: "layer" }>;

/**
 * The states of the visits before `end`, visit by visit, without plans.
 * @param layer what one makes of its input; @param merged what becomes of a merge's result
 */
export function visitStates(
  { visits }: SweepGraph,
  end: VisitId,
  rows: readonly TokenRow[],
  layer: (visit: LayerVisit, id: VisitId, input: ToyState) => ToyState,
  merged: (id: VisitId, result: ToyState) => ToyState = (_, result) => result,
): readonly ToyState[] {
  return visits.slice(0, end).reduce<ToyState[]>((known, visit, id) => {
    const of = (input: VisitId): ToyState => known[input]!;
    const each = (f: (row: number) => readonly number[]): ToyState => rows.map((_, row) => f(row));
    switch (visit.kind) {
      case "embed":
        known.push(rows.map(embedding));
        break;
      case "layer":
        known.push(layer(visit, id, of(visit.input)));
        break;
      case "damp":
        known.push(each((r) => FLOATS.damp(visit.factor, of(visit.base)[r]!, of(visit.input)[r]!)));
        break;
      case "merge": {
        const branches = (r: number) => visit.branches.map((branch) => of(branch)[r]!);
        const result = each((r) =>
          visit.rule === "mean" ? FLOATS.mean(branches(r)) : FLOATS.sum(of(visit.base)[r]!, branches(r)),
        );
        known.push(merged(id, result));
        break;
      }
      case "head":
      case "probe":
        known.push([]);
        break;
    }
    return known;
  }, []);
}

export function expectedProbe(
  graph: SweepGraph,
  probe: VisitId,
  rows: readonly TokenRow[],
): Uint8Array<ArrayBuffer> {
  const visit = graph.visits[probe]!;
  if (visit.kind !== "probe") throw new Error(`visit ${probe} is no probe`);
  const states = visitStates(graph, probe, rows, (part, _, input) => input.map((row) => toyLayer(part, row)));
  return probeRows(
    visit.measure,
    visit.inputs.map((id) => states[id]!),
    rows,
  );
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
