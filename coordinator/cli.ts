#!/usr/bin/env node
// The `painters` command: hands over to commands/, each loaded when it is named, and turns
// errors into messages and exit codes: 0 done, 1 failed while running, 2 the request was wrong.
import yargs, { type Argv, type CommandModule } from "yargs";
import { hideBin } from "yargs/helpers";

class UsageError extends Error {
  readonly exitCode = 2;
}

interface LazyCommand {
  readonly command: string;
  readonly describe: string;
  /** With its flags and its handler. */
  readonly add: (parser: Argv) => Promise<void>;
}

function lazily<T>(
  command: string,
  describe: string,
  load: () => Promise<CommandModule<object, T>>,
): LazyCommand {
  const add = async (parser: Argv): Promise<void> => {
    parser.command({ ...(await load()), command, describe });
  };
  return { command, describe, add };
}

const commands: readonly LazyCommand[] = [
  lazily(
    "sweep [file]",
    "Score tasks under many schedules of a model's layers",
    async () => (await import("./commands/sweep.js")).sweepCommand,
  ),
  lazily(
    "results [dir]",
    "Print what a sweep found, or fetch it from a coordinator",
    async () => (await import("./commands/results.js")).resultsCommand,
  ),
  lazily(
    "similarity",
    "Compare the hidden states between a model's layers, under any schedule",
    async () => (await import("./commands/similarity.js")).similarityCommand,
  ),
  lazily(
    "generate",
    "Generate text greedily under any schedule of a model's layers",
    async () => (await import("./commands/generate.js")).generateCommand,
  ),
  lazily(
    "report [dir]",
    "Draw what a sweep found: report.html, or one figure as SVG",
    async () => (await import("./commands/report.js")).reportCommand,
  ),
  lazily(
    "schedule <schedule>",
    "Check a schedule and write it out",
    async () => (await import("./commands/schedule.js")).scheduleCommand,
  ),
  lazily(
    "plan",
    "Count what a sweep would compute, and who would compute it, without loading anything",
    async () => (await import("./commands/plan.js")).planCommand,
  ),
  lazily(
    "import <checkpoint> <store>",
    "Convert a Hugging Face checkpoint folder to a model in the store",
    async () => (await import("./commands/import.js")).importCommand,
  ),
  lazily(
    "coordinator",
    "Serve workers and clients: a daemon with a queue of sweeps",
    async () => (await import("./commands/coordinator.js")).coordinatorCommand,
  ),
  lazily(
    "worker",
    "Hold layers and compute for a coordinator; `painters worker --help`",
    async () => (await import("./commands/worker.js")).workerCommand,
  ),
  lazily(
    "status",
    "Say what sweeps and generations a coordinator has",
    async () => (await import("./commands/status.js")).statusCommand,
  ),
  lazily(
    "watch <id>",
    "Follow a coordinator's sweep to its end",
    async () => (await import("./commands/watch.js")).watchCommand,
  ),
  lazily(
    "cancel <id>",
    "Stop a coordinator's sweep or generation",
    async () => (await import("./commands/cancel.js")).cancelCommand,
  ),
  lazily(
    "certs <dir>",
    "Make the certificates of a cluster: a lab CA, coordinator, client and workers",
    async () => (await import("./commands/certs.js")).certsCommand,
  ),
  lazily(
    "doctor",
    "Say what this machine can run",
    async () => (await import("./commands/doctor.js")).doctorCommand,
  ),
];

const words = hideBin(process.argv);
const parser = yargs(words)
  .scriptName("painters")
  .usage(
    "$0 COMMAND\n\n" +
      "Runs the layers of a frozen transformer in other orders (skipped, repeated, reversed,\n" +
      "shuffled, averaged in parallel, looped) over whole benchmark suites.",
  )
  .example("$0 sweep", "sweep the bundled demo over the paper's main variants")
  .example(
    '$0 sweep --model DIR --data DIR --tasks arc_easy --schedule "reverse(start=8)"',
    "one variant of your model",
  )
  .demandCommand(1, "name a command; `painters --help` lists them")
  .recommendCommands()
  .strict()
  .wrap(Math.min(100, process.stdout.columns || 100))
  .fail((message, error, parsing) => {
    // A YError is yargs' own, such as a flag without its argument.
    if (error && error.name !== "YError") throw error;
    parsing.showHelp("error");
    throw new UsageError(message);
  })
  .exitProcess(false);

interface HelpCaching {
  getInternalMethods(): { getUsageInstance(): { cacheHelpMessage: () => void } };
}

// yargs lays out a command's whole help while running it, a tenth of a start, in case someone asks later; nobody does.
(parser as unknown as HelpCaching).getInternalMethods().getUsageInstance().cacheHelpMessage = () => {};

// `painters ... | head -1` closes the pipe early: what is left to say is dropped, the work goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  for (const { command, describe, add } of commands) {
    if (words.includes(command.split(" ")[0]!)) await add(parser);
    else parser.command(command, describe);
  }
  // The worker's flags are its own, --help too.
  if (words[0] === "worker") parser.help(false).version(false);
  await parser.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Errors that carry an exit code are for the user; any other is a bug and shows where it came from. */
function report(error: unknown): number {
  if (error instanceof Error && "exitCode" in error && typeof error.exitCode === "number") {
    process.stderr.write(`painters: ${error.message}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`painters: this is a bug, please report it:\n${stack}\n`);
  return 1;
}
