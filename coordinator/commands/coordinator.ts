// `painters coordinator`: a daemon that workers join and clients submit sweeps to.
import type { CommandModule } from "yargs";
import { addSecurityFlags, type SecurityFlags } from "./connection.js";
import { defaultStoreDir } from "./folders.js";

export interface CoordinatorFlags extends SecurityFlags {
  readonly listen: string;
  readonly state: string;
  readonly store: string;
  readonly data: string | undefined;
  readonly models: string | undefined;
  readonly metrics: string | undefined;
}

export const coordinatorCommand: CommandModule<object, CoordinatorFlags> = {
  builder: (yargs) =>
    addSecurityFlags(
      yargs
        .option("listen", {
          type: "string",
          requiresArg: true,
          default: "127.0.0.1:7070",
          describe: "HOST:PORT for workers and clients; port 0: any free one",
        })
        .option("state", {
          type: "string",
          requiresArg: true,
          demandOption: true,
          describe: "Folder of its ledger, its queue and the results; one coordinator at a time",
        })
        .option("store", {
          type: "string",
          requiresArg: true,
          default: defaultStoreDir(),
          describe: "Folder of imported models",
        })
        .option("models", {
          type: "string",
          requiresArg: true,
          describe: "Folder of checkpoint folders, which clients name by --model",
        })
        .option("data", {
          type: "string",
          requiresArg: true,
          describe: "Folder of the tasks' files, or of such folders, which clients name by --data",
        })
        .option("metrics", {
          type: "string",
          requiresArg: true,
          describe: "HOST:PORT for /metrics and /healthz",
        }),
    )
      .example("$0 coordinator --state state", "for this machine; then `painters worker`, `painters sweep`")
      .example(
        "$0 coordinator --listen 0.0.0.0:7070 --state /var/painters --models /models --data /data " +
          "--tls-ca tls/ca.crt --tls-cert tls/coordinator.crt --tls-key tls/coordinator.key --token-file token",
        "for others, who need a certificate of the same CA, and clients the token",
      )
      .epilogue(
        "Sweeps, and generations between them, run one at a time, in the order in which they came. Kill it at any moment: started again " +
          "with the same --state it goes on where the ledger stands, and its workers come back by themselves. " +
          "SIGTERM and SIGINT end it in order; unfinished sweeps stay in the queue, generations end.",
      ),
  handler: async (flags) => {
    const { runCoordinator } = await import("./coordinator-daemon.js");
    await runCoordinator(flags);
  },
};
