// A plan made ready to fire: who reads which state, and how many inputs each step
// waits for. Made once a plan, shared by all its injections.
import type { Operation, PlacePlan, PlaceStep, StateId } from "../coordinator/placement/place-plan.js";
import type { StateOperation } from "./compute.js";

export interface PlaceSteps {
  readonly steps: readonly PlaceStep[];
  /** [step] The states it reads, each once. */
  readonly inputs: readonly (readonly StateId[])[];
  /** Indices of the steps here that read a state. */
  readonly readers: ReadonlyMap<StateId, readonly number[]>;
  readonly receives: ReadonlySet<StateId>;
  /** Received running sums, which may come in pieces, each with the one step that reads it. */
  readonly sums: ReadonlyMap<StateId, number>;
  /** Steps that read nothing. */
  readonly sources: readonly number[];
}

/** The plan, or why it cannot run. */
export function readySteps(
  steps: PlacePlan["steps"],
  receives: PlacePlan["receives"],
): PlaceSteps | { readonly wrong: string } {
  const inputs = steps.map(({ operation }) => statesOf(operation));
  const readers = new Map<StateId, number[]>();
  for (const [step, states] of inputs.entries()) {
    for (const state of states) {
      const list = readers.get(state);
      if (list) list.push(step);
      else readers.set(state, [step]);
    }
  }
  const received = new Set(receives.map(({ state }) => state));
  const made = new Set<StateId>();
  for (const { id, operation } of steps) {
    if (made.has(id) || received.has(id)) return { wrong: `state ${id} is made twice` };
    if (makesState(operation)) made.add(id);
  }
  for (const state of readers.keys()) {
    if (!made.has(state) && !received.has(state)) return { wrong: `nobody makes state ${state}` };
  }
  for (const state of received) {
    if (!readers.has(state)) return { wrong: `nobody reads the received state ${state}` };
  }
  const sums = new Map<StateId, number>();
  for (const [step, { operation }] of steps.entries()) {
    if (operation.kind !== "accumulate" || operation.sum === null || !received.has(operation.sum)) continue;
    if (readers.get(operation.sum)!.length > 1)
      return { wrong: `the running sum ${operation.sum} is read twice` };
    sums.set(operation.sum, step);
  }
  const sources = [...inputs.keys()].filter((step) => inputs[step]!.length === 0);
  return { steps, inputs, readers, receives: received, sums, sources };
}

/** Heads and probes tell the coordinator what they find; all others make a state. */
export function makesState(operation: Operation): operation is StateOperation {
  return operation.kind !== "head" && operation.kind !== "probe";
}

/** The states an operation reads, each once. */
export function statesOf(operation: Operation): readonly StateId[] {
  switch (operation.kind) {
    case "embed":
      return [];
    case "layer":
    case "store":
    case "head":
      return [operation.input];
    case "probe":
      return [...new Set(operation.inputs)];
    case "damp":
      return [...new Set([operation.base, operation.input])];
    case "accumulate": {
      const { sum, base, branches } = operation;
      return [...new Set([...(sum === null ? [] : [sum]), ...(base === null ? [] : [base]), ...branches])];
    }
  }
}
