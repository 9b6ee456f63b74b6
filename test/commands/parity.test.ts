// A whole sweep of the baseline against lm-evaluation-harness itself on the same checkpoint and files
// (test/oracle/parity/make_expected.py): every prompt, log-likelihood, greedy answer and metric.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readDocumentSchedules } from "../../coordinator/commands/document-schedules.js";
import { prepareSweep } from "../../coordinator/commands/prepare-sweep.js";
import { readSweepOptions } from "../../coordinator/commands/sweep-options.js";
import { writeSweepResults } from "../../coordinator/commands/sweep-results.js";
import { Ledger } from "../../coordinator/results/ledger.js";
import type { Summary } from "../../coordinator/results/summary-file.js";
import type { Harness } from "../../coordinator/suites/task.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { recordInOneProcess } from "../reference/one-process.js";
import { freshPath, readJson } from "./run-cli.js";
import { samplesIn } from "./sweep-outputs.js";

type Metrics = Readonly<Record<string, number>>;

interface Run {
  readonly harness: Harness;
  readonly shots: number;
  readonly task: string;
  readonly version: number;
  readonly metrics: Metrics;
  readonly samples: readonly ExpectedSample[];
}

interface ExpectedSample {
  /** Its first 16 digits. */
  readonly prompt_hash: string;
  readonly lls: readonly number[];
  /** 1 or 0 for each request. */
  readonly greedy: string;
  /** Metrics by name; pairs are [gold, prediction]. */
  readonly [metric: string]: unknown;
}

interface Sample {
  readonly prompt_hash: string;
  readonly filtered_resps: readonly (readonly [logLikelihood: string, isGreedy: string])[];
  readonly metrics: readonly string[];
  readonly [metric: string]: unknown;
}

const testdata = fileURLToPath(new URL("../../../test/testdata/", import.meta.url));
const expected = readJson<{ readonly bootstrap_iterations: number; readonly runs: readonly Run[] }>(
  testdata,
  "parity/expected.json",
);

test("expected.json holds right and wrong answers, greedy ones and others", () => {
  const accuracies = expected.runs.flatMap(({ metrics }) => metrics["acc,none"] ?? []);
  assert.ok(accuracies.filter((acc) => acc > 0 && acc < 1).length > expected.runs.length / 2);
  const greedy = expected.runs.flatMap(({ samples }) => samples.map((sample) => sample.greedy)).join("");
  const share = [...greedy].filter((flag) => flag === "1").length / greedy.length;
  assert.ok(share > 0.05 && share < 0.95, `${share} greedy`);
});

for (const [harness, shots] of [
  ["current", 0],
  ["current", 2],
  ["262f879", 0],
] as const) {
  test(`a sweep agrees with lm-evaluation-harness ${harness} at ${shots} shots`, async () => {
    const runs = expected.runs.filter((run) => run.harness === harness && run.shots === shots);
    assert.equal(runs.length, 14);
    const out = await sweepInto(
      freshPath("parity"),
      harness,
      shots,
      runs.map(({ task }) => task),
    );
    const [folder = ""] = readdirSync(join(out, "harness"));
    const [file = ""] = readdirSync(join(out, "harness", folder)).filter((name) =>
      name.startsWith("results_"),
    );
    const results = readJson<{
      readonly results: Readonly<Record<string, Metrics>>;
      readonly versions: Readonly<Record<string, number>>;
    }>(out, "harness", folder, file);
    const samples = samplesIn(out);
    for (const run of runs) {
      assert.equal(results.versions[run.task], run.version);
      const lines = samples.get(`${folder}/${run.task}`)?.trimEnd().split("\n") ?? [];
      assertSameSamples(
        run.task,
        run.samples,
        lines.map((line) => JSON.parse(line) as Sample),
      );
      for (const [key, value] of Object.entries(run.metrics)) {
        const found = results.results[run.task]?.[key] ?? Number.NaN;
        // Predictions being equal, only what is a function of log-likelihoods may differ.
        const tolerance = key.startsWith("perplexity") ? 1e-4 * value : 0;
        assert.ok(Math.abs(found - value) <= tolerance, `${run.task} ${key}: ${found} is not ${value}`);
      }
    }
  });
}

