import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { indexPoints, mainCurves, methodCurves } from "../../../coordinator/results/report/curves.js";
import { findings } from "../../../coordinator/results/report/findings.js";
import { similarityFinding } from "../../../coordinator/results/report/grid-figures.js";
import { spreadLabels } from "../../../coordinator/results/report/label-places.js";
import { loopCells } from "../../../coordinator/results/report/loop-widths.js";
import { paretoPoints } from "../../../coordinator/results/report/pareto.js";
import { numberedFront } from "../../../coordinator/results/report/pareto-chart.js";
import {
  type Estimate,
  measureOf,
  medianError,
  type ScheduleValues,
  scheduleValues,
  taskScales,
} from "../../../coordinator/results/report/schedule-values.js";
import { reportContent } from "../../../coordinator/results/report/sections.js";
import { encoderLikeSummary, paperLikeSummary } from "./paper-like.js";

const summary = paperLikeSummary("paper", 32);
const values = scheduleValues(summary);
const near = (a: number, b: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

test("taskScales() recovers chance and the full model from normalised rows", () => {
  const scales = taskScales(summary.rows);
  assert.deepEqual(
    [...scales.keys()],
    ["arc_challenge", "hellaswag", "lambada_openai", "winogrande", "gsm8k"],
  );
  near(scales.get("winogrande")!.chance, 0.5);
  near(scales.get("winogrande")!.full, 0.7);
  near(scales.get("gsm8k")!.chance, 0);
});

test("taskScales() shows acc where there is acc_norm, and leaves out what has no scale", () => {
  const row = { ...summary.rows[0]!, stderr: null };
  const rows = [
    { ...row, task: "both", metric: "acc_norm", value: 0.9, normalised: 1 },
    { ...row, task: "both", metric: "acc", value: 0.8, normalised: 1 },
    { ...row, task: "both", metric: "acc", value: 0.5, normalised: 0.5, schedule: "other" },
    { ...row, task: "chance", metric: "acc", value: 0.2, normalised: null },
    { ...row, task: "constant", metric: "acc", value: 0.2, normalised: 1 },
  ];
  const scales = taskScales(rows);
  assert.deepEqual([...scales.keys()], ["both"]);
  assert.equal(scales.get("both")?.metric, "acc");
  near(scales.get("both")!.chance, 0.2);
});

test("scheduleValues() normalises standard errors as it does values", () => {
  const row = summary.rows.find(
    ({ schedule, task }) => schedule === "skip(start=10)" && task === "winogrande",
  )!;
  const estimate = values.find(({ schedule }) => schedule === "skip(start=10)")!.tasks.get("winogrande")!;
  assert.equal(estimate.value, row.normalised);
  near(estimate.error!, row.stderr! / 0.2);
});

test("medianError() is the error of the value in the middle when the others are far off", () => {
  const estimate = (value: number, error: number | null): Estimate => ({ value, error });
  near(medianError([estimate(-9, 0.1), estimate(0.5, 0.1), estimate(9, 0.1)])!, 0.1, 0.012);
  near(medianError([estimate(0.4, 0.2)])!, 0.2, 0.024);
  assert.equal(medianError([estimate(1, 0), estimate(2, 0)]), 0);
  assert.equal(medianError([estimate(1, 0.1), estimate(2, null)]), null);
  assert.equal(medianError([]), null);
});

test("methodCurves() has a point per number of affected layers and takes the mean over seeds", () => {
  const curves = methodCurves(values, 32);
  const random = curves.find(({ key }) => key === "random")!;
  assert.deepEqual(
    random.points.map(({ x }) => x),
    Array.from({ length: 16 }, (_, i) => 2 * i + 1),
  );
  const point = random.points.find(({ x }) => x === 15)!;
  assert.equal(point.schedules.length, 10);
  const seeds = point.schedules.map(
    (schedule) => summary.medians.find((row) => row.schedule === schedule)!.acc!,
  );
  const mean = seeds.reduce((sum, value) => sum + value, 0) / 10;
  near(point.overall.value, mean);
  near(point.overall.error!, Math.sqrt(seeds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 9));
});

test("methodCurves() takes one loop for parallel; mainCurves() keeps three loops", () => {
  const curves = methodCurves(values, 32);
  assert.deepEqual(
    curves.map(({ key }) => key),
    [
      "skip",
      "middle_repeat",
      "reverse",
      "random",
      "parallel",
      ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((loops) => `loop_parallel(loops=${loops})`),
    ],
  );
  assert.deepEqual(
    mainCurves(curves)
      .map(({ key }) => key)
      .slice(-2),
    ["parallel", "loop_parallel(loops=3)"],
  );
});

test("indexPoints() has a point per layer", () => {
  assert.deepEqual(
    indexPoints(values, "skip_idx").map(({ x }) => x),
    Array.from({ length: 32 }, (_, i) => i),
  );
  assert.equal(indexPoints(values, "switch_idx").length, 31);
});

test("loopCells() marks one best loop count a width, and needs several counts", () => {
  const cells = loopCells(methodCurves(values, 32));
  assert.equal(cells.length, 16 * 10);
  for (const width of new Set(cells.map((cell) => cell.width))) {
    const column = cells.filter((cell) => cell.width === width);
    const best = column.filter(({ isBest }) => isBest);
    assert.equal(best.length, 1);
    assert.ok(column.every(({ overall }) => overall.value <= best[0]!.overall.value));
  }
  assert.deepEqual(loopCells(methodCurves(scheduleValues(paperLikeSummary("main", 16)), 16)), []);
});

const timed = fc.array(
  fc.record({ ms: fc.integer({ min: 1, max: 9 }), median: fc.integer({ min: 0, max: 9 }) }),
  {
    minLength: 1,
    maxLength: 20,
  },
);

test("paretoPoints() marks exactly what no other schedule beats", () => {
  fc.assert(
    fc.property(timed, (given) => {
      const schedules = given.map(
        ({ median }, i): ScheduleValues => ({
          schedule: `s${i}`,
          method: "custom",
          parameters: {},
          tasks: new Map(),
          overall: { value: median, error: null },
        }),
      );
      const latencies = given.map(({ ms }, i) => ({
        schedule: `s${i}`,
        criticalPathMs: ms,
        workMs: ms,
        tokens: 500,
      }));
      const points = paretoPoints(schedules, latencies);
      assert.equal(points.length, given.length);
      for (const a of points) {
        const isBeaten = points.some(
          (b) =>
            b.ms <= a.ms &&
            b.overall.value >= a.overall.value &&
            (b.ms < a.ms || b.overall.value > a.overall.value),
        );
        assert.equal(a.isFront, !isBeaten);
      }
      const numbered = numberedFront(points);
      assert.ok(numbered.length >= 1 && numbered.length <= 9 && numbered.every(({ isFront }) => isFront));
      assert.equal(points[0]!.ms, 2 * Math.min(...given.map(({ ms }) => ms)), "per 1,000 tokens");
    }),
  );
});

test("paretoPoints() lets the mean of random orders compete, not the luckiest", () => {
  const points = paretoPoints(values, summary.latencies);
  const random = points.filter(({ method }) => method === "random");
  assert.equal(random.length, 16);
  assert.ok(random.every(({ schedule }) => /^random\(start=\d+\), 10 seeds$/.test(schedule)));
});

test("spreadLabels() keeps labels apart, in order and within bounds, and moves none without need", () => {
  const places = fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(places, (wanted) => {
      const placed = spreadLabels(wanted, 15, [0, 300]);
      const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
      order.slice(1).forEach((i, k) => {
        assert.ok(placed[i]! - placed[order[k]!]! >= 15 - 1e-6);
      });
      assert.ok(placed.every((place) => place >= -1e-6 && place <= 300 + 1e-6));
    }),
  );
  assert.deepEqual(spreadLabels([200, 10, 100], 15, [0, 300]), [200, 10, 100]);
});

