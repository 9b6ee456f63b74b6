// The sweep that all tests of this folder run: the demo model under schedules of every
// kind, and what one process without workers makes of it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { localInputs, type PreparedSweep, prepareSweep } from "../../coordinator/commands/prepare-sweep.js";
import { readSweepOptions, type SweepOptions } from "../../coordinator/commands/sweep-options.js";
import { writeSweepResults } from "../../coordinator/commands/sweep-results.js";
import { Ledger } from "../../coordinator/results/ledger.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { freshPath, home } from "../commands/run-cli.js";
import { samplesIn, summaryRows } from "../commands/sweep-outputs.js";
import { recordInOneProcess } from "../reference/one-process.js";

export const schedules = [
  "baseline",
  "random(start=1,seed=4)",
  "loop_parallel(start=2,loops=3)",
  "parallel(start=1)",
  "0..2, sum(2..6), 6..8",
  "0..3, sum((3, 4), (5, 3)), 5..8",
  "0..1, mean((1..4), (4..6, 2), 7), 6..8",
  "0..2, loop(2, 2..6, damping=0.5), 6..8",
  "0..3, sum(3.attn, 4.attn), sum(3.mlp, 4.mlp), 5..8",
];

process.env.PAINTERS_HOME = home;

export interface SmallSweep {
  readonly options: SweepOptions;
  readonly prepared: PreparedSweep;
  /** Records of it. */
  readonly total: number;
  /** Compares results, as files, with those of one process. */
  assertSameFiles(out: string): void;
  /** Writes the results of a finished run and compares them. */
  assertSameBits(out: string): Promise<void>;
}

/** @param limit documents of each of the five tasks */
export async function prepareSmallSweep(limit: number): Promise<SmallSweep> {
  const argv = { schedule: schedules, limit: String(limit), "bootstrap-iters": "0" };
  const options = await readSweepOptions(argv);
  const prepared = await prepareSweep(options, await localInputs(options));
  const write = async (out: string, ledger: Ledger): Promise<void> => {
    const at = { startedAt: new Date(0), finishedAt: new Date(0) };
    const run = { numericsId: numericsId(), command: "test", workers: 1, ...at };
    await writeSweepResults(prepared, ledger, { ...options, out }, run);
  };
  const alone = freshPath("one-process");
  const ledger = Ledger.open(join(alone, "ledger.sqlite"));
  const total = await recordInOneProcess(prepared, ledger);
  await write(alone, ledger);
  ledger.close();
  const [rows, samples] = [summaryRows(alone), samplesIn(alone)];
  assert.equal(samples.size, schedules.length * prepared.tasks.length);
  const assertSameFiles = (out: string): void => {
    assert.equal(summaryRows(out), rows);
    assert.deepEqual(samplesIn(out), samples);
  };
  return {
    options,
    prepared,
    total,
    assertSameFiles,
    async assertSameBits(out) {
      const own = Ledger.open(join(out, "ledger.sqlite"));
      await write(out, own);
      own.close();
      assertSameFiles(out);
    },
  };
}
