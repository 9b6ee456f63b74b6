import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { filterSummary, ResultsFilterError } from "../../coordinator/commands/results.js";
import { formatCsv } from "../../coordinator/results/csv.js";
import { formatMarkdown } from "../../coordinator/results/markdown.js";
import { type Aggregate, median, type ScoredTask, summarise } from "../../coordinator/results/summary.js";
import { formatSummary, type Summary } from "../../coordinator/results/summary-file.js";
import { formatTable } from "../../coordinator/results/table.js";
import type { Metric } from "../../coordinator/suites/task.js";
import { exampleAggregate, exampleOutputs, exampleRun, exampleSweep } from "./example-sweep.js";

const swept = await summarise(exampleSweep, exampleOutputs, exampleAggregate);
const summary: Summary = { formatVersion: 1, run: exampleRun, ...swept, latencies: [] };

/** Compares with a file in testdata/results; UPDATE=1 writes it anew, to be read in review. */
function assertGolden(name: string, text: string): void {
  const file = new URL(`../../../test/testdata/results/${name}`, import.meta.url);
  if (process.env.UPDATE === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

test("summarise() gives a row per schedule, task and metric", () => {
  assertGolden("summary.json", formatSummary(summary));
});

test("formatCsv() quotes as RFC 4180 has it and keeps full precision", () => {
  assertGolden("results.csv", formatCsv(summary.rows));
});

test("formatMarkdown() shows a line per schedule", () => {
  assertGolden("results.md", formatMarkdown(summary));
});

test("formatTable() fits the window", () => {
  const tables = [120, 80, 44].map((width) => {
    const table = formatTable(summary, { width, maxLines: 40 });
    for (const line of table.split("\n"))
      assert.ok(line.length <= width, `${line.length} > ${width}: ${line}`);
    return `${width} columns\n\n${table}`;
  });
  assertGolden("table.txt", [...tables, formatTable(summary, { width: 80, maxLines: 4 })].join("\n----\n"));
});

test("summarise() normalises by chance and the full model", () => {
  const [full, , reverse] = ["baseline", "skip(start=1)", "reverse(start=0)"].map((name) =>
    swept.rows.find((row) => row.schedule === name && row.metric === "acc"),
  );
  assert.equal(full?.value, 1);
  assert.equal(full?.normalised, 1);
  assert.equal(reverse?.normalised, (reverse!.value - 0.25) / 0.75);
  assert.ok(swept.rows.every((row) => row.metric !== "perplexity" || row.normalised === null));
});

test("summarise() leaves values unnormalised without a better-than-chance full model in the sweep", async () => {
  const schedules = exampleSweep.schedules.slice(1);
  const without = await summarise({ ...exampleSweep, schedules }, exampleOutputs, exampleAggregate);
  assert.ok(without.rows.every((row) => row.normalised === null));
  assert.ok(without.medians.every((row) => row.acc === null && row.acc_norm === null));

  const atChance = await summarise(exampleSweep, exampleOutputs, (_, series) =>
    series.map(() => ({ value: 0.25, stderr: null })),
  );
  const arc = atChance.rows.filter((row) => row.task === "arc_easy");
  assert.ok(arc.every((row) => row.normalised === null));
});

test("summarise() counts documents with scores that are not finite", () => {
  const counts = swept.rows.filter((row) => row.metric === "acc").map((row) => row.nonFinite);
  assert.deepEqual(counts, [0, 0, 0, 0, 0, 0, 0, 0, 8, 6]);
});

test("summarise() takes the median over tasks, acc_norm falling back to what a task has", () => {
  const skip = swept.rows.filter((row) => row.schedule === "skip(start=1)");
  const of = (task: string, metric: string) =>
    skip.find((row) => row.task === task && row.metric === metric)?.normalised ?? Number.NaN;
  const medians = swept.medians.find((row) => row.schedule === "skip(start=1)");
  assert.equal(medians?.acc, median([of("arc_easy", "acc"), of("lambada_openai", "acc")]));
  assert.equal(medians?.acc_norm, median([of("arc_easy", "acc_norm"), of("lambada_openai", "acc")]));
});

test("summarise() takes an encoder's mean over tasks of values as they are, of several metrics the combined score", async () => {
  const accuracy: Metric = { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0.5 };
  const encoderTask = (name: string, metrics: readonly Metric[]): ScoredTask => {
    const [first] = exampleSweep.tasks as readonly [ScoredTask];
    return { ...first, task: { ...first.task, name, outputType: "classification", metrics, score: () => 1 } };
  };
  const tasks = [
    encoderTask("rte", [accuracy]),
    encoderTask("mrpc", [accuracy, { ...accuracy, name: "combined_score", chance: null }]),
  ];
  const values = [0.5, 0.25, 0.75];
  let column = 0;
  const aggregated: Aggregate = (_, series) => {
    const value = values[column++]!;
    return series.map((_, s) => ({ value: value - s / 100, stderr: null }));
  };
  const encoder = await summarise({ ...exampleSweep, tasks }, exampleOutputs, aggregated);
  assert.deepEqual(encoder.medians, []);
  assert.deepEqual(
    encoder.means.slice(0, 2).map(({ schedule, value }) => [schedule, Number(value.toFixed(6))]),
    [
      ["baseline", 0.625],
      ["skip(start=1)", 0.615],
    ],
  );
  const made: Summary = { formatVersion: 1, run: exampleRun, ...encoder, latencies: [] };
  const markdown = formatMarkdown(made);
  assert.match(markdown, /\| mean over tasks \|\n/);
  assert.match(markdown, /\n\| baseline \| .* \| 0\.6250 \|\n/);
  assert.match(markdown, /\nThe means are over tasks, of values that are not normalised;/);
  assert.match(formatTable(made, { width: 100, maxLines: 40 }), / mean\n.* tasks\n.* 0\.6250\n/);
  assert.equal(filterSummary(made, { method: ["custom"] }).means.length, 2);
  assert.deepEqual(swept.means, []);
});

test("summarise() refuses scores of another number of documents", async () => {
  await assert.rejects(
    summarise(exampleSweep, { ...exampleOutputs, scoresOf: () => [] }, exampleAggregate),
    /baseline, arc_easy: 0 scores for 8 documents/,
  );
});

test("median() is the middle, or the mean of the two in the middle", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 10, 1, 2]), 3);
  assert.ok(Number.isNaN(median([1, Number.NaN, 2])));
});

test("filterSummary() keeps what passes every filter and names what there is", () => {
  const filtered = filterSummary(summary, { method: ["custom"], metric: ["acc"] });
  assert.equal(filtered.rows.length, 4);
  assert.equal(filtered.medians.length, 2);
  assert.throws(
    () => filterSummary(summary, { task: ["arc"] }),
    (error) =>
      error instanceof ResultsFilterError &&
      /no task "arc".* there is arc_easy, lambada_openai/.test(error.message),
  );
});
