// `painters cancel`: stops a coordinator's sweep, whose records stay, or a generation.
import type { CommandModule } from "yargs";
import { addConnectionFlags, type ConnectionFlags, readConnection, withSweeps } from "./connection.js";

interface CancelFlags extends ConnectionFlags {
  readonly id: string;
  readonly json: boolean | undefined;
}

export const cancelCommand: CommandModule<object, CancelFlags> = {
  builder: (yargs) =>
    addConnectionFlags(
      yargs.positional("id", {
        type: "string",
        demandOption: true,
        describe: "Such as sweep-3 or generate-2",
      }),
    )
      .option("json", { type: "boolean", describe: "Print what became of it as one JSON document" })
      .example("$0 cancel sweep-3 --coordinator 127.0.0.1:7070", "whether it runs or waits"),
  handler: async (flags) => {
    const connection = await readConnection(flags);
    const progress = await withSweeps(connection, (client) => client.cancel(flags.id));
    connection.credentials.close();
    const { id, state, recorded, total } = progress;
    if (flags.json) process.stdout.write(`${JSON.stringify(progress)}\n`);
    else if (state === "running") process.stdout.write(`${id} ends when it is through with what it is at\n`);
    else if (state !== "cancelled") process.stdout.write(`${id} is not cancelled: it is ${state} already\n`);
    else {
      const kept = total > 0 ? `; ${recorded} of ${total} scores are in the coordinator's ledger` : "";
      process.stdout.write(`${id} is cancelled${kept}\n`);
    }
  },
};
