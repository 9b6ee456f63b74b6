// Sweeps of fine-tuned encoders over GLUE, from every form of its files to metrics: against what transformers,
// scikit-learn and scipy make of the same (test/oracle/glue), and the same bits however they are spread.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type PreparedSweep, prepareSweep } from "../../coordinator/commands/prepare-sweep.js";
import { readSweepOptions, type SweepOptions } from "../../coordinator/commands/sweep-options.js";
import { writeSweepResults } from "../../coordinator/commands/sweep-results.js";
import { Ledger } from "../../coordinator/results/ledger.js";
import type { Summary } from "../../coordinator/results/summary-file.js";
import { findTasks, loadTasks } from "../../coordinator/suites/registry.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { recordInOneProcess } from "../reference/one-process.js";
import { originalFile, originalLines } from "../suites/original-tsv.js";
import { parquetBytes } from "../suites/parquet-bytes.js";
import { freshPath, readJson, runWell } from "./run-cli.js";
import { countsIn, samplesIn, scoresIn } from "./sweep-outputs.js";

interface Case {
  readonly schedule: string;
  /** [document][class] in the model's order */
  readonly logits: readonly (readonly number[])[];
  readonly predictions: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

interface FixtureRun {
  readonly task: string;
  /** The model's class of every label; null: a regression. */
  readonly classes: readonly number[] | null;
  readonly rows: readonly { readonly tokens: readonly number[]; readonly tokenTypes: readonly number[] }[];
  readonly cases: readonly Case[];
}

interface Sample {
  readonly filtered_resps: readonly (readonly [logit: string, isLargest: string])[];
}

interface Run extends FixtureRun {
  /** What the test calls it. */
  readonly model: string;
  readonly checkpoint: string;
  readonly dataDir: string;
}

const glue = fileURLToPath(new URL("../../../test/testdata/glue/", import.meta.url));
const demo = fileURLToPath(new URL("../../../models/demo/", import.meta.url));
const { runs: tiny } = readJson<{ readonly runs: readonly (FixtureRun & { readonly checkpoint: string })[] }>(
  glue,
  "expected.json",
);
const runs: readonly Run[] = [
  ...tiny.map((run) => ({
    ...run,
    model: "a tiny encoder",
    checkpoint: join(glue, run.checkpoint),
    dataDir: join(glue, "data"),
  })),
  {
    ...readJson<FixtureRun>(glue, "demo.json"),
    model: "the trained encoder",
    checkpoint: join(demo, "encoder"),
    dataDir: join(demo, "data", "glue"),
  },
];
const tolerance = 1e-4;
const store = freshPath("store");

async function prepare(
  checkpoint: string,
  tasks: string,
  schedules: readonly string[],
  { dataDir = join(glue, "data"), limit }: { readonly dataDir?: string; readonly limit?: number } = {},
): Promise<{ readonly options: SweepOptions; readonly prepared: PreparedSweep }> {
  const options = await readSweepOptions({
    model: checkpoint,
    store,
    tasks,
    schedule: schedules,
    "bootstrap-iters": "0",
    out: freshPath("results"),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  });
  const inputs = { checkpoint: options.model, dataDir };
  return { options, prepared: await prepareSweep(options, inputs) };
}

/** Throws where a record is missing in the ledger. */
async function write(
  prepared: PreparedSweep,
  ledger: Ledger,
  options: SweepOptions,
): Promise<Pick<Summary, "rows" | "means">> {
  const at = { startedAt: new Date(0), finishedAt: new Date(0) };
  const run = { numericsId: numericsId(), command: "test", workers: 1, ...at };
  const { rows, means } = await writeSweepResults(prepared, ledger, options, run);
  return { rows, means };
}

/** The rows of the task's evaluation split, in the hub's parquet and in the original TSV: a folder of each. */
async function otherForms(name: string, dataDir: string): Promise<readonly string[]> {
  const [task] = await findTasks([name], "encoder");
  const { dataset } = task!;
  const { config, evaluationSplit: split } = dataset;
  const rows = readFileSync(join(dataDir, config!, `${split}.jsonl`), "utf8")
    .split("\n")
    .flatMap((line) => (line ? [JSON.parse(line) as Readonly<Record<string, unknown>>] : []));
  // They would end the field or the row; to BERT all are white space.
  const inFields = rows.map(
    (row) => JSON.parse(JSON.stringify(row).replaceAll(/\\[tn]/g, " ")) as typeof row,
  );
  const files: readonly (readonly [string, string | Uint8Array])[] = [
    [`nyu-mll/glue/${config}/${split}-00000-of-00001.parquet`, parquetBytes(rows)],
    [originalFile(dataset, split), originalLines(dataset, inFields)],
  ];
  return files.map(([file, content]) => {
    const folder = freshPath("data");
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), content);
    return folder;
  });
}

for (const { model, checkpoint, dataDir, task, classes, rows, cases } of runs) {
  test(`a sweep of ${model} over ${task} agrees with transformers under every method, from every form of its file`, async () => {
    const schedules = cases.map(({ schedule }) => schedule);
    const limit = rows.length;
    const { options, prepared } = await prepare(checkpoint, task, schedules, { dataDir, limit });
    const found = prepared.tasks[0]!.rows.map(([row]) => row!);
    assert.deepEqual(
      found.map(({ tokens, tokenTypes }) => ({ tokens, tokenTypes })),
      rows,
    );
    const ledger = Ledger.open(join(options.out, "ledger.sqlite"));
    assert.equal(await recordInOneProcess(prepared, ledger), cases.length * rows.length);
    const summary = await write(prepared, ledger, options);
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
    for (const other of await otherForms(task, dataDir)) {
      const same = await prepare(checkpoint, task, schedules, { dataDir: other, limit });
      // The same texts have the same records: nothing is left to compute.
      assert.deepEqual(await write(same.prepared, ledger, same.options), summary);
    }
    ledger.close();
  });
}

test("the sweeps above are of all of GLUE", async () => {
  const asked = new Set(runs.map(({ task }) => task));
  const glueTasks = [...(await loadTasks("encoder")).keys()];
  assert.deepEqual([...asked].sort(), glueTasks.toSorted());
});

test("painters sweep scores an encoder, with the same bits in one process and on two workers", async () => {
  const options = [
    ...["sweep", "--model", join(glue, "binary"), "--data", join(glue, "data"), "--tasks", "cola,mrpc"],
    ...["reverse(start=0)", "loop_parallel(start=0,loops=2)"].flatMap((s) => ["--schedule", s]),
    ...["--limit", "8", "--store", store, "--bootstrap-iters", "0", "--no-report"],
  ];
  const { prepared, options: read } = await prepare(join(glue, "binary"), "cola,mrpc", [
    "reverse(start=0)",
    "loop_parallel(start=0,loops=2)",
  ]);
  const ledger = Ledger.open(join(read.out, "ledger.sqlite"));
  await recordInOneProcess(prepared, ledger);
  await write(prepared, ledger, read);
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
      await assert.rejects(prepare(join(glue, checkpoint), tasks, ["baseline"]), { exitCode: 2, message });
    });
  }
});
