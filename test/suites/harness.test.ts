// Tasks from file to aggregate against lm-evaluation-harness itself
// (test/oracle/suites/make_requests.py): requests, hashes, metrics, errors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { goldAndPrediction } from "../../coordinator/suites/confusion.js";
import { loadTask } from "../../coordinator/suites/load-task.js";
import { aggregate } from "../../coordinator/suites/metrics.js";
import { codePointCount } from "../../coordinator/suites/python-text.js";
import { findTasks } from "../../coordinator/suites/registry.js";
import { stderrs } from "../../coordinator/suites/standard-error.js";
import type { Harness, MetricName } from "../../coordinator/suites/task.js";

interface Sample {
  readonly doc_id: number;
  readonly arguments: readonly (readonly [string, string])[] | null;
  readonly continuations: readonly string[];
  readonly prompt_lengths: readonly number[];
  readonly resps: readonly (readonly [number, boolean])[];
  readonly target: string | number;
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
  readonly metrics: readonly MetricName[];
  readonly acc?: number;
  readonly acc_norm?: number;
  readonly perplexity?: number;
  readonly f1?: readonly [number, number];
  readonly mcc?: readonly [number, number];
  readonly pearson?: never;
  readonly spearmanr?: never;
  readonly combined_score?: never;
}

interface Run {
  readonly task: string;
  readonly shots: number;
  readonly bootstrap_iterations: number;
  readonly version: number;
  readonly results: Readonly<Record<string, number>>;
  readonly n_samples: { readonly original: number; readonly effective: number };
  readonly samples: readonly Sample[];
}

const testdata = new URL("../../../test/testdata/suites/", import.meta.url);
const fixture: { readonly runs: readonly Run[] } = JSON.parse(
  readFileSync(new URL("harness-requests.json", testdata), "utf8"),
);
const dataDir = fileURLToPath(new URL("data/", testdata));

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

for (const run of fixture.runs) {
  test(`loadTask() makes the harness's ${run.task} at ${run.shots} shots`, async () => {
    // QQP as it was at the paper's commit; all else was as it is.
    const [name, harness = "current"] = run.task.split(/_(?=262f879$)/);
    const [today] = await findTasks([name!]);
    assert.ok(today);
    const { task, documents, original, effective } = await loadTask(today, {
      dataDir,
      shots: run.shots,
      limit: null,
      harness: harness as Harness,
    });
    assert.equal(task.version, run.version);
    assert.deepEqual({ original, effective }, run.n_samples);
    assert.equal(documents.length, run.samples.length);

    const values = new Map(task.metrics.map(({ name }) => [name, new Float64Array(documents.length)]));
    for (const [i, sample] of run.samples.entries()) {
      const document = documents[i];
      assert.ok(document);
      const { requests } = document;
      assert.equal(document.docId, sample.doc_id);
      if (sample.arguments) {
        assert.deepEqual(
          requests.map(({ context, continuation }) => [context, continuation]),
          sample.arguments,
        );
      }
      assert.deepEqual(
        requests.map(({ continuation }) => continuation),
        sample.continuations,
      );
      assert.deepEqual(
        requests.map(({ context }) => codePointCount(context)),
        sample.prompt_lengths,
      );
      assert.equal(sha256(requests[0]?.context ?? ""), sample.prompt_hash);
      assert.equal(document.target, String(sample.target));
      assert.equal(sha256(document.target), sample.target_hash);
      assert.equal(sha256(JSON.stringify(document.columns, null, 2)), sample.doc_hash);

      const scores = sample.resps.map(([logLikelihood, isGreedy]) => ({ logLikelihood, isGreedy }));
      assert.deepEqual(
        task.metrics.map(({ name }) => name),
        sample.metrics,
      );
      for (const [name, series] of values) {
        series[i] = task.score(name, document, scores);
        const pair = name === "f1" || name === "mcc";
        assert.deepEqual(
          pair ? goldAndPrediction(series[i]) : series[i],
          sample[name],
          `${name} of document ${i}`,
        );
      }
    }

    for (const { name, aggregation } of task.metrics) {
      const series = values.get(name);
      assert.ok(series);
      const [stderr] = stderrs(aggregation, [series], run.bootstrap_iterations);
      // exp() differs in the last digit between V8 and C.
      const tolerance = aggregation === "perplexity" ? 1e-12 : 0;
      assertClose(aggregate(aggregation, series), run.results[`${name},none`], tolerance);
      assertClose(stderr ?? Number.NaN, run.results[`${name}_stderr,none`], tolerance);
    }
  });
}

function assertClose(actual: number, expected: number | undefined, relative: number): void {
  assert.ok(expected !== undefined);
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);
}
