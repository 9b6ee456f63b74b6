// Compiled plans, run in random order on random groups: the bits of one place,
// and never more states than the bound says.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { waves } from "../../coordinator/graph/waves.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { PlacementGroup } from "../../coordinator/placement/placement.js";
import { unitCosts } from "../../coordinator/placement/step-costs.js";
import { gridSchedules } from "../../coordinator/schedule/grids.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { simplify } from "../../coordinator/schedule/simplify.js";
import { anySchedule, LAYERS } from "../schedule/arbitrary-schedule.js";
import { FLOATS, interpret } from "../schedule/interpret.js";
import { anyGroup, wholeOnEach } from "./arbitrary-group.js";
import { randomPick, runPlans } from "./run-plans.js";

const EMBEDDING = [0.5, -1.25, 2].map(Math.fround);
const speeds = fc.array(fc.constantFrom(0.5, 1, 3), { minLength: 5, maxLength: 5 });
const schedules = fc.array(anySchedule(), { minLength: 1, maxLength: 6 });

test("plans of any group give the bits of direct interpretation, in any order, within the bound", () => {
  fc.assert(
    fc.property(
      schedules,
      anyGroup(LAYERS),
      speeds,
      fc.float({ min: 0, max: 8, noNaN: true }),
      fc.boolean(),
      fc.integer(),
      (sweep, group, placeSpeeds, hop, gathers, seed) => {
        const graph = buildGraph(sweep);
        const wanted = graph.heads.filter((_, i) => (seed >>> i) % 2 === 0 || i === 0);
        const costs = { ...unitCosts(LAYERS), hop, speeds: new Map(placeSpeeds.entries()) };
        const plans = compileGroup(graph, wanted, group, costs, wanted, gathers);
        const { outputs, peaks } = runPlans(plans, EMBEDDING, randomPick(seed));
        assert.deepEqual([...outputs.keys()].sort(), [...new Set(wanted)].sort());
        for (const [i, head] of graph.heads.entries()) {
          if (outputs.has(head)) {
            const expected = interpret(simplify(sweep[i]!), FLOATS, EMBEDDING);
            assert.deepEqual(outputs.get(head), expected);
          }
        }
        for (const [place, peak] of peaks) assert.ok(peak <= plans.get(place)!.boundStates);
      },
    ),
    { numRuns: 2000 },
  );
});

