// Plans with probes: what a probe reads is the same wherever it is placed, it is placed
// where most of it is, and the bound counts what it holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildProbeGraph } from "../../coordinator/graph/probe-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { PlacementGroup } from "../../coordinator/placement/placement.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { simplify } from "../../coordinator/schedule/simplify.js";
import { anySchedule, LAYERS } from "../schedule/arbitrary-schedule.js";
import { FLOATS, interpret } from "../schedule/interpret.js";
import { anyGroup, wholeOnEach } from "./arbitrary-group.js";
import { randomPick, runPlans } from "./run-plans.js";

const EMBEDDING = [0.5, -1.25, 2].map(Math.fround);
const schedules = fc.array(anySchedule(), { minLength: 1, maxLength: 4 });

test("probes of any group read what they read on one place, within the bound", () => {
  fc.assert(
    fc.property(schedules, anyGroup(LAYERS), fc.boolean(), fc.integer(), (sweep, group, gathers, seed) => {
      const { graph, schedules: probed } = buildProbeGraph(sweep, [1, "out"]);
      const wanted = probed.flatMap(({ gram, captures }) => [gram, ...captures.map(({ probe }) => probe)]);
      const alone = runPlans(compileGroup(graph, wanted, wholeOnEach(1, LAYERS)), EMBEDDING, () => 0);
      const plans = compileGroup(graph, wanted, group, undefined, wanted, gathers);
      const run = runPlans(plans, EMBEDDING, randomPick(seed));
      assert.deepEqual([...run.probed].sort(byId), [...alone.probed].sort(byId));
      for (const [i, { gram, states }] of probed.entries()) {
        const read = run.probed.get(gram)!;
        assert.equal(read.length, states.length);
        assert.deepEqual(read.at(-1), interpret(simplify(sweep[i]!), FLOATS, EMBEDDING));
      }
      for (const [place, peak] of run.peaks) assert.ok(peak <= plans.get(place)!.boundStates);
    }),
    { numRuns: 700 },
  );
});

function byId([a]: readonly [number, unknown], [b]: readonly [number, unknown]): number {
  return a - b;
}

function pipeline(...ends: readonly number[]): PlacementGroup {
  const layers = Array.from({ length: ends.at(-1)! }, (_, layer) => [ends.findIndex((end) => layer < end)]);
  return { embed: [0], layers, head: [ends.length - 1] };
}

test("81 states to compare are 81 states to hold, at the probe's place alone", () => {
  const { graph, schedules: probed } = buildProbeGraph([parseSchedule("0..80", 80)], [4]);
  const { gram, captures } = probed[0]!;
  const bounds = (...wanted: readonly number[]): readonly number[] =>
    [...compileGroup(graph, wanted, pipeline(20, 45, 60, 80)).values()].map(({ boundStates }) => boundStates);
  const [first, second, third, fourth] = bounds(gram);
  assert.ok([81, 82].includes(second!), `${second}`);
  for (const bound of [first, third, fourth]) assert.ok(bound! <= 3, `${bound}`);
  assert.ok(bounds(captures[0]!.probe)[0]! <= 3);
});

test("a probe runs where most of its states are made, among equals where the last is", () => {
  const placeOf = (...ends: readonly number[]): number => {
    const { graph, schedules: probed } = buildProbeGraph([parseSchedule(`0..${ends.at(-1)}`)]);
    const plans = compileGroup(graph, [probed[0]!.gram], pipeline(...ends));
    return [...plans].find(([, { steps }]) => steps.some(({ operation }) => operation.kind === "probe"))![0];
  };
  assert.equal(placeOf(2, 7, 9), 1);
  assert.equal(placeOf(3, 7), 1);
  assert.equal(placeOf(6, 8), 0);
});
