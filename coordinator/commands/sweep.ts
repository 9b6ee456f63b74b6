// `painters sweep`: model x schedules x tasks, on this machine or by a coordinator.
// Killed and started again, it goes on.
import type { CommandModule } from "yargs";
import { addConnectionFlags, type ConnectionFlags, refuseFlags } from "./connection.js";
import { addSweepFlags, readSweepOptions } from "./sweep-options.js";

export interface RemoteSweepFlags extends ConnectionFlags {
  readonly detach: boolean | undefined;
  readonly retry: boolean | undefined;
}

const remoteFlags = ["detach", "retry", "tls-ca", "tls-cert", "tls-key", "insecure", "token-file"];

export const sweepCommand: CommandModule = {
  builder: (yargs) =>
    addConnectionFlags(addSweepFlags(yargs))
      .option("detach", { boolean: true, describe: "With --coordinator: submit the sweep and leave" })
      .option("retry", { boolean: true, describe: "With --coordinator: keep trying until it is reached" })
      .example("$0 sweep", "the bundled demo over the paper's main variants")
      .example(
        "$0 sweep --model Llama-2-7b-hf --data DIR --tasks arc_easy,hellaswag --grid paper --out results/llama",
        "the paper's grid on your model",
      )
      .example(
        '$0 sweep --model Llama-2-7b-hf --data DIR --schedule "0..4, loop(3, mean(4..28)), 28..32" --schedule baseline',
        "one schedule of your own beside the full model",
      )
      .example(
        "$0 sweep --tasks arc_easy --schedule baseline --document-schedules chosen.jsonl",
        "every document under the schedule that the file gives it, as one row beside the full model",
      )
      .example(
        "$0 sweep --model bert-rte --data DIR --tasks rte",
        "a fine-tuned BERT on GLUE; with --classifier frozen any BERT, its classifier trained under each schedule",
      )
      .example("$0 sweep --workers 2", "with two worker processes on this machine")
      .example(
        "$0 sweep --coordinator 127.0.0.1:7070 --model Llama-2-7b-hf --tasks arc_easy",
        "by a coordinator, which knows the model and the data by these names",
      )
      .epilogue(
        "Every score is in a ledger (OUT/ledger.sqlite, or the coordinator's) the moment it is computed: stop or kill " +
          "a sweep at any time, and the same command computes only what is missing. With --coordinator, Ctrl-C " +
          "leaves the sweep running. Schedules: `painters schedule --help`.",
      ),
  handler: async (argv) => {
    const flags = argv as unknown as RemoteSweepFlags;
    if (flags.coordinator !== undefined) {
      const { sweepRemotely } = await import("./remote-sweep.js");
      return sweepRemotely(argv, flags);
    }
    refuseFlags(argv, remoteFlags, "goes with --coordinator HOST:PORT");
    const options = await readSweepOptions(argv);
    const { sweepLocally } = await import("./local-sweep.js");
    return sweepLocally(options);
  },
};
