// `painters results` alone, without the other commands beside it: its arguments are this process's.
import yargs from "yargs";
import { resultsCommand } from "../../coordinator/commands/results.js";

try {
  await yargs(["results", ...process.argv.slice(2)])
    .command({ ...resultsCommand, command: "results [dir]" })
    .strict()
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? Object.assign(new Error(message), { exitCode: 2 });
    })
    .parseAsync();
} catch (error) {
  if (!(error instanceof Error) || !("exitCode" in error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = Number(error.exitCode);
}