test("every step runs where its part is, in topological order, and every state has one name", () => {
  fc.assert(
    fc.property(schedules, anyGroup(LAYERS), (sweep, group) => {
      const graph = buildGraph(sweep);
      const plans = compileGroup(graph, graph.heads, group);
      const made = new Set<number>();
      for (const [place, { steps }] of plans) {
        assert.ok(steps.length > 0);
        for (const { id, operation } of steps) {
          assert.ok(!made.has(id));
          made.add(id);
          if (operation.kind === "embed") assert.ok(group.embed.includes(place));
          if (operation.kind === "layer") assert.ok(group.layers[operation.layer]!.includes(place));
          if (operation.kind === "head") assert.ok(group.head.includes(place));
        }
      }
      for (const id of graph.visits.keys()) assert.ok(made.has(id));
      for (const { steps, receives } of plans.values()) {
        const known = new Set(receives.map(({ state }) => state));
        for (const step of steps) {
          for (const id of step.operation.kind === "layer" ? [step.operation.input] : []) {
            assert.ok(known.has(id), "inputs come first");
          }
          known.add(step.id);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("the order in which holders are listed changes nothing", () => {
  const reversed = ({ embed, layers, head }: PlacementGroup): PlacementGroup => ({
    embed: embed.toReversed(),
    layers: layers.map((holders) => holders.toReversed()),
    head: head.toReversed(),
  });
  fc.assert(
    fc.property(schedules, anyGroup(LAYERS), (sweep, group) => {
      const graph = buildGraph(sweep);
      assert.deepEqual(
        compileGroup(graph, graph.heads, group),
        compileGroup(graph, graph.heads, reversed(group)),
      );
    }),
    { numRuns: 200 },
  );
});

test("on one place a merge is one step and nothing travels", () => {
  fc.assert(
    fc.property(schedules, (sweep) => {
      const graph = buildGraph(sweep);
      const [[place, plan] = []] = [...compileGroup(graph, graph.heads, wholeOnEach(1, LAYERS))];
      assert.equal(place, 0);
      assert.equal(plan!.steps.length, graph.visits.length);
      assert.deepEqual(plan!.receives, []);
      assert.ok(plan!.steps.every(({ sendTo }) => sendTo.length === 0));
    }),
    { numRuns: 200 },
  );
});

test("loops over means of 8 run on 8 places, one branch each", () => {
  const graph = buildGraph([parseSchedule("0..2, loop(3, mean(2..10)), 10..12", 12)]);
  const plans = compileGroup(graph, graph.heads, wholeOnEach(8, 12));
  assert.equal(plans.size, 8);
  const layersAt = (place: number): number =>
    plans.get(place)!.steps.filter(({ operation }) => operation.kind === "layer").length;
  for (let place = 1; place < 8; place++) assert.ok(layersAt(place) === 3 || layersAt(place) === 5);
  const accumulates = [...plans.values()].flatMap(({ steps }) =>
    steps.filter(({ operation }) => operation.kind === "accumulate"),
  );
  assert.equal(accumulates.length, 24);
  // Each round: the base goes to 7 others, the running sum from place to place.
  const hops = [...plans.values()].reduce((count, { receives }) => count + receives.length, 0);
  assert.equal(hops, 3 * (7 + 7));
});

test("gathered merges of 8 are two hops deep: four branches at one place, then its sum and four at another", () => {
  const graph = buildGraph([parseSchedule("mean(2..10)", 12)]);
  const plans = compileGroup(graph, graph.heads, wholeOnEach(8, 12), unitCosts(12), graph.heads, true);
  const layersAt = (place: number): readonly number[] =>
    plans.get(place)!.steps.flatMap(({ operation }) => (operation.kind === "layer" ? [operation.layer] : []));
  const sums = [...plans].flatMap(([place, { steps }]) =>
    steps.flatMap(({ operation }) => (operation.kind === "accumulate" ? [{ place, ...operation }] : [])),
  );
  assert.deepEqual(
    sums.map(({ place, branches, isLast }) => [layersAt(place).at(-1), branches.length, isLast]),
    [
      [5, 4, false],
      [9, 4, true],
    ],
  );
  const hops = [...plans.values()].reduce((count, { receives }) => count + receives.length, 0);
  assert.equal(hops, 7 + 7);
});

test("merges gather unless that would move more states", () => {
  const graph = buildGraph([parseSchedule("mean(0..8)", 8)]);
  const layers = Array.from({ length: 8 }, (_, layer) => [layer < 4 ? 0 : 1]);
  const group = { embed: [0], layers, head: [1] };
  const plans = compileGroup(graph, graph.heads, group, unitCosts(8), graph.heads, true);
  // The input goes to place 1, and place 0's sum.
  assert.deepEqual(
    plans.get(1)!.receives.map(({ from }) => from),
    [0, 0],
  );
});

test("a chain stays on one place where all places hold everything", () => {
  const graph = buildGraph([parseSchedule("0..12", 12)]);
  assert.equal(compileGroup(graph, graph.heads, wholeOnEach(4, 12)).size, 1);
});

test("replicas of hot layers share their visits", () => {
  const sweep = gridSchedules("paper", 12).map(({ schedule }) => schedule);
  const graph = buildGraph(sweep);
  const hot = [1, 2];
  const layers = Array.from({ length: 12 }, (_, layer) => (layer < 4 ? [0] : layer < 8 ? [1] : hot));
  const plans = compileGroup(graph, graph.heads, { embed: [0], layers, head: [2] });
  const visitsAt = (place: number): number =>
    plans.get(place)!.steps.filter(({ operation }) => operation.kind === "layer" && operation.layer >= 8)
      .length;
  const middle = plans
    .get(1)!
    .steps.filter(({ operation }) => operation.kind === "layer" && operation.layer < 8).length;
  const [one, two] = [visitsAt(1) + middle, visitsAt(2)];
  assert.ok(visitsAt(1) > 0);
  // Place 2 has the heads as well, half a layer each.
  const heads = new Set(graph.heads).size / 2;
  assert.ok(Math.abs(one - two - heads) <= 0.15 * (one + two + heads), `${one} against ${two} + ${heads}`);
});

test("compileGroup() names the part that nobody holds", () => {
  const graph = buildGraph([parseSchedule("0..2", 2)]);
  assert.throws(() => compileGroup(graph, graph.heads, { embed: [0], layers: [[0], []], head: [0] }), {
    message: "no place of the group holds the layer 1; a group holds all of 0..2",
  });
});

test("boundStates is far below the number of visits, and quick", (t) => {
  const grid = gridSchedules("paper", 32);
  const started = performance.now();
  const bounds = waves(grid).map((wave) => {
    const graph = buildGraph(wave.schedules.map((index) => grid[index]!.schedule));
    const plan = compileGroup(graph, graph.heads, wholeOnEach(1, 32)).get(0)!;
    return { label: wave.label, visits: graph.visits.length, bound: plan.boundStates };
  });
  t.diagnostic(JSON.stringify(bounds));
  t.diagnostic(`${Math.round(performance.now() - started)} ms for ${bounds.length} waves`);
  for (const { label, visits, bound } of bounds)
    assert.ok(bound < visits / 6, `${label}: ${bound} of ${visits}`);
  assert.ok(performance.now() - started < 5000);
});

test("1,500 visits compile in well under a second, on one place and on eight", (t) => {
  const grid = gridSchedules("paper", 32).slice(0, 80);
  const graph = buildGraph(grid.map(({ schedule }) => schedule));
  t.diagnostic(`${graph.visits.length} visits`);
  for (const places of [1, 8]) {
    const started = performance.now();
    const plans = compileGroup(graph, graph.heads, wholeOnEach(places, 32));
    const ms = performance.now() - started;
    t.diagnostic(
      `${places} places: ${Math.round(ms)} ms, bounds ${[...plans.values()].map((p) => p.boundStates)}`,
    );
    assert.ok(ms < 2000);
  }
});
