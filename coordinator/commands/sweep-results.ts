// From the ledger's records to the results folder: the last step of a sweep.
import type { DocumentKey } from "../results/document-key.js";
import type { Ledger } from "../results/ledger.js";
import type { ScoresOf, Sweep } from "../results/summary.js";
import { summarise } from "../results/summary.js";
import type { Summary } from "../results/summary-file.js";
import { writeResults } from "../results/write-results.js";
import { aggregate } from "../suites/metrics.js";
import { stderrs } from "../suites/standard-error.js";
import { scheduleContexts } from "./compute-missing.js";
import { frozenScores } from "./frozen-scores.js";
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
  "bootstrap-iters" | "out" | "samples" | "harness" | "classifier" | "seed" | "grid" | "limit"
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
  const read = (schedule: string, task: string, keys: readonly DocumentKey[]) =>
    ledger.read(contextOf.get(schedule)!, keys).map((scores, i) => {
      if (!scores) throw new Error(`${schedule} has no record of document ${i} of ${task}`);
      return scores;
    });
  const scoresOf: ScoresOf =
    options.classifier === "frozen"
      ? frozenScores(prepared, read, { seed: options.seed, startProgress: start })
      : ({ name }, { task }) => read(name, task.name, keysOf.get(task.name)!);
  const sweep: Sweep = {
    schedules: prepared.schedules,
    layerCount: manifest.config.layerCount,
    tasks: prepared.tasks,
  };
  const bootstrapIterations = options["bootstrap-iters"];
  const bootstrap = start("bootstrap", 100, "chunks");
  const summary = await summarise(sweep, scoresOf, ({ aggregation }, series) => {
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
    scoresOf,
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
