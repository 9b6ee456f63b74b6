#!/usr/bin/env node
// The `painters` command: hands over to commands/ and turns errors into messages
// and exit codes: 0 done, 1 failed while running, 2 the request was wrong.
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { doctorCommand } from "./commands/doctor.js";
import { importCommand } from "./commands/import.js";
import { planCommand } from "./commands/plan.js";
import { resultsCommand } from "./commands/results.js";
import { scheduleCommand } from "./commands/schedule.js";
import { sweepCommand } from "./commands/sweep.js";

const parser = yargs(hideBin(process.argv))
  .scriptName("painters")
  .usage(
    "$0 COMMAND\n\n" +
      "Runs the layers of a frozen transformer in other orders (skipped, repeated, reversed,\n" +
      "shuffled, averaged in parallel, looped) over whole benchmark suites.",
  )
  .command(sweepCommand)
  .command(resultsCommand)
  .command(scheduleCommand)
  .command(planCommand)
  .command(importCommand)
  .command(doctorCommand)
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

class UsageError extends Error {
  readonly exitCode = 2;
}

// `painters ... | head -1` closes the pipe early: what is left to say is dropped, the work goes on.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
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
