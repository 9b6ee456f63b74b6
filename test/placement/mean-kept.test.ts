// Plans of groups that share keys and values (kv=paper), run in random order on random groups of places: every place
// with branches stores the same bits, the mean of the branches', and holds no more than the bounds say.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import type { SweepGraph, VisitId } from "../../coordinator/graph/sweep-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import { neededVisits } from "../../coordinator/placement/needed.js";
import type { PlacePlan } from "../../coordinator/placement/place-plan.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import { simplify } from "../../coordinator/schedule/simplify.js";
import { anySchedule, LAYERS, wholeLayer } from "../schedule/arbitrary-schedule.js";
import { FLOATS, interpret, toyKept, toyNumber } from "../schedule/interpret.js";
import { anyGroup, wholeOnEach } from "./arbitrary-group.js";
import { randomPick, runPlans } from "./run-plans.js";

type Vector = readonly number[];

const EMBEDDING = [0.5, -1.25, 2].map(Math.fround);
const groupOfLayers = fc
  .array(wholeLayer, { minLength: 2, maxLength: 4 })
  .map((branches): Schedule => ({ kind: "merge", rule: "mean", branches }));
const schedules = fc.array(anySchedule(3, fc.oneof(wholeLayer, groupOfLayers)), {
  minLength: 1,
  maxLength: 3,
});

test("plans of any group store the group's mean keys and values wherever it has branches, within the bounds", () => {
  let slots = 0;
  fc.assert(
    fc.property(schedules, anyGroup(LAYERS), fc.boolean(), fc.integer(), (sweep, group, gathers, seed) => {
      const graph = buildGraph(sweep, "paper");
      const plans = compileGroup(graph, graph.heads, group, undefined, graph.heads, gathers);
      const { outputs, peaks, keptPeaks, stored } = runPlans(plans, EMBEDDING, randomPick(seed));
      for (const [i, head] of graph.heads.entries()) {
        assert.deepEqual(outputs.get(head), interpret(simplify(sweep[i]!), FLOATS, EMBEDDING));
      }
      const expected = expectedSlots(graph);
      slots += expected.size;
      for (const [place, { steps }] of plans) {
        const ours = steps.flatMap(({ operation }) =>
          operation.kind === "layer" && operation.slot !== undefined ? [operation.slot] : [],
        );
        assert.deepEqual([...(stored.get(place)?.keys() ?? [])].sort(), [...new Set(ours)].sort());
        for (const [slot, values] of stored.get(place) ?? []) assert.deepEqual(values, expected.get(slot));
      }
      for (const [place, { boundStates, boundKept }] of plans) {
        assert.ok((peaks.get(place) ?? 0) <= boundStates && (keptPeaks.get(place) ?? 0) <= boundKept);
      }
    }),
    { numRuns: 400 },
  );
  assert.ok(slots > 400, `${slots} slots`);
});

test("a place never holds keys and values of more than one round of a loop", () => {
  const boundsOf = (times: number, places: number): readonly number[] => {
    const graph = buildGraph([parseSchedule(`0, loop(${times}, mean(1..9)), 9`, 10)], "paper");
    const plans = compileGroup(graph, graph.heads, wholeOnEach(places, 10));
    return [...plans.values()].flatMap(({ boundStates, boundKept }) => [boundStates, boundKept]);
  };
  for (const places of [1, 2, 8]) assert.deepEqual(boundsOf(30, places), boundsOf(3, places));
  assert.deepEqual(boundsOf(30, 1), [10, 9]);
});

test("kv=own compiles to plans without keys and values", () => {
  const graph = buildGraph([parseSchedule("0, loop(2, mean(1, 2, 3)), 4")]);
  const plans: readonly PlacePlan[] = [...compileGroup(graph, graph.heads, wholeOnEach(3, LAYERS)).values()];
  assert.ok(plans.length === 3);
  for (const { steps, boundKept } of plans) {
    assert.equal(boundKept, 0);
    assert.ok(steps.every(({ operation }) => operation.kind !== "store" && !("slot" in operation)));
  }
});

/** By merge, visit by visit. */
function expectedSlots(graph: SweepGraph): ReadonlyMap<VisitId, Vector> {
  const states = new Map<VisitId, Vector>();
  const kept = new Map<VisitId, Vector>();
  const slots = new Map<VisitId, Vector>();
  const of = (id: VisitId): Vector => states.get(id)!;
  for (const id of neededVisits(graph, graph.heads)) {
    const visit = graph.visits[id]!;
    switch (visit.kind) {
      case "embed":
        states.set(id, EMBEDDING);
        break;
      case "layer":
        states.set(id, FLOATS.layer(toyNumber(visit), of(visit.input)));
        if (visit.group) kept.set(id, toyKept(visit, of(visit.input)));
        break;
      case "damp":
        states.set(id, FLOATS.damp(visit.factor, of(visit.base), of(visit.input)));
        break;
      case "merge": {
        const branches = visit.branches.map(of);
        states.set(id, visit.rule === "mean" ? FLOATS.mean(branches) : FLOATS.sum(of(visit.base), branches));
        if (visit.branches.every((branch) => kept.has(branch)))
          slots.set(id, FLOATS.mean(visit.branches.map((branch) => kept.get(branch)!)));
        break;
      }
    }
  }
  return slots;
}
