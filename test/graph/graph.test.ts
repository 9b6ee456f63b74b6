// The graph computes what the schedules mean, each visit once; and its size on
// the paper's grid is the known one.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { countPerLayer, countSweep, countVisits, workPerLayer } from "../../coordinator/graph/counts.js";
import { MODEL_SHAPES } from "../../coordinator/graph/shapes.js";
import type { SweepGraph, Visit } from "../../coordinator/graph/sweep-graph.js";
import { splitWave, waves } from "../../coordinator/graph/waves.js";
import { gridSchedules } from "../../coordinator/schedule/grids.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { parseNamed } from "../../coordinator/schedule/parse-named.js";
import { simplify } from "../../coordinator/schedule/simplify.js";
import { anySchedule } from "../schedule/arbitrary-schedule.js";
import { type Arithmetic, FLOATS, interpret, toyNumber } from "../schedule/interpret.js";

const START = [0.5, -1.25, 2];
const someSchedules = fc.array(anySchedule(), { minLength: 1, maxLength: 6 });

/** The output of every visit, computed in order. */
function evaluate<H>(graph: SweepGraph, arithmetic: Arithmetic<H>, embedded: H): readonly H[] {
  const outputs: H[] = [];
  for (const visit of graph.visits) outputs.push(evaluateVisit(visit));
  return outputs;

  function evaluateVisit(visit: Visit): H {
    switch (visit.kind) {
      case "embed":
        return embedded;
      case "layer":
        return arithmetic.layer(toyNumber(visit), output(visit.input));
      case "merge": {
        const branches = visit.branches.map(output);
        return visit.rule === "mean"
          ? arithmetic.mean(branches)
          : arithmetic.sum(output(visit.base), branches);
      }
      case "damp":
        return arithmetic.damp(visit.factor, output(visit.base), output(visit.input));
      case "head":
        return output(visit.input);
      case "probe":
        throw new Error("a graph of schedules has no probes");
    }
  }

  function output(id: number): H {
    assert(id < outputs.length, "inputs come before the visits that use them");
    return outputs[id] as H;
  }
}

test("buildGraph() computes every schedule bit for bit", () => {
  fc.assert(
    fc.property(someSchedules, (schedules) => {
      const graph = buildGraph(schedules);
      const outputs = evaluate(graph, FLOATS, START);
      const expected = schedules.map((schedule) => interpret(simplify(schedule), FLOATS, START));
      assert.deepEqual(
        graph.heads.map((head) => outputs[head]),
        expected,
      );
    }),
  );
});

test("buildGraph() holds no visit twice, and a head for each schedule that differs by law", () => {
  fc.assert(
    fc.property(someSchedules, (schedules) => {
      const { visits, heads } = buildGraph(schedules);
      assert.equal(new Set(visits.map((visit) => JSON.stringify(visit))).size, visits.length);
      assert.deepEqual(visits[0], { kind: "embed" });
      const canonical = new Set(schedules.map((schedule) => JSON.stringify(simplify(schedule))));
      assert.equal(new Set(heads).size, canonical.size);
      assert.equal(visits.filter(({ kind }) => kind === "head").length, canonical.size);
    }),
  );
});

test("buildGraph() shares beginnings, branches and rounds", () => {
  const { visits, heads } = buildGraph(
    ["0, mean(1, (1, 2)), 3", "0..2", "0, mean(1, (1, 2)), 4"].map((text) => parseSchedule(text)),
  );
  assert.deepEqual(visits, [
    { kind: "embed" },
    { kind: "layer", layer: 0, input: 0 },
    { kind: "layer", layer: 1, input: 1 },
    { kind: "layer", layer: 2, input: 2 },
    { kind: "merge", rule: "mean", base: 1, branches: [2, 3] },
    { kind: "layer", layer: 3, input: 4 },
    { kind: "head", input: 5 },
    { kind: "head", input: 2 },
    { kind: "layer", layer: 4, input: 4 },
    { kind: "head", input: 8 },
  ] satisfies Visit[]);
  assert.deepEqual(heads, [6, 7, 9]);
});

test("buildGraph() shares halves of layers, apart from each other and from the whole", () => {
  const texts = ["0, 1.attn, 1.mlp", "0, 1.attn", "0, 1.mlp", "0, 1", "0, (1.attn, ()), 2"];
  const { visits } = buildGraph(texts.map((text) => parseSchedule(text)));
  assert.deepEqual(
    visits.filter(({ kind }) => kind === "layer"),
    [
      { kind: "layer", layer: 0, input: 0 },
      { kind: "layer", layer: 1, sublayer: "attn", input: 1 },
      { kind: "layer", layer: 1, sublayer: "mlp", input: 2 },
      { kind: "layer", layer: 1, sublayer: "mlp", input: 1 },
      { kind: "layer", layer: 1, input: 1 },
      { kind: "layer", layer: 2, input: 2 },
    ] satisfies Visit[],
  );
});

