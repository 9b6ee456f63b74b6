// From the ledger's records to the results folder: the last step of a sweep.
import type { RequestScore } from "../../models/token-row.js";
import type { DocumentKey } from "../results/document-key.js";
import type { ContextId, Latency, Ledger } from "../results/ledger.js";
import type { Outputs, ReportedSchedule, Sweep } from "../results/summary.js";
import { summarise } from "../results/summary.js";
import type { ScheduleLatency, Summary } from "../results/summary-file.js";
import { writeResults } from "../results/write-results.js";
import { aggregate } from "../suites/metrics.js";
import { stderrs } from "../suites/standard-error.js";
import { scheduleContexts } from "./compute-missing.js";
import { documentLatency } from "./document-latency.js";
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
  "bootstrap-iters" | "out" | "samples" | "harness" | "classifier" | "kv" | "seed" | "grid" | "limit"
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
  const read = (schedule: string, task: string, keys: readonly DocumentKey[]) => {
    const context = contextOf.get(schedule);
    const found =
      context === undefined
        ? readPerDocument(prepared, task, keys, { ledger, contexts })
        : ledger.read(context, keys);
    return found.map((scores, i) => {
      if (!scores) throw new Error(`${schedule} has no record of document ${i} of ${task}`);
      return scores;
    });
  };
  const outputs: Outputs = {
    scoresOf:
      options.classifier === "frozen"
        ? frozenScores(prepared, read, { seed: options.seed, startProgress: start })
        : ({ name }, { task }) => read(name, task.name, keysOf.get(task.name)!),
    textsOf: ({ name }, { task }) => {
      const { keys, generations } = prepared.generating.find((own) => own.task.name === task.name)!;
      return ledger.readGenerations(contextOf.get(name)!, keys).map((tokens, docId) => {
        if (!tokens) throw new Error(`${name} has no text for document ${docId} of ${task.name}`);
        return generations[docId]!.textOf(tokens);
      });
    },
  };
  const sweep: Sweep = {
    schedules: reportedSchedules(prepared),
    layerCount: manifest.config.layerCount,
    tasks: [...prepared.tasks, ...prepared.generating],
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
    latencies: latenciesOf(prepared, (i) => ledger.latency(contexts[i]!)),
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
      kv: prepared.generating.length === 0 ? null : options.kv,
      grid: options.grid ?? null,
      limit: options.limit ?? null,
      bootstrapIterations,
      workers,
    },
  }).finally(() => writing.stop());
}

function reportedSchedules({ schedules, documentSchedules }: PreparedSweep): readonly ReportedSchedule[] {
  if (documentSchedules === null) return schedules;
  const { name, schedules: own } = documentSchedules;
  const schedule = { kind: "per-document", schedules: own.length } as const;
  return [...schedules, { name, method: "per_document", parameters: {}, schedule }];
}

/** @param measured of the `i`th schedule, those of single documents last */
function latenciesOf(
  prepared: PreparedSweep,
  measured: (i: number) => Latency | null,
): readonly ScheduleLatency[] {
  const { schedules, documentSchedules } = prepared;
  const named = schedules.map(({ name }, i) => ({ schedule: name, latency: measured(i) }));
  const own = documentSchedules && {
    schedule: documentSchedules.name,
    latency: documentLatency(prepared, (i) => measured(schedules.length + i)),
  };
  return [...named, ...(own ? [own] : [])].flatMap(({ schedule, latency }) =>
    latency ? [{ schedule, ...latency }] : [],
  );
}

/** The scores of a task's documents, each under its own schedule. */
function readPerDocument(
  { schedules, documentSchedules }: PreparedSweep,
  task: string,
  keys: readonly DocumentKey[],
  { ledger, contexts }: { readonly ledger: Ledger; readonly contexts: readonly ContextId[] },
): readonly (readonly RequestScore[] | undefined)[] {
  const byContext = new Map<ContextId, number[]>();
  for (const [document, schedule] of documentSchedules!.chosen.get(task)!.entries()) {
    const context = contexts[schedules.length + schedule]!;
    const own = byContext.get(context) ?? [];
    byContext.set(context, own);
    own.push(document);
  }
  const found = new Array<readonly RequestScore[] | undefined>(keys.length);
  for (const [context, own] of byContext) {
    const scores = ledger.read(
      context,
      own.map((document) => keys[document]!),
    );
    for (const [i, document] of own.entries()) found[document] = scores[i];
  }
  return found;
}
