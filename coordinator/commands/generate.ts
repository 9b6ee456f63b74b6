// `painters generate`: greedy text under any schedule of a model's layers.
import type { CommandModule } from "yargs";
import { addConnectionFlags, type ConnectionFlags } from "./connection.js";
import type { GenerateFlags } from "./generate-request.js";
import { machineFlags, modelFlag, runFlags, scheduleFlag, texts, word } from "./run-flags.js";
import { kvHelp } from "./sweep-options.js";

export const generateCommand: CommandModule<object, GenerateFlags & ConnectionFlags> = {
  builder: (yargs) =>
    addConnectionFlags(
      yargs
        .options(modelFlag)
        .option("prompt", {
          ...texts,
          describe: "What the text begins with; may be repeated [default: stdin]",
        })
        .options(scheduleFlag)
        .option("max-tokens", { ...word, describe: "New tokens at most [default: 128]" })
        .option("stop", { ...texts, describe: "A text that ends it and is left out; may be repeated" })
        .option("kv", { ...word, describe: kvHelp })
        .options(machineFlags)
        .option("batch-tokens", { ...word, describe: "Tokens of a micro-batch of prompts [default: 2048]" })
        .option("state-memory-mb", {
          ...word,
          describe: "Hidden states, keys and values a device may hold [default: 1024]",
        })
        .option("objective", {
          ...word,
          describe:
            "throughput: replicas, then pipelines; latency: merges spread over all [default: latency]",
        })
        .options(runFlags)
        .option("json", { boolean: true, describe: "Print one JSON document and nothing else" }),
    )
      .example('$0 generate --prompt "Maya has the drum. Maya shows us the"', "the bundled demo as it is")
      .example(
        '$0 generate --model Llama-2-7b-hf --schedule baseline --schedule "parallel(start=12)" --prompt "The capital"',
        "two schedules, one after the other as they end",
      )
      .example(
        '$0 generate --schedule "loop_parallel(start=3,loops=3)" --workers 2 < prompt.txt',
        "from a file",
      )
      .example(
        '$0 generate --coordinator 127.0.0.1:7070 --model Llama-2-7b-hf --prompt "The capital of"',
        "by a coordinator, which knows the model by this name",
      )
      .epilogue(
        "Every new token is the likeliest one (greedy). Each application of a layer keeps keys and values of its own, so " +
          "what is generated is what computing everything anew for every token would give; with --kv paper it is what the " +
          "paper's own decoding gives, which is another thing for parallel and looped parallel schedules. A single text is printed as it " +
          "comes; of several, each when it and those before it are over. How long a token took, and a visit of a layer in it, is said on stderr. " +
          "With --coordinator the texts stand in line with its sweeps; leaving ends them, and nothing is kept.",
      ),
  handler: async (argv) => {
    const { runGenerate } = await import("./run-generate.js");
    return runGenerate(argv);
  },
};
