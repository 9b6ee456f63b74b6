// `painters status`: the sweeps a coordinator knows, and what it generates.
import type { CommandModule } from "yargs";
import type { SweepProgress } from "../../proto/sweep-words.js";
import { addConnectionFlags, type ConnectionFlags, readConnection, withSweeps } from "./connection.js";

interface StatusFlags extends ConnectionFlags {
  readonly json: boolean | undefined;
}

export const statusCommand: CommandModule<object, StatusFlags> = {
  builder: (yargs) =>
    addConnectionFlags(yargs)
      .option("json", { type: "boolean", describe: "Print one JSON document" })
      .example(
        "$0 status --coordinator 127.0.0.1:7070",
        "all sweeps, oldest first, then what is being generated",
      ),
  handler: async (flags) => {
    const connection = await readConnection(flags);
    const sweeps = await withSweeps(connection, (client) => client.list());
    connection.credentials.close();
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ coordinator: connection.address, sweeps }, null, 2)}\n`);
    } else process.stdout.write(statusTable(sweeps));
  },
};

function statusTable(sweeps: readonly SweepProgress[]): string {
  if (sweeps.length === 0) return "no sweeps yet; `painters sweep --coordinator` submits one\n";
  const cells = sweeps.map(({ id, state, recorded, total, etaSeconds, message }) => [
    id,
    state,
    total > 0 ? `${recorded}/${total}` : "",
    etaSeconds === null ? "" : `${Math.ceil(etaSeconds)} s`,
    message,
  ]);
  const rows = [["sweep", "state", "scores", "to go", ""], ...cells];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join("  ")
      .trimEnd(),
  );
  const workers = sweeps[0]!.workers;
  return `${lines.join("\n")}\n\n${workers} worker${workers === 1 ? "" : "s"} attached\n`;
}
