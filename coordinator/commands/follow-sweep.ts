// Follows a coordinator's sweep to its end, also over the coordinator's restarts.
import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../../proto/backoff.js";
import { LinkError } from "../../proto/link-error.js";
import { hasEnded, type SweepProgress } from "../../proto/sweep-words.js";
import { type Connection, withSweeps } from "./connection.js";

export interface FollowSettings {
  readonly connection: Connection;
  /** Leaves the sweep alone and ends. */
  readonly signal: AbortSignal;
  /** How long a coordinator may be away. */
  readonly patienceMs: number;
  readonly onProgress: (progress: SweepProgress) => void;
  /** News of the connection. */
  readonly say: (text: string) => void;
}

export const defaultPatienceMs = 300_000;

/** Its last progress; null: the signal aborted. Throws LinkError. */
export async function followSweep(id: string, settings: FollowSettings): Promise<SweepProgress | null> {
  const { connection, signal, patienceMs, onProgress, say } = settings;
  let failures = 0;
  let contactMs = performance.now();
  for (;;) {
    let error = new LinkError(
      "UNAVAILABLE",
      connection.address,
      `the coordinator at ${connection.address} stops`,
    );
    try {
      const last = await withSweeps(connection, async (client) => {
        for await (const progress of client.watch(id, signal)) {
          if (failures > 0) say(`the coordinator at ${connection.address} is back`);
          failures = 0;
          contactMs = performance.now();
          onProgress(progress);
          if (hasEnded(progress.state)) return progress;
        }
        return null;
      });
      if (last) return last;
    } catch (thrown) {
      if (!(thrown instanceof LinkError) || thrown.isPermanent) throw thrown;
      error = thrown;
    }
    if (signal.aborted) return null;
    if (performance.now() - contactMs > patienceMs) throw error;
    failures++;
    if (failures === 1) say(`${error.message}; trying again for ${patienceText(patienceMs)}`);
    await pause(backoffMs(failures, Math.random()), signal);
    if (signal.aborted) return null;
  }
}

/** Hands a sweep over; resolves to its id. With `retry` until it is reached. Throws LinkError. */
export async function submitSweep(
  options: unknown,
  retry: boolean,
  { connection, signal, say }: Pick<FollowSettings, "connection" | "signal" | "say">,
): Promise<string | null> {
  for (let failures = 1; ; failures++) {
    try {
      return await withSweeps(connection, (client) => client.submit(options));
    } catch (error) {
      if (!retry || !(error instanceof LinkError) || error.isPermanent) throw error;
      const delayMs = backoffMs(failures, Math.random());
      say(`${error.message}; trying again in ${(delayMs / 1000).toFixed(1)} s`);
      await pause(delayMs, signal);
      if (signal.aborted) return null;
    }
  }
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => {});
}

function patienceText(ms: number): string {
  return Number.isFinite(ms) ? `up to ${Math.round(ms / 60_000)} minutes` : "as long as it takes";
}
