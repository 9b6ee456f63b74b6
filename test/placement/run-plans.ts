// Runs the plans of a group on toy states, in any order of firing and arrival:
// what workers do, in small. Fails when a plan breaks a promise.
import assert from "node:assert/strict";
import {
  inputsOf,
  type Operation,
  type PlacePlan,
  type PlaceStep,
  type StateId,
} from "../../coordinator/placement/place-plan.js";
import type { PlaceIndex } from "../../coordinator/placement/placement.js";
import { FLOATS, toyKept, toyNumber } from "../schedule/interpret.js";

type State = readonly number[];

export interface PlansRun {
  /** What each probe read, in order. */
  readonly probed: ReadonlyMap<number, readonly State[]>;
  /** By head. */
  readonly outputs: ReadonlyMap<number, State>;
  /** Most states each place held, the running step's output included. */
  readonly peaks: ReadonlyMap<PlaceIndex, number>;
  /** The same of states with keys and values behind them. */
  readonly keptPeaks: ReadonlyMap<PlaceIndex, number>;
  /** [place][slot] */
  readonly stored: ReadonlyMap<PlaceIndex, ReadonlyMap<StateId, State>>;
}

/** Something that can happen next: a step fires, or a state that was sent arrives. */
type Event =
  | { readonly kind: "fire"; readonly place: PlaceIndex; readonly step: PlaceStep }
  | { readonly kind: "arrive"; readonly place: PlaceIndex; readonly state: StateId; readonly value: State };

/** @param pick chooses the next of `count` possible events */
export function runPlans(
  plans: ReadonlyMap<PlaceIndex, PlacePlan>,
  embedding: State,
  pick: (count: number) => number,
): PlansRun {
  const outputs = new Map<number, State>();
  const probed = new Map<number, readonly State[]>();
  const peaks = new Map<PlaceIndex, number>();
  const keptPeaks = new Map<PlaceIndex, number>();
  const stored = new Map<PlaceIndex, Map<StateId, State>>();
  const held = new Map<PlaceIndex, Map<StateId, State>>();
  const waiting = new Map<PlaceIndex, Set<PlaceStep>>();
  const readersLeft = new Map<PlaceIndex, Map<StateId, number>>();
  const expected = new Map<PlaceIndex, Map<StateId, PlaceIndex>>();
  for (const [place, { steps, receives }] of plans) {
    held.set(place, new Map());
    waiting.set(place, new Set(steps));
    expected.set(place, new Map(receives.map(({ state, from }) => [state, from])));
    assert.equal(expected.get(place)!.size, receives.length, "a state is received once");
    const readers = new Map<StateId, number>();
    for (const id of steps.flatMap(({ operation }) => inputsOf(operation))) {
      readers.set(id, (readers.get(id) ?? 0) + 1);
    }
    readersLeft.set(place, readers);
  }
  const isReady = (place: PlaceIndex, step: PlaceStep): boolean =>
    inputsOf(step.operation).every((id) => held.get(place)!.has(id));
  const events: Event[] = [];
  const enqueueReady = (place: PlaceIndex): void => {
    for (const step of waiting.get(place)!) {
      if (!isReady(place, step)) continue;
      waiting.get(place)!.delete(step);
      events.push({ kind: "fire", place, step });
    }
  };
  const hold = (place: PlaceIndex, id: StateId, value: State): void => {
    assert.ok(!held.get(place)!.has(id), "a state is made or received once");
    held.get(place)!.set(id, value);
    note(place);
    enqueueReady(place);
  };
  const hasKept = (state: State): boolean => state.length > embedding.length;
  const note = (place: PlaceIndex, output: readonly State[] = []): void => {
    const alive = [...held.get(place)!.values(), ...output];
    peaks.set(place, Math.max(peaks.get(place) ?? 0, alive.length));
    keptPeaks.set(place, Math.max(keptPeaks.get(place) ?? 0, alive.filter(hasKept).length));
  };
  for (const place of plans.keys()) enqueueReady(place);
  while (events.length > 0) {
    const [event] = events.splice(pick(events.length), 1);
    if (event === undefined) throw new Error("pick() is out of range");
    if (event.kind === "arrive") {
      hold(event.place, event.state, event.value);
      continue;
    }
    const { place, step } = event;
    const states = held.get(place)!;
    const { operation } = step;
    const value = operation.kind === "probe" ? [] : compute(operation, (id) => states.get(id)!, embedding);
    if (operation.kind === "head") outputs.set(operation.head, value);
    else if (operation.kind === "probe")
      probed.set(
        operation.probe,
        operation.inputs.map((id) => states.get(id)!),
      );
    else note(place, [value]);
    if (operation.kind === "store") {
      const slots = stored.get(place) ?? new Map<StateId, State>();
      stored.set(place, slots.set(operation.slot, states.get(operation.input)!.slice(embedding.length)));
    }
    for (const id of inputsOf(step.operation)) {
      const left = readersLeft.get(place)!.get(id)! - 1;
      readersLeft.get(place)!.set(id, left);
      if (left === 0) states.delete(id);
    }
    for (const reader of step.sendTo) {
      assert.equal(expected.get(reader)?.get(step.id), place, "what is sent is received");
      expected.get(reader)!.delete(step.id);
      events.push({ kind: "arrive", place: reader, state: step.id, value });
    }
    if (readersLeft.get(place)!.has(step.id)) hold(place, step.id, value);
  }
  for (const place of plans.keys()) {
    assert.equal(waiting.get(place)!.size, 0, "every step ran");
    assert.equal(held.get(place)!.size, 0, "every state was dropped");
    assert.equal(expected.get(place)!.size, 0, "every state arrived");
  }
  return { probed, outputs, peaks, keptPeaks, stored };
}

function compute(
  operation: Exclude<Operation, { readonly kind: "probe" }>,
  stateOf: (id: StateId) => State,
  embedding: State,
): State {
  switch (operation.kind) {
    case "embed":
      return embedding;
    case "layer":
      return [
        ...FLOATS.layer(toyNumber(operation), stateOf(operation.input)),
        ...(operation.slot === undefined ? [] : toyKept(operation, stateOf(operation.input))),
      ];
    case "store":
      return stateOf(operation.input).slice(0, embedding.length);
    case "head":
      return stateOf(operation.input);
    case "damp":
      return FLOATS.damp(operation.factor, stateOf(operation.base), stateOf(operation.input));
    case "accumulate": {
      const { rule, sum, base, branches, divideBy } = operation;
      assert.equal(rule === "sum", base !== null, "a sum has its base everywhere, a mean nowhere");
      const baseState = base === null ? null : stateOf(base);
      const added = branches.map((id) => stateOf(id).map((value, i) => minus(value, baseState?.[i])));
      const start = sum === null ? baseState : stateOf(sum);
      const all = start === null ? added : [start, ...added];
      const result = all.reduce((total, next) => total.map((value, i) => Math.fround(value + next[i]!)));
      return divideBy === null ? result : result.map((value) => Math.fround(value / divideBy));
    }
  }
}

function minus(value: number, base: number | undefined): number {
  return base === undefined ? value : Math.fround(value - base);
}

/** Picks at random from a seed (mulberry32). */
export function randomPick(seed: number): (count: number) => number {
  let state = seed | 0;
  return (count) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % count;
  };
}
