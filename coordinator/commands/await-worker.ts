// What a coordinator's run needs of the attached workers: one whose store has the model, and if that lacks, the words
// that tell a person so.
import { setTimeout as sleep } from "node:timers/promises";
import type { Manifest } from "../../models/store/manifest.js";
import type { Hello } from "../../proto/messages.js";
import type { Coordinator } from "../cluster/coordinator.js";
import type { DispatchStatus } from "../cluster/dispatch.js";
import type { Wake } from "./wake.js";

export interface WaitingRun {
  readonly signal: AbortSignal;
  /** What it waits for. */
  readonly waits: (reason: string) => void;
}

export interface AttachedWorkers {
  readonly coordinator: Coordinator;
  /** Wakes when workers come and go. */
  readonly changes: Wake;
}

/** Time for workers to come back by a new stream and say what their stores hold. */
const askAgainMs = 1000;
const askAgainEveryMs = 15_000;

/** The first worker whose store has the model; by its numerics the run is computed. Throws when the signal aborts. */
export async function awaitWorker(
  { name, fingerprint }: Manifest,
  { signal, waits }: WaitingRun,
  { coordinator, changes }: AttachedWorkers,
): Promise<Hello> {
  const lacking = (): readonly Hello[] =>
    coordinator.workers.filter(({ models }) => !models.includes(fingerprint));
  // A hello says what was in the store then; the model may have been imported since.
  for (let round = 0; round < 2 && lacking().length > 0; round++) {
    coordinator.askAgain(fingerprint);
    await sleep(askAgainMs, undefined, { signal });
  }
  for (;;) {
    signal.throwIfAborted();
    const [worker] = workersWith(fingerprint, coordinator);
    if (worker) return worker;
    const names = lacking().map((each) => each.name);
    waits(
      names.length === 0
        ? noWorkers
        : `waits for a worker whose store has model ${name} (${fingerprint.slice(0, 12)}): ` +
            `${names.join(", ")} ${names.length === 1 ? "has" : "have"} none; import it there`,
    );
    if (await changes.wait(signal, askAgainEveryMs)) coordinator.askAgain(fingerprint);
  }
}

export function workersWith(fingerprint: string, { workers }: Coordinator): readonly Hello[] {
  return workers.filter(({ models }) => models.includes(fingerprint));
}

/** @param complaint what the dispatcher said last when it could not place the model; empty: nothing */
export function whatIsWrong(status: DispatchStatus | null, complaint: string): string {
  if (!status) return "";
  if (status.workers.length === 0) return noWorkers;
  const leftOut = status.workers.filter(({ state }) => state === "left-out");
  const waits = status.epochs.length === 0 ? complaint : "";
  return [waits, ...leftOut.map(({ name, reason }) => `${name} is left out: ${reason}`)]
    .filter((text) => text !== "")
    .join("; ");
}

const noWorkers = "waits for workers: none is attached";
