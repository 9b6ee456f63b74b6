// A whole sweep on this machine, from the first record that is missing to the
// results folder.
import path from "node:path";
import { numericsId } from "../../models/runtime/numerics.js";
import { Ledger } from "../results/ledger.js";
import { commandLine } from "./command-line.js";
import { computeLocally } from "./compute-locally.js";
import { type ComputeOutcome, computeMissing, type FailedDocument } from "./compute-missing.js";
import { localInputs, prepareSweep } from "./prepare-sweep.js";
import { tryWriteReport } from "./report-file.js";
import type { SweepOptions } from "./sweep-options.js";
import { showSummary } from "./sweep-report.js";
import { writeSweepResults } from "./sweep-results.js";

export class SweepInterruptedError extends Error {
  override readonly name = "SweepInterruptedError";
  readonly exitCode = 1;
}

/** Workers were lost with these documents again and again; all others are scored. */
export class DocumentsFailedError extends Error {
  override readonly name = "DocumentsFailedError";
  readonly exitCode = 1;
  constructor(readonly failed: readonly FailedDocument[]) {
    super(
      `${failed.length} documents could not be scored, the rest is in the ledger; first: ${failed[0]?.reason}; ` +
        "run the same command again to try them once more",
    );
  }
}

export async function sweepLocally(options: SweepOptions): Promise<void> {
  const startedAt = new Date();
  // --json promises one document and nothing else on stdout.
  const say = (line: string): void => void (options.json || process.stdout.write(`${line}\n`));
  const prepared = await prepareSweep(options, await localInputs(options));
  const { manifest, schedules, documentSchedules, graph } = prepared;
  const tasks = [...prepared.tasks, ...prepared.generating];
  const documents = tasks.reduce((sum, task) => sum + task.effective, 0);
  const trained = prepared.tasks.reduce((sum, { training }) => sum + (training?.documents.length ?? 0), 0);
  const visits = graph.visits.filter(({ kind }) => kind === "layer").length;
  say(
    `${manifest.name}: ${manifest.config.layerCount} layers, ${manifest.parameterCount.toLocaleString("en")} parameters`,
  );
  const counted = documentSchedules
    ? `${schedules.length} schedules and ${documentSchedules.schedules.length} of single documents`
    : `${schedules.length} schedules`;
  say(
    `${counted} (${visits} layer visits a document, shared) x ` +
      `${documents} documents of ${tasks.map(({ task }) => task.name).join(", ")}` +
      (trained > 0 ? `, and ${trained} to train classifiers on` : ""),
  );
  const ledger = Ledger.open(path.join(options.out, "ledger.sqlite"));
  try {
    const numerics = options.device === "cpu" ? numericsId() : "simulated";
    const outcome = await untilInterrupted((signal) =>
      computeLocally(
        { modelDir: prepared.modelDir, options, numericsId: numerics, unit: "scores", say },
        (settings, until) => computeMissing(prepared, ledger, options, settings, until),
        signal,
      ),
    );
    const { known, computed, failed } = outcome;
    if (outcome.outcome === "cancelled") throw new SweepInterruptedError(interruption(outcome));
    if (failed.length > 0) throw new DocumentsFailedError(failed);
    const finishedAt = new Date();
    const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1000;
    say(`${computed} scores computed, ${known} known before, ${seconds.toFixed(1)} s\n`);
    const summary = await writeSweepResults(prepared, ledger, options, {
      numericsId: numerics,
      command: commandLine(),
      startedAt,
      finishedAt,
      workers: options.workers,
    });
    const noReport = await tryWriteReport(options.out);
    if (noReport !== null) process.stderr.write(`painters: ${noReport}\n`);
    showSummary(summary, options);
  } finally {
    ledger.close();
  }
}

function interruption({ computed }: ComputeOutcome): string {
  return `interrupted; ${computed} scores were computed and are safe, run the same command again to go on`;
}

/** The first SIGINT or SIGTERM asks the workers to end in order; a second one ends the process. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stopListening = () => process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  const onSignal = (): void => {
    stopListening();
    process.stderr.write("\npainters: stopping the workers; once more to stop at once\n");
    abort.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work(abort.signal);
  } finally {
    stopListening();
  }
}