test("similarityFinding() finds the longest block of states that are alike", () => {
  const cosine = [
    [1, 0.2, 0.2, 0.2],
    [0.2, 1, 0.95, 0.92],
    [0.2, 0.95, 1, 0.91],
    [0.2, 0.92, 0.91, 1],
  ];
  const text = similarityFinding(["a", "b", "c", "d"], cosine);
  assert.match(text, /^3 of 4 states in a row, from b to d, .* least similar pair has 0\.20\.$/);
});

test("findings() are this run's numbers", () => {
  const curves = mainCurves(methodCurves(values, 32));
  const found = findings({
    layerCount: 32,
    measure: measureOf(summary, values),
    scales: taskScales(summary.rows),
    curves,
    skipOne: indexPoints(values, "skip_idx"),
    switched: [],
    loopCells: [],
  });
  const skip = curves.find(({ key }) => key === "skip")!.points;
  const fallen = skip.findIndex(({ overall }) => overall.value < 0.9);
  assert.ok(
    found.some((text) => text.startsWith(`Skip: up to ${skip[fallen - 1]!.x} of 32 layers can be skipped`)),
  );
  assert.ok(
    found.some((text) => /At half depth \(15 of 32 layers affected\).*middle repeat 0\.\d\d\.$/.test(text)),
  );
  assert.ok(found.some((text) => text.startsWith("Skipping one layer: layer 0 does most harm")));
});