/** Each document under a schedule of its own: lm-evaluation-harness over layers that another program runs. */
test("sweep --document-schedules agrees with lm-evaluation-harness over transformers' layers", async () => {
  const { runs } = readJson<{
    readonly runs: readonly (Pick<Run, "task"> & {
      readonly acc: number;
      readonly samples: readonly (ExpectedSample & { readonly doc_id: number; readonly schedule: string })[];
    })[];
  }>(testdata, "parity/document-schedules.json");
  const folder = freshPath("chosen");
  mkdirSync(folder);
  const lines = runs.flatMap(({ task, samples }) =>
    samples.map(({ doc_id, schedule }) => JSON.stringify({ task, doc_id, schedule })),
  );
  writeFileSync(join(folder, "chosen.jsonl"), lines.join("\n"));
  const tasks = runs.map(({ task }) => task);
  const out = await sweepInto(folder, "current", 0, tasks, {
    "document-schedules": join(folder, "chosen.jsonl"),
  });
  const { rows } = readJson<Summary>(out, "summary.json");
  const samples = samplesIn(out);
  for (const { task, acc, samples: theirs } of runs) {
    const [, text] = [...samples].find(
      ([name]) => name.includes("per_document") && name.endsWith(`/${task}`),
    )!;
    assertSameSamples(
      task,
      theirs,
      text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Sample),
    );
    const row = rows.find((each) => each.task === task && each.metric === "acc")!;
    assert.ok(Math.abs(row.value - acc) < 1e-12, `${task}: ${row.value} is not ${acc}`);
  }
});

/** @returns the results folder */
async function sweepInto(
  folder: string,
  harness: Harness,
  shots: number,
  tasks: readonly string[],
  schedules: Readonly<Record<string, unknown>> = { schedule: ["baseline"] },
): Promise<string> {
  const options = await readSweepOptions({
    model: join(testdata, "parity/checkpoint"),
    store: join(folder, "store"),
    data: join(testdata, "suites/data"),
    tasks: tasks.join(","),
    ...schedules,
    harness,
    "num-fewshot": String(shots),
    "bootstrap-iters": String(expected.bootstrap_iterations),
    out: join(folder, "results"),
  });
  const chosen = options["document-schedules"];
  const prepared = await prepareSweep(options, {
    checkpoint: options.model,
    dataDir: join(testdata, "suites/data"),
    ...(chosen && { documentSchedules: await readDocumentSchedules(chosen) }),
  });
  const ledger = Ledger.open(join(options.out, "ledger.sqlite"));
  await recordInOneProcess(prepared, ledger);
  const at = { startedAt: new Date(0), finishedAt: new Date(0) };
  await writeSweepResults(prepared, ledger, options, {
    numericsId: numericsId(),
    command: "test",
    workers: 1,
    ...at,
  });
  ledger.close();
  return options.out;
}

function assertSameSamples(task: string, theirs: readonly ExpectedSample[], ours: readonly Sample[]): void {
  assert.equal(ours.length, theirs.length);
  for (const [i, sample] of ours.entries()) {
    const their = theirs[i]!;
    const where = `document ${i} of ${task}`;
    assert.equal(sample.prompt_hash.slice(0, 16), their.prompt_hash, where);
    const flags = sample.filtered_resps.map(([, isGreedy]) => (isGreedy === "True" ? "1" : "0"));
    assert.equal(flags.join(""), their.greedy, where);
    assert.equal(sample.filtered_resps.length, their.lls.length);
    for (const [r, [logLikelihood]] of sample.filtered_resps.entries()) {
      const difference = Math.abs(Number(logLikelihood) - their.lls[r]!);
      assert.ok(difference <= 1e-4, `request ${r} of ${where}: off by ${difference}`);
    }
    for (const metric of sample.metrics.filter((name) => name !== "perplexity")) {
      assert.deepEqual(sample[metric], their[metric], `${metric} of ${where}`);
    }
  }
}
