#!/usr/bin/env node
// The `painters` command: hands over to commands/, each loaded when it is named, and turns
// errors into messages and exit codes: 0 done, 1 failed while running, 2 the request was wrong.
import yargs, { type Argv, type CommandModule } from "yargs";
import { hideBin } from "yargs/helpers";

class UsageError extends Error {
  readonly exitCode = 2;
}

/** Loads the command only when it is the one that was named. */
function lazily<T>(
  command: string,
  describe: string,
  load: () => Promise<CommandModule<object, T>>,
): CommandModule<object, T> {
  return {
    command,
    describe,
    // Typed as if it were synchronous; parseAsync waits for it.
    builder: (async (argv: Argv) => {
      const { builder } = await load();
      return typeof builder === "function" ? builder(argv) : argv;
    }) as unknown as (argv: Argv) => Argv<T>,
    handler: async (argv) => (await load()).handler(argv),
  };
}

const parser = yargs(hideBin(process.argv))
  .scriptName("painters")
  .usage(
    "$0 COMMAND\n\n" +
      "Runs the layers of a frozen transformer in other orders (skipped, repeated, reversed,\n" +
      "shuffled, averaged in parallel, looped) over whole benchmark suites.",
  )
  .command(
    lazily(
      "sweep [file]",
      "Score tasks under many schedules of a model's layers",
      async () => (await import("./commands/sweep.js")).sweepCommand,
    ),
  )
  .command(
    lazily(
      "results [dir]",
      "Print what a sweep found, or fetch it from a coordinator",
      async () => (await import("./commands/results.js")).resultsCommand,
    ),
  )
  .command(
    lazily(
      "schedule <schedule>",
      "Check a schedule and write it out",
      async () => (await import("./commands/schedule.js")).scheduleCommand,
    ),
  )
  .command(
    lazily(
      "plan",
      "Say what a sweep costs and who would hold what, before anything runs",
      async () => (await import("./commands/plan.js")).planCommand,
    ),
  )
  .command(
    lazily(
      "import <checkpoint> <store>",
      "Convert a Hugging Face checkpoint to a model in the store",
      async () => (await import("./commands/import.js")).importCommand,
    ),
  )
  .command(
    lazily(
      "coordinator",
      "Serve workers and clients: a daemon with a queue of sweeps",
      async () => (await import("./commands/coordinator.js")).coordinatorCommand,
    ),
  )
  .command("worker", "Hold layers and compute for a coordinator; `painters worker --help`")
  .command(
    lazily(
      "status",
      "Say what sweeps a coordinator has",
      async () => (await import("./commands/status.js")).statusCommand,
    ),
  )
  .command(
    lazily(
      "watch <id>",
      "Follow a coordinator's sweep to its end",
      async () => (await import("./commands/watch.js")).watchCommand,
    ),
  )
  .command(
    lazily(
      "cancel <id>",
      "Stop a coordinator's sweep",
      async () => (await import("./commands/cancel.js")).cancelCommand,
    ),
  )
  .command(
    lazily(
      "certs <dir>",
      "Make the certificates of a cluster: a lab CA, coordinator, client, workers",
      async () => (await import("./commands/certs.js")).certsCommand,
    ),
  )
  .command(
    lazily(
      "doctor",
      "Say what this machine can run",
      async () => (await import("./commands/doctor.js")).doctorCommand,
    ),
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

// `painters ... | head -1` closes the pipe early: what is left to say is dropped, the work goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  // The worker's flags are its own.
  if (process.argv[2] === "worker") {
    const { runWorker } = await import("./commands/worker.js");
    process.exitCode = await runWorker(process.argv.slice(3));
  } else await parser.parseAsync();
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
