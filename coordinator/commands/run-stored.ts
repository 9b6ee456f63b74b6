// Runs one sweep of the queue: prepare, wait for a worker that has the model,
// compute what the coordinator's ledger lacks, write the results.
import { setTimeout as sleep } from "node:timers/promises";
import type { Hello } from "../../proto/messages.js";
import type { Coordinator } from "../cluster/coordinator.js";
import type { DispatchStatus } from "../cluster/dispatch.js";
import type { Ledger } from "../results/ledger.js";
import { computeMissing } from "./compute-missing.js";
import { type PreparedSweep, prepareSweep } from "./prepare-sweep.js";
import { noProgress } from "./progress.js";
import { removeReport, tryWriteReport } from "./report-file.js";
import { resultsFolder } from "./stored-sweep.js";
import { parseSubmitted, submittedCommand } from "./submitted-sweep.js";
import type { RunningSweep, SweepEnd } from "./sweep-queue.js";
import { writeSweepResults } from "./sweep-results.js";
import { resolveUnderRoots, type SweepRoots } from "./sweep-roots.js";
import type { Wake } from "./wake.js";

export interface RunContext {
  readonly coordinator: Coordinator;
  readonly ledger: Ledger;
  readonly roots: SweepRoots;
  readonly stateDir: string;
  /** Wakes when workers come and go. */
  readonly changes: Wake;
}

/** Time for workers to come back by a new stream and say what their stores hold. */
const askAgainMs = 1000;
const askAgainEveryMs = 15_000;
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
  const numericsId = stored.numericsId ?? (await awaitWorker(prepared, sweep, context)).numericsId;
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
        minWorkers: Math.max(
          1,
          coordinator.workers.filter(({ models }) => models.includes(fingerprint)).length,
        ),
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

/** The first worker whose store has the model; by its numerics the sweep is computed. */
async function awaitWorker(
  { manifest }: PreparedSweep,
  { signal, update }: RunningSweep,
  { coordinator, changes }: RunContext,
): Promise<Hello> {
  const { name, fingerprint } = manifest;
  const lacking = (): readonly Hello[] =>
    coordinator.workers.filter(({ models }) => !models.includes(fingerprint));
  // A hello says what was in the store then; the model may have been imported since.
  for (let round = 0; round < 2 && lacking().length > 0; round++) {
    coordinator.askAgain(fingerprint);
    await sleep(askAgainMs, undefined, { signal });
  }
  for (;;) {
    signal.throwIfAborted();
    const worker = coordinator.workers.find(({ models }) => models.includes(fingerprint));
    if (worker) return worker;
    const names = lacking().map((each) => each.name);
    update({
      message:
        names.length === 0
          ? "waits for workers: none is attached"
          : `waits for a worker whose store has model ${name} (${fingerprint.slice(0, 12)}): ` +
            `${names.join(", ")} ${names.length === 1 ? "has" : "have"} none; import it there`,
    });
    if (await changes.wait(signal, askAgainEveryMs)) coordinator.askAgain(fingerprint);
  }
}

function whatIsWrong(status: DispatchStatus | null, complaint: string): string {
  if (!status) return "";
  if (status.workers.length === 0) return "waits for workers: none is attached";
  const leftOut = status.workers.filter(({ state }) => state === "left-out");
  const waits = status.epochs.length === 0 ? complaint : "";
  return [waits, ...leftOut.map(({ name, reason }) => `${name} is left out: ${reason}`)]
    .filter((text) => text !== "")
    .join("; ");
}

function etaSeconds(
  start: { readonly recorded: number; readonly atMs: number },
  recorded: number,
  total: number,
): number | null {
  const perMs = (recorded - start.recorded) / (performance.now() - start.atMs);
  return perMs > 0 ? (total - recorded) / perMs / 1000 : null;
}
