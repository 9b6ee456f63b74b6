// Which hidden states of a schedule are compared and captured.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  buildProbeGraph,
  maxProbedStates,
  type Reader,
  TooManyStatesError,
} from "../../coordinator/graph/probe-graph.js";
import { inputsOfVisit } from "../../coordinator/graph/sweep-graph.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";

/** The layers that read each state. */
function readers(text: string): readonly (readonly Reader[])[] {
  const [schedule] = buildProbeGraph([parseSchedule(text)]).schedules;
  return schedule!.states.map(({ layers }) => layers);
}

test("buildProbeGraph() compares the inputs of all layers and the output", () => {
  assert.deepEqual(readers("0..4"), [[0], [1], [2], [3], []]);
  assert.deepEqual(readers("()"), [[]]);
  assert.deepEqual(readers("0, 3, 3, 1"), [[0], [3], [3], [1], []]);
});

test("buildProbeGraph() counts a state once that several branches begin with", () => {
  assert.deepEqual(readers("0, mean(1..4), 4"), [[0], [1, 2, 3], [4], []]);
  assert.deepEqual(readers("loop(2, mean(1, 2))"), [[1, 2], [1, 2], []]);
  assert.deepEqual(readers("0, mean((1, 2), (3, 4)), sum(5, 6)"), [[0], [1, 3], [2], [4], [5, 6], []]);
  assert.deepEqual(readers("mean((1, 2), (1, 3))"), [[1, 1], [2, 3], []]);
});

test("buildProbeGraph() names halves of layers that read a state", () => {
  assert.deepEqual(readers("0, sum(1.attn, 2.attn), 1.mlp"), [[0], ["1.attn", "2.attn"], ["1.mlp"], []]);
  const { schedules } = buildProbeGraph([parseSchedule("0, 1.attn, 1.mlp")], [1, "1.mlp"]);
  assert.deepEqual(
    schedules[0]!.captures.map(({ state }) => state),
    ["1.mlp"],
  );
});

test("buildProbeGraph() takes a damped round's output, not what its body made", () => {
  assert.deepEqual(readers("0, loop(2, 1..3, damping=0.5), 3"), [[0], [1], [2], [1], [2], [3], []]);
});

test("buildProbeGraph() shares what schedules share, and puts probes last", () => {
  const texts = ["0..4", "0..2, 3", "(0..2, 2..4)", "0..3"];
  const { graph, schedules } = buildProbeGraph(
    texts.map((text) => parseSchedule(text)),
    [2, "out"],
  );
  assert.equal(schedules[0]!.gram, schedules[2]!.gram);
  assert.equal(graph.visits.filter(({ kind }) => kind === "layer").length, 5);
  const firstProbe = graph.visits.findIndex(({ kind }) => kind === "probe");
  assert.ok(graph.visits.slice(firstProbe).every(({ kind }) => kind === "probe"));
  for (const { gram, states, captures } of schedules) {
    const probe = graph.visits[gram]!;
    assert.deepEqual(
      inputsOfVisit(probe),
      states.map(({ visit }) => visit),
    );
    for (const capture of captures) assert.equal(inputsOfVisit(graph.visits[capture.probe]!).length, 1);
  }
  assert.deepEqual(
    schedules.map(({ captures }) => captures.map(({ state }) => state)),
    [[2, "out"], ["out"], [2, "out"], [2, "out"]],
  );
  // The input of layer 2 is one state in three schedules.
  assert.equal(new Set([0, 2, 3].map((i) => schedules[i]!.captures[0]!.probe)).size, 1);
});

test("buildProbeGraph() numbers the inputs of a layer that comes again", () => {
  const { schedules } = buildProbeGraph([parseSchedule("0, 3, 3, 1")], [3]);
  assert.deepEqual(
    schedules[0]!.captures.map(({ state, occurrence }) => [state, occurrence]),
    [
      [3, 0],
      [3, 1],
    ],
  );
});

test("buildProbeGraph() refuses more states than it compares", () => {
  const most = parseSchedule(`loop(${maxProbedStates - 1}, 0)`);
  assert.equal(buildProbeGraph([most]).schedules[0]!.states.length, maxProbedStates);
  const more = parseSchedule(`loop(${maxProbedStates}, 0)`);
  assert.throws(() => buildProbeGraph([more]), new TooManyStatesError(maxProbedStates + 1));
});
