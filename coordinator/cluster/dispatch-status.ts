// What `status` and metrics show of a dispatcher.
import type { DispatchStatus } from "./dispatch.js";
import type { Epochs } from "./epochs.js";
import type { Roster, RosterWorker } from "./roster.js";
import type { Work } from "./work.js";

export function statusOf(roster: Roster, epochs: Epochs, work: Work, recorded: number): DispatchStatus {
  return {
    missing: work.missing,
    recorded,
    failed: work.failed,
    inFlight: epochs.inFlight().length,
    workers: roster.all().map((worker) => workerStatus(worker, roster, epochs)),
    epochs: epochs.living.map(({ number, state, placement }) => ({ epoch: number, state, placement })),
  };
}

function workerStatus(
  worker: RosterWorker,
  roster: Roster,
  epochs: Epochs,
): DispatchStatus["workers"][number] {
  const { name } = worker.hello;
  const reason = roster.whyLeftOut(worker);
  if (reason !== null) return { name, state: "left-out", reason };
  if (worker.isDraining) return { name, state: "draining", reason: "" };
  const isServing = epochs.living.some((epoch) => epoch.has(worker.connection));
  return { name, state: isServing ? "serving" : "waiting", reason: "" };
}
