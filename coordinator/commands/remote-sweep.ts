// A sweep by a coordinator, seen from the client: submit, follow, fetch the results
// and print them as a local sweep does. Leaving does not stop it.
import { readSummary } from "../results/summary-file.js";
import { type ConnectionFlags, connectionWords, readConnection, withSweeps } from "./connection.js";
import { defaultPatienceMs, followSweep, submitSweep } from "./follow-sweep.js";
import { saveResultFiles } from "./result-files.js";
import { localOptionNames, toSubmit } from "./submitted-sweep.js";
import type { RemoteSweepFlags } from "./sweep.js";
import { readSweepOptions } from "./sweep-options.js";
import { showSummary } from "./sweep-report.js";
import { SweepView } from "./sweep-view.js";

/** The sweep came to no results. */
export class RemoteSweepError extends Error {
  override readonly name = "RemoteSweepError";
  readonly exitCode = 1;
}

/** The client left; the sweep goes on. */
export class DetachedError extends Error {
  override readonly name = "DetachedError";
  readonly exitCode = 1;
}

export async function sweepRemotely(
  argv: Readonly<Record<string, unknown>>,
  flags: RemoteSweepFlags,
): Promise<void> {
  const options = await readSweepOptions(argv, {
    names: localOptionNames,
    why: "is for sweeps on this machine; with --coordinator its workers decide that",
  });
  const submitted = await toSubmit(options);
  const connection = await readConnection(flags);
  const retry = flags.retry ?? false;
  const tell = (text: string): void => void process.stderr.write(`painters: ${text}\n`);
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  process.once("SIGINT", leave).once("SIGTERM", leave);
  const view = new SweepView(tell);
  try {
    const reach = { connection, signal: leaving.signal, say: tell };
    const id = await submitSweep(submitted, retry, reach);
    if (id === null)
      throw new DetachedError("the sweep was not submitted: the coordinator was never reached");
    if (!options.json) process.stdout.write(`${id} is submitted to ${connection.address}\n`);
    if (flags.detach) {
      if (options.json) process.stdout.write(`${JSON.stringify({ id, coordinator: connection.address })}\n`);
      else process.stdout.write(`${howToGoOn(id, flags)}\n`);
      return;
    }
    const end = await followSweep(id, {
      ...reach,
      patienceMs: retry ? Number.POSITIVE_INFINITY : defaultPatienceMs,
      onProgress: (progress) => view.show(progress),
    });
    view.stop();
    if (!end) throw new DetachedError(`left; ${id} goes on.\n${howToGoOn(id, flags)}`);
    if (end.state !== "done") throw new RemoteSweepError(whyNoResults(end));
    if (!options.json) process.stdout.write(`${end.message}\n\n`);
    await withSweeps(connection, (client) => saveResultFiles(client.results(id), options.out));
    showSummary(await readSummary(options.out), options);
  } finally {
    view.stop();
    process.off("SIGINT", leave).off("SIGTERM", leave);
    connection.credentials.close();
  }
}

export function whyNoResults({
  id,
  state,
  message,
  recorded,
  total,
}: Parameters<SweepView["show"]>[0]): string {
  const kept = total > 0 ? `; ${recorded} of ${total} scores are in the coordinator's ledger` : "";
  return state === "cancelled" ? `${id} was cancelled${kept}` : `${id} failed: ${message}${kept}`;
}

function howToGoOn(id: string, flags: ConnectionFlags): string {
  const words = connectionWords(flags);
  return [
    `  painters watch ${id} ${words}`,
    `  painters results ${id} ${words} --out DIR`,
    `  painters cancel ${id} ${words}`,
  ].join("\n");
}