test("reportContent() says what a sweep has no rows for", () => {
  const only = summary.rows.filter(({ method }) => method === "baseline" || method === "skip");
  const content = reportContent({ ...summary, rows: only, latencies: [] }, null);
  assert.deepEqual(
    content.sections.flatMap(({ figures }) => figures.map(({ name }) => name)),
    ["all-methods", "skip"],
  );
  const absent = content.sections.flatMap((section) => section.absent).join("\n");
  for (const words of [
    "no skip_idx",
    "no switch_idx",
    "three loop counts",
    "no latencies",
    "no similarity.json",
  ]) {
    assert.ok(absent.includes(words), words);
  }
  const unnormalised = summary.rows.map((row) => ({ ...row, normalised: null }));
  const without = reportContent({ ...summary, rows: unnormalised, medians: [] }, null);
  assert.match(without.leftOut.join(" "), /^Nothing here is normalised/);
});

test("an encoder's report is of plain values and their mean", () => {
  const encoder = encoderLikeSummary(16);
  const own = scheduleValues(encoder);
  const skip = own.find(({ schedule }) => schedule === "skip(start=4)")!;
  const rows = encoder.rows.filter(({ schedule }) => schedule === "skip(start=4)");
  const entering = rows.filter(({ task, metric }) => task !== "mrpc" || metric === "combined_score");
  assert.equal(entering.length, 5);
  for (const { task, value, stderr } of entering) {
    assert.deepEqual(skip.tasks.get(task), { value, error: stderr });
  }
  near(skip.overall!.value, entering.reduce((sum, { value }) => sum + value, 0) / 5);
  near(skip.overall!.error!, Math.sqrt(entering.reduce((sum, { stderr }) => sum + stderr! ** 2, 0)) / 5);

  const content = reportContent(encoder, null);
  const [all] = content.sections[0]!.figures;
  assert.equal(all!.title, "All methods: the mean over tasks");
  const spec = JSON.stringify(all!.spec("wide"));
  assert.ok(spec.includes("mean of scores") && !/median|normalised|random guessing/.test(spec));
  assert.ok(spec.includes('"full model"'));
  const [skipFigure] = content.sections[1]!.figures;
  const line = skipFigure!.tables[0]!.rows.find(([x]) => x === "7")!;
  assert.deepEqual(skipFigure!.tables[0]!.columns.slice(-2), ["mrpc", "mean"]);
  assert.match(line.at(-1)!, new RegExp(`^${skip.overall!.value.toFixed(3)} ± `));
  const full = own.find(({ method }) => method === "baseline")!.overall!.value;
  assert.match(content.findings[0]!, new RegExp(`their mean is ${full.toFixed(2)}\\.$`));
  assert.match(
    content.findings[1]!,
    new RegExp(`the mean falls under ${(0.9 * full).toFixed(2)} \\(0\\.9 of the full model's\\)`),
  );
  const words = JSON.stringify([content.findings, content.leftOut, content.sections]);
  assert.doesNotMatch(words, /median|normalised by|not normalised:/i);
});

test("an encoder's report needs no full model", () => {
  const encoder = encoderLikeSummary(16);
  const without = <T extends { readonly schedule: string }>(rows: readonly T[]) =>
    rows.filter(({ schedule }) => schedule !== "baseline");
  const content = reportContent(
    { ...encoder, rows: without(encoder.rows), means: without(encoder.means) },
    null,
  );
  assert.match(
    content.findings[0]!,
    /^Skip: the mean is 0\.\d\d with 1 layer skipped and 0\.\d\d with 15\.$/,
  );
  assert.ok(!JSON.stringify(content.sections[0]!.figures[0]!.spec("wide")).includes("full model"));
});
