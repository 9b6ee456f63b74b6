// Results of a task that generates: sample lines, configuration and figures are the harness's own, byte for byte.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { formatMarkdown } from "../../coordinator/results/markdown.js";
import { type Outputs, type Sweep, summarise } from "../../coordinator/results/summary.js";
import { readSummary } from "../../coordinator/results/summary-file.js";
import { formatTable } from "../../coordinator/results/table.js";
import { writeResults } from "../../coordinator/results/write-results.js";
import { exampleAggregate, exampleOutputs, exampleRun, exampleSweep } from "./example-sweep.js";
import { generatedTask, harnessGenerations, recordedTexts } from "./generated-sweep.js";
import { temporaryFolder } from "./temporary-folder.js";

const DATE = "2026-01-02T03-04-05.067000";
const [run] = harnessGenerations.runs;

test("writeResults() writes a generated task as the harness does", async (t) => {
  const out = temporaryFolder(t);
  const task = await generatedTask();
  const schedules = exampleSweep.schedules.slice(0, 2);
  const sweep: Sweep = { ...exampleSweep, schedules, tasks: [task, ...exampleSweep.tasks] };
  const outputs: Outputs = {
    ...exampleOutputs,
    textsOf: recordedTexts(join(out, "texts.ledger"), task, schedules),
  };
  const summary = await writeResults({
    outDir: out,
    sweep,
    summary: await summarise(sweep, outputs, exampleAggregate),
    run: { ...exampleRun, kv: "paper" },
    outputs,
    samples: true,
    finishedAt: new Date(2026, 0, 2, 3, 4, 5, 67),
  });
  assert.deepEqual(await readSummary(out), summary);

  const folder = join(out, "harness", "demo,schedule=baseline");
  const samples = readFileSync(join(folder, `samples_gsm8k_${DATE}.jsonl`), "utf8");
  assert.deepEqual(samples.split("\n").slice(0, -1), run.lines);

  const results = JSON.parse(readFileSync(join(folder, `results_${DATE}.json`), "utf8"));
  const { gsm8k } = results.results;
  assert.deepEqual(Object.keys(gsm8k), Object.keys(run.results));
  for (const [name, value] of Object.entries(run.results)) {
    if (typeof value !== "number") assert.equal(gsm8k[name], value);
    else assert.ok(Math.abs(gsm8k[name] - value) < 1e-12, name);
  }
  for (const [name, value] of Object.entries(run.config)) {
    assert.deepEqual(results.configs.gsm8k[name], value, name);
  }
  assert.deepEqual(results.higher_is_better.gsm8k, run.higher_is_better);
  assert.deepEqual(results["n-samples"].gsm8k, run.n_samples);
  assert.equal(results.versions.gsm8k, run.version);
  assert.equal(results.painters.kv, "paper");
  assert.match(readFileSync(join(out, "results.md"), "utf8"), /^- Generation: kv=paper$/m);
});

test("summarise() has a row for each filter of a generated task", async (t) => {
  const task = await generatedTask();
  const schedules = exampleSweep.schedules.slice(0, 2);
  const sweep: Sweep = { ...exampleSweep, schedules, tasks: [task] };
  const textsOf = recordedTexts(join(temporaryFolder(t), "texts.ledger"), task, schedules);
  const summary = await summarise(sweep, { ...exampleOutputs, textsOf }, exampleAggregate);
  const [full, none] = ["baseline", "skip(start=1)"].map((name) =>
    summary.rows.filter(({ schedule }) => schedule === name),
  );
  assert.deepEqual(
    full!.map(({ metric, value, normalised, documents, nonFinite }) => [
      metric,
      value,
      normalised,
      documents,
      nonFinite,
    ]),
    ["strict-match", "flexible-extract"].map((filter) => {
      const metric = `exact_match,${filter}`;
      return [metric, run.results[metric], 1, task.documents.length, 0];
    }),
  );
  assert.deepEqual(
    none!.map(({ value, stderr, normalised }) => [value, stderr, normalised]),
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
  );
  // Of two metrics the first stands for the task, as in the paper's table.
  assert.deepEqual(summary.medians, [
    { schedule: "baseline", acc: 1, acc_norm: 1 },
    { schedule: "skip(start=1)", acc: 0, acc_norm: 0 },
  ]);
  const shown = { ...summary, formatVersion: 1, run: exampleRun, latencies: [] } as const;
  assert.match(formatMarkdown(shown), /gsm8k exact_match,strict-match \| gsm8k exact_match,flexible-extract/);
  assert.match(
    formatTable(shown, { width: 120, maxLines: 9 }),
    /exact_match,strict-match.*exact_match,flexible-extract/,
  );
  await assert.rejects(
    summarise(sweep, { ...exampleOutputs, textsOf: () => ["one"] }, exampleAggregate),
    /baseline, gsm8k: 1 texts for 54 documents/,
  );
});
