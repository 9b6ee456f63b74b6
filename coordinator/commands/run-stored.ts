// Runs one sweep of the queue: prepare, wait for a worker that has the model,
// compute what the coordinator's ledger lacks, write the results.
import type { Ledger } from "../results/ledger.js";
import { type AttachedWorkers, awaitWorker, whatIsWrong, workersWith } from "./await-worker.js";
import { computeMissing } from "./compute-missing.js";
import { prepareSweep } from "./prepare-sweep.js";
import { noProgress } from "./progress.js";
import { removeReport, tryWriteReport } from "./report-file.js";
import { resultsFolder } from "./stored-sweep.js";
import { parseSubmitted, submittedCommand } from "./submitted-sweep.js";
import type { RunningSweep, SweepEnd } from "./sweep-queue.js";
import { writeSweepResults } from "./sweep-results.js";
import { resolveUnderRoots, type SweepRoots } from "./sweep-roots.js";

export interface RunContext extends AttachedWorkers {
  readonly ledger: Ledger;
  readonly roots: SweepRoots;
  readonly stateDir: string;
}

const lookMs = 500;

export async function runStored(sweep: RunningSweep, context: RunContext): Promise<SweepEnd> {
  const { stored, signal, update } = sweep;
  const { coordinator, ledger, roots, stateDir } = context;
  const startedAt = new Date();
  const options = parseSubmitted(stored.options);
  update({ message: "reads the model and the tasks" });
  const { "document-schedules": documentSchedules, ...rest } = options;
  const inputs = {
    ...(await resolveUnderRoots(options, roots)),
    ...(documentSchedules === undefined ? {} : { documentSchedules }),
  };
  const prepared = await prepareSweep({ ...rest, store: roots.storeDir }, inputs, {
    startProgress: noProgress,
    signal,
  });
  const waiting = { signal, waits: (message: string) => update({ message }) };
  const numericsId = stored.numericsId ?? (await awaitWorker(prepared.manifest, waiting, context)).numericsId;
  if (stored.numericsId === null) await sweep.keepNumericsId(numericsId);
  const { fingerprint } = prepared.manifest;
  let complaint = "";
  let started: { readonly recorded: number; readonly atMs: number } | null = null;
  const look = setInterval(() => update({ message: whatIsWrong(coordinator.status, complaint) }), lookMs);
  update({ message: "" });
  try {
    const { outcome, known, computed, failed } = await computeMissing(
      prepared,
      ledger,
      options,
      {
        coordinator: async () => coordinator,
        numericsId,
        minWorkers: Math.max(1, workersWith(fingerprint, coordinator).length),
        trace: null,
        placement: options.placement ?? null,
        onProgress: ({ recorded, total }) => {
          started ??= { recorded, atMs: performance.now() };
          update({ recorded, total, etaSeconds: etaSeconds(started, recorded, total) });
        },
        onRedispatch: () => {},
        onNote: (text) => {
          if (text.startsWith("waiting for capable workers: ")) complaint = text;
        },
      },
      signal,
    );
    if (outcome === "cancelled") return { state: "cancelled", message: "" };
    if (failed.length > 0) {
      const message =
        `${failed.length} documents could not be scored, the rest is in the ledger; ` +
        `first: ${failed[0]?.reason}; submit the sweep again to try them once more`;
      return { state: "failed", message };
    }
    clearInterval(look);
    update({
      recorded: known + computed,
      total: known + computed,
      message: "writes the results",
      etaSeconds: null,
    });
    const finishedAt = new Date();
    const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1000;
    const out = resultsFolder(stateDir, stored.id);
    await writeSweepResults(
      prepared,
      ledger,
      { ...options, out },
      {
        numericsId,
        command: submittedCommand(options),
        startedAt,
        finishedAt,
        workers: coordinator.workers.length,
        startProgress: noProgress,
      },
    );
    const noReport = options.report ? await tryWriteReport(out) : await removeReport(out);
    const message = `${computed} scores computed, ${known} known before, ${seconds.toFixed(1)} s`;
    return { state: "done", message: noReport === null ? message : `${message}; ${noReport}` };
  } finally {
    clearInterval(look);
  }
}

function etaSeconds(
  start: { readonly recorded: number; readonly atMs: number },
  recorded: number,
  total: number,
): number | null {
  const perMs = (recorded - start.recorded) / (performance.now() - start.atMs);
  return perMs > 0 ? (total - recorded) / perMs / 1000 : null;
}