test("buildGraph() of kv=paper makes a layer in a group, elsewhere and in another group three visits", () => {
  const texts = ["0, mean(1, 2), 3", "0, 1, 2", "0, mean(2, 1), 3", "0, sum(1, 2)", "0, mean(1, 2), 4"];
  const { visits } = buildGraph(
    texts.map((text) => parseSchedule(text)),
    "paper",
  );
  assert.deepEqual(
    visits.filter((visit) => visit.kind === "layer" && visit.input === 1),
    [
      { kind: "layer", layer: 1, input: 1, group: [1, 2] },
      { kind: "layer", layer: 2, input: 1, group: [1, 2] },
      { kind: "layer", layer: 1, input: 1 },
      { kind: "layer", layer: 2, input: 1, group: [2, 1] },
      { kind: "layer", layer: 1, input: 1, group: [2, 1] },
      { kind: "layer", layer: 2, input: 1 },
    ] satisfies Visit[],
  );
});

test("buildGraph() of kv=paper has groups of nothing but whole layers side by side", () => {
  const groupsOf = (text: string): readonly string[] =>
    buildGraph([parseSchedule(text)], "paper").visits.flatMap((visit) =>
      visit.kind === "layer" && visit.group ? [`${visit.layer} of ${visit.group.join("+")}`] : [],
    );
  for (const alone of ["mean(1.attn, 2)", "mean((1, 2), 3)", "sum(1, 2)", "mean(1)", "0..4"])
    assert.deepEqual(groupsOf(alone), [], alone);
  assert.deepEqual(groupsOf("mean(1, mean(2, 3))"), ["2 of 2+3", "3 of 2+3"]);
  assert.deepEqual(groupsOf("loop(1, mean(4, 4), damping=0.5)"), ["4 of 4+4"]);
  // Of two layers a list of three numbers, and of three one of four: no list is another's beginning.
  assert.equal(groupsOf("mean(1, 2), mean(1, 2, 1)").length, 4);
});

test("workPerLayer() weighs halves by their share", () => {
  const graph = buildGraph([parseSchedule("0, 1.attn, 1.mlp, 1, 2.mlp")]);
  assert.deepEqual(countPerLayer(graph, 4), [1, 3, 1, 0]);
  assert.deepEqual(workPerLayer(graph, 4, 0.25), [1, 2, 0.75, 0]);
  assert.deepEqual(countVisits(graph), { layers: 5, sublayers: 3, merges: 0, damps: 0, heads: 1 });
});

test("buildGraph() tells rounds of different damping, and merges of different rules, apart", () => {
  const texts = [
    "loop(1, 1, damping=0.5)",
    "loop(1, 1, damping=2)",
    "mean(1, 2)",
    "sum(1, 2)",
    "mean(2, 1)",
    "()",
  ];
  assert.equal(new Set(buildGraph(texts.map((text) => parseSchedule(text))).heads).size, texts.length);
});

test("buildGraph() takes a schedule of hundreds of thousands of visits", () => {
  assert.equal(buildGraph([parseSchedule("loop(500, loop(500, 7))")]).visits.length, 250_002);
});

test("the paper's grid on 32 layers", () => {
  const counts = countSweep(gridSchedules("paper", 32), 32);
  assert.equal(counts.schedules, 432);
  assert.equal(counts.naive, 25_056);
  assert.equal(counts.shared.layers, 8_825);
  assert.equal(counts.inWaves, 9_094);
  assert.equal(counts.waves.length, 17);
  assert.equal(counts.perLayer[0], 2);
  assert.equal(counts.perLayer[31], 404);
  assert.equal(
    counts.perLayer.reduce((total, visits) => total + visits),
    8_825,
  );
});

test("waves() hold every schedule once, given as variants or as text", () => {
  const texts = [
    "0..8",
    "skip(start=1)",
    "0..2, 6..8",
    "reverse(start=1)",
    "skip(start=0)",
    "skip_idx(index=3)",
  ];
  const named = texts.map((text) => parseNamed(text, 8));
  assert.deepEqual(waves(named), [
    { label: "rest", schedules: [0, 2, 5] },
    { label: "start=1", schedules: [1, 3] },
    { label: "start=0", schedules: [4] },
  ]);
});

test("splitWave() keeps schedules that begin alike together", () => {
  const named = ["0, 1, 2", "7, 1", "0, 1, 3", "7, 2"].map((text) => parseNamed(text, 8));
  const [wave] = waves(named);
  assert(wave !== undefined);
  assert.deepEqual(splitWave(wave, named), [
    { label: "rest/0", schedules: [0, 2] },
    { label: "rest/1", schedules: [1, 3] },
  ]);
  assert.equal(splitWave({ label: "one", schedules: [2] }, named), null);
  const paper = gridSchedules("paper", 32);
  for (const whole of waves(paper)) {
    const halves = splitWave(whole, paper) ?? [];
    assert.deepEqual(
      halves.flatMap(({ schedules }) => schedules).toSorted((a, b) => a - b),
      whole.schedules,
    );
  }
});

test("shapes have the published numbers of parameters", () => {
  const totals = Object.fromEntries(MODEL_SHAPES.map(({ name, totalParameters }) => [name, totalParameters]));
  assert.deepEqual(totals, {
    "llama-2-7b": 6_738_415_616,
    "llama-2-13b": 13_015_864_320,
    "llama-2-70b": 68_976_648_192,
    "mistral-7b": 7_241_732_096,
    "pythia-6.9b": 6_857_302_016,
    "bert-large": 335_141_888,
  });
});
