// Sweeps of fine-tuned encoders over GLUE, from text files to metrics: against what transformers, scikit-learn
// and scipy make of the same (test/oracle/glue), and the same bits however they are spread.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type PreparedSweep, prepareSweep } from "../../coordinator/commands/prepare-sweep.js";
import { readSweepOptions, type SweepOptions } from "../../coordinator/commands/sweep-options.js";
import { writeSweepResults } from "../../coordinator/commands/sweep-results.js";
import { Ledger } from "../../coordinator/results/ledger.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { recordInOneProcess } from "../reference/one-process.js";
import { freshPath, readJson, runWell } from "./run-cli.js";
import { countsIn, samplesIn, scoresIn } from "./sweep-outputs.js";

interface Case {
  readonly schedule: string;
  /** [document][class] in the model's order */
  readonly logits: readonly (readonly number[])[];
  readonly predictions: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

interface Run {
  readonly checkpoint: string;
  readonly task: string;
  /** The model's class of every label; null: a regression. */
  readonly classes: readonly number[] | null;
  readonly rows: readonly { readonly tokens: readonly number[]; readonly tokenTypes: readonly number[] }[];
  readonly cases: readonly Case[];
}

interface Sample {
  readonly filtered_resps: readonly (readonly [logit: string, isLargest: string])[];
}

const glue = fileURLToPath(new URL("../../../test/testdata/glue/", import.meta.url));
const { runs } = readJson<{ readonly runs: readonly Run[] }>(glue, "expected.json");
const tolerance = 1e-4;
const store = freshPath("store");

async function prepare(
  checkpoint: string,
  tasks: string,
  schedules: readonly string[],
): Promise<{ readonly options: SweepOptions; readonly prepared: PreparedSweep }> {
  const options = await readSweepOptions({
    model: join(glue, checkpoint),
    store,
    tasks,
    schedule: schedules,
    "bootstrap-iters": "0",
    out: freshPath("results"),
  });
  const inputs = { checkpoint: options.model, dataDir: join(glue, "data") };
  return { options, prepared: await prepareSweep(options, inputs) };
}

for (const { checkpoint, task, classes, rows, cases } of runs) {
  test(`a sweep of ${task} agrees with transformers under every method`, async () => {
    const { options, prepared } = await prepare(
      checkpoint,
      task,
      cases.map(({ schedule }) => schedule),
    );
    const found = prepared.tasks[0]!.rows.map(([row]) => row!);
    assert.deepEqual(
      found.map(({ tokens, tokenTypes }) => ({ tokens, tokenTypes })),
      rows,
    );
    const ledger = Ledger.open(join(options.out, "ledger.sqlite"));
    assert.equal(await recordInOneProcess(prepared, ledger), cases.length * rows.length);
    const at = { startedAt: new Date(0), finishedAt: new Date(0) };
    const run = { numericsId: numericsId(), command: "test", workers: 1, ...at };
    const summary = await writeSweepResults(prepared, ledger, options, run);
    ledger.close();
    const samples = samplesIn(options.out);
    const folders = readdirSync(join(options.out, "harness"));
    for (const { schedule, logits, metrics } of cases) {
      const folder = folders.find((name) => name.includes(`schedule=${schedule}`)) ?? "";
      const lines = samples.get(`${folder}/${task}`)!.trimEnd().split("\n");
      assert.equal(lines.length, rows.length);
      for (const [d, line] of lines.entries()) {
        const { filtered_resps: scores } = JSON.parse(line) as Sample;
        // Scores are in the order of the task's labels.
        const expected = (classes ?? [0]).map((index) => logits[d]![index]!);
        assert.equal(scores.length, expected.length);
        for (const [label, [logit, isLargest]] of scores.entries()) {
          const gap = Math.abs(Number(logit) - expected[label]!);
          assert.ok(gap < tolerance, `label ${label} of document ${d} under ${schedule}: off by ${gap}`);
          assert.equal(isLargest, expected[label] === Math.max(...expected) ? "True" : "False");
        }
      }
      const own = summary.rows.filter((row) => row.schedule === schedule);
      const mean = summary.means.find((row) => row.schedule === schedule);
      assert.equal(mean?.value, own.at(-1)!.value);
      assert.deepEqual(
        own.map(({ metric }) => metric),
        Object.keys(metrics),
      );
      for (const { metric, value } of own) {
        const gap = Math.abs(value - metrics[metric]!);
        // Predictions being the same, so are metrics; correlations are of the logits themselves.
        const most = classes ? 1e-12 : tolerance;
        assert.ok(gap <= most, `${metric} under ${schedule}: ${value} is not ${metrics[metric]}`);
      }
    }
  });
}

test("painters sweep scores an encoder, with the same bits in one process and on two workers", async () => {
  const options = [
    ...["sweep", "--model", join(glue, "binary"), "--data", join(glue, "data"), "--tasks", "cola,mrpc"],
    ...["reverse(start=0)", "loop_parallel(start=0,loops=2)"].flatMap((s) => ["--schedule", s]),
    ...["--limit", "8", "--store", store, "--bootstrap-iters", "0", "--no-report"],
  ];
  const { prepared, options: read } = await prepare("binary", "cola,mrpc", [
    "reverse(start=0)",
    "loop_parallel(start=0,loops=2)",
  ]);
  const ledger = Ledger.open(join(read.out, "ledger.sqlite"));
  await recordInOneProcess(prepared, ledger);
  const at = { startedAt: new Date(0), finishedAt: new Date(0) };
  const run = { numericsId: numericsId(), command: "test", workers: 1, ...at };
  await writeSweepResults(prepared, ledger, read, run);
  ledger.close();
  const alone = scoresIn(read.out);
  const out = freshPath("two");
  const stdout = await runWell(...options, "--workers", "2", "--objective", "latency", "--out", out);
  assert.deepEqual(countsIn(stdout), { computed: 32, known: 0 });
  const spread = scoresIn(out);
  assert.equal(spread.size, 32);
  for (const [name, scores] of spread) assert.equal(scores, alone.get(name), name);
});

describe("prepareSweep() refuses what a model cannot tell", () => {
  const refusals: readonly [checkpoint: string, tasks: string, expected: RegExp][] = [
    [
      "rte",
      "lambada_openai",
      /task lambada_openai scores tokens, and the model is an encoder.*encoders: cola/,
    ],
    [
      "nli",
      "rte",
      /classifier is single-label with 3 classes \(config.json\), rte needs single-label with 2/,
    ],
    [
      "regression",
      "cola",
      /a regression of 1 \(config.json\), cola needs single-label with 2 classes, unacc/,
    ],
    ["binary", "stsb", /single-label with 2 classes \(config.json\), stsb needs a regression of 1/],
  ];
  for (const [checkpoint, tasks, message] of refusals) {
    test(`${tasks} of ${checkpoint}`, async () => {
      await assert.rejects(prepare(checkpoint, tasks, ["baseline"]), { exitCode: 2, message });
    });
  }
});
