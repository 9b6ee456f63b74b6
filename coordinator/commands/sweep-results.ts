// From the ledger's records to the results folder: the last step of a sweep.
import type { Ledger } from "../results/ledger.js";
import type { Outputs, Sweep } from "../results/summary.js";
import { summarise } from "../results/summary.js";
import type { Summary } from "../results/summary-file.js";
import { writeResults } from "../results/write-results.js";
import { aggregate } from "../suites/metrics.js";
import { stderrs } from "../suites/standard-error.js";
import { scheduleContexts } from "./compute-missing.js";
import type { PreparedSweep } from "./prepare-sweep.js";
import { type StartProgress, startProgress } from "./progress.js";
import type { SweepOptions } from "./sweep-options.js";
import { paintersVersion } from "./version.js";

export interface SweepRun {
  readonly numericsId: string;
  /** The command line, for the record. */
  readonly command: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly workers: number;
  readonly startProgress?: StartProgress;
}

export type ResultsOptions = Pick<
  SweepOptions,
  "bootstrap-iters" | "out" | "samples" | "harness" | "grid" | "limit"
>;

export async function writeSweepResults(
  prepared: PreparedSweep,
  ledger: Ledger,
  options: ResultsOptions,
  { numericsId, command, startedAt, finishedAt, workers, startProgress: start = startProgress }: SweepRun,
): Promise<Summary> {
  const { manifest } = prepared;
  const contexts = scheduleContexts(prepared, ledger, numericsId);
  const contextOf = new Map(prepared.schedules.map(({ name }, i) => [name, contexts[i]!]));
  const keysOf = new Map(prepared.tasks.map(({ task, keys }) => [task.name, keys]));
  const scoresOf: Outputs["scoresOf"] = (schedule, { task }) =>
    ledger.read(contextOf.get(schedule.name)!, keysOf.get(task.name)!).map((scores, docId) => {
      if (!scores) throw new Error(`${schedule.name} has no record of document ${docId} of ${task.name}`);
      return scores;
    });
  const outputs: Outputs = {
    scoresOf,
    textsOf(_, { task }) {
      throw new Error(`${task.name} is not of a prepared sweep`);
    },
  };
  const sweep: Sweep = {
    schedules: prepared.schedules,
    layerCount: manifest.config.layerCount,
    tasks: prepared.tasks,
  };
  const bootstrapIterations = options["bootstrap-iters"];
  const bootstrap = start("bootstrap", 100, "chunks");
  const summary = await summarise(sweep, outputs, ({ aggregation }, series) => {
    const errors = stderrs(aggregation, series, bootstrapIterations, (done) => bootstrap.update(done));
    return series.map((values, i) => ({ value: aggregate(aggregation, values), stderr: errors[i]! }));
  });
  bootstrap.stop();
  const writing = start("writing samples", sweep.tasks.length * sweep.schedules.length, "files");
  return writeResults({
    onProgress: (done) => writing.update(done),
    outDir: options.out,
    sweep,
    summary,
    latencies: prepared.schedules.flatMap(({ name }, i) => {
      const latency = ledger.latency(contexts[i]!);
      return latency ? [{ schedule: name, ...latency }] : [];
    }),
    outputs,
    samples: options.samples,
    finishedAt,
    run: {
      paintersVersion: paintersVersion(),
      command,
      startedAt: startedAt.toISOString(),
      wallTimeMs: finishedAt.getTime() - startedAt.getTime(),
      model: {
        name: manifest.name,
        fingerprint: manifest.fingerprint,
        layerCount: manifest.config.layerCount,
        parameterCount: manifest.parameterCount,
        sourceDtype: manifest.sourceDtype,
        maxLength: manifest.config.maxPositions,
      },
      numericsId,
      harness: options.harness,
      grid: options.grid ?? null,
      limit: options.limit ?? null,
      bootstrapIterations,
      workers,
    },
  }).finally(() => writing.stop());
}
