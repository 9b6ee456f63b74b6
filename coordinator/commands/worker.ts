// `painters worker`: starts the worker's own process with the same arguments, hands
// signals on and ends as it ends. Coordinator and worker share no code but the wire.
import { once } from "node:events";
import os from "node:os";
import type { CommandModule } from "yargs";
import { startWorker } from "../cluster/worker-process.js";

export const workerCommand: CommandModule = {
  // Flags are checked where they are read.
  builder: (yargs) =>
    yargs
      .strict(false)
      .strictOptions(false)
      .strictCommands(false)
      .parserConfiguration({ "unknown-options-as-args": true }),
  handler: async () => {
    process.exitCode = await runWorker(process.argv.slice(process.argv.indexOf("worker") + 1));
  },
};

/** Resolves to its exit code. */
async function runWorker(args: readonly string[]): Promise<number> {
  // By the fourth channel it hears when this process is no more.
  const child = startWorker(args, ["inherit", "inherit", "inherit", "ipc"]);
  const signals: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 1 : os.constants.signals[signal]);
}
