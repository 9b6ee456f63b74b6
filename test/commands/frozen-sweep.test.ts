// Sweeps with a classifier trained on the pooler's output under every schedule: against what PyTorch makes of
// the same recipe (test/oracle/glue), resumed, and refused where there is no encoder.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { prepareSweep } from "../../coordinator/commands/prepare-sweep.js";
import { readSweepOptions } from "../../coordinator/commands/sweep-options.js";
import { writeSweepResults } from "../../coordinator/commands/sweep-results.js";
import { Ledger } from "../../coordinator/results/ledger.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { recordInOneProcess } from "../reference/one-process.js";
import { demoCheckpoint, demoData, freshPath, readJson } from "./run-cli.js";
import { samplesIn } from "./sweep-outputs.js";

interface Run {
  readonly checkpoint: string;
  readonly task: string;
  readonly seed: number;
  readonly trained: number;
  readonly cases: readonly {
    readonly schedule: string;
    readonly logits: readonly (readonly number[])[];
    readonly metrics: Readonly<Record<string, number>>;
  }[];
}

const glue = fileURLToPath(new URL("../../../test/testdata/glue/", import.meta.url));
const { runs } = readJson<{ readonly runs: readonly Run[] }>(glue, "frozen.json");
/** Features differ by rounding, and training carries that on. */
const tolerance = 2e-4;

for (const { checkpoint, task, seed, trained, cases } of runs) {
  test(`a frozen sweep of ${task} agrees with PyTorch, whatever the checkpoint's own classifier`, async () => {
    const options = await readSweepOptions({
      model: join(glue, checkpoint),
      store: freshPath("store"),
      tasks: task,
      classifier: "frozen",
      seed: String(seed),
      schedule: cases.map(({ schedule }) => schedule),
      "bootstrap-iters": "0",
      out: freshPath("results"),
    });
    const inputs = { checkpoint: options.model, dataDir: join(glue, "data") };
    const prepared = await prepareSweep(options, inputs);
    const ledger = Ledger.open(join(options.out, "ledger.sqlite"));
    const recorded = await recordInOneProcess(prepared, ledger);
    assert.equal(recorded, cases.length * (trained + prepared.tasks[0]!.documents.length));
    const at = { startedAt: new Date(0), finishedAt: new Date(0) };
    const run = { numericsId: numericsId(), command: "test", workers: 1, ...at };
    const { rows } = await writeSweepResults(prepared, ledger, options, run);
    ledger.close();
    const samples = samplesIn(options.out);
    for (const { schedule, logits, metrics } of cases) {
      const [, text = ""] = [...samples].find(([name]) => name.includes(`schedule=${schedule}`)) ?? [];
      for (const [d, line] of text.trimEnd().split("\n").entries()) {
        const { filtered_resps: scores } = JSON.parse(line) as {
          readonly filtered_resps: readonly (readonly [string, string])[];
        };
        assert.equal(scores.length, logits[d]!.length);
        for (const [label, [logit]] of scores.entries()) {
          const gap = Math.abs(Number(logit) - logits[d]![label]!);
          assert.ok(gap < tolerance, `label ${label} of document ${d} under ${schedule}: off by ${gap}`);
        }
      }
      for (const { metric, value } of rows.filter((row) => row.schedule === schedule)) {
        const gap = Math.abs(value - metrics[metric]!);
        assert.ok(gap < (task === "stsb" ? 1e-3 : 1e-12), `${metric} under ${schedule}: off by ${gap}`);
      }
    }
  });
}

test("prepareSweep() refuses a frozen classifier for a decoder", async () => {
  const options = await readSweepOptions({ classifier: "frozen", store: freshPath("store") });
  await assert.rejects(prepareSweep(options, { checkpoint: demoCheckpoint, dataDir: demoData }), {
    exitCode: 2,
    message: /--classifier frozen is for encoders \(BERT\)/,
  });
});
