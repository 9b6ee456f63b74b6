// `painters generate`: greedy text under any schedule of a model's layers.
import type { CommandModule } from "yargs";
import type { GenerateFlags } from "./local-generate.js";
import { kvHelp } from "./sweep-options.js";

const word = { string: true, requiresArg: true } as const;
const texts = { ...word, array: true, nargs: 1 } as const;

export const generateCommand: CommandModule<object, GenerateFlags> = {
  builder: (yargs) =>
    yargs
      .option("model", {
        ...word,
        describe: "Hugging Face checkpoint folder, imported model, or `demo` [default: demo]",
      })
      .option("prompt", { ...texts, describe: "What the text begins with; may be repeated [default: stdin]" })
      .option("schedule", {
        ...texts,
        describe:
          'A variant, "reverse(start=3)", or text, "0..4, mean(4..28), 28..32"; may be repeated [default: baseline]',
      })
      .option("max-tokens", { ...word, describe: "New tokens at most [default: 128]" })
      .option("stop", { ...texts, describe: "A text that ends it and is left out; may be repeated" })
      .option("kv", { ...word, describe: kvHelp })
      .option("store", { ...word, describe: "Folder of imported models" })
      .option("workers", { ...word, describe: "Worker processes on this machine [default: 1]" })
      .option("devices", { ...word, describe: "Compute threads of each worker [default: cores / workers]" })
      .option("threads-per-device", { ...word, describe: "Threads of one matrix product [default: 1]" })
      .option("batch-tokens", { ...word, describe: "Tokens of a micro-batch of prompts [default: 2048]" })
      .option("state-memory-mb", {
        ...word,
        describe: "Hidden states, keys and values a device may hold [default: 1024]",
      })
      .option("objective", {
        ...word,
        describe: "throughput: replicas, then pipelines; latency: merges spread over all [default: latency]",
      })
      .option("placement", {
        ...word,
        describe: "YAML file that says who holds what (README, Placement)",
      })
      .option("verbose", {
        boolean: true,
        describe: "Say on stderr what the coordinator and the workers do",
      })
      .option("json", { boolean: true, describe: "Print one JSON document and nothing else" })
      .example('$0 generate --prompt "Maya has the drum. Maya shows us the"', "the bundled demo as it is")
      .example(
        '$0 generate --model Llama-2-7b-hf --schedule baseline --schedule "parallel(start=12)" --prompt "The capital"',
        "two schedules, one after the other as they end",
      )
      .example(
        '$0 generate --schedule "loop_parallel(start=3,loops=3)" --workers 2 < prompt.txt',
        "from a file",
      )
      .epilogue(
        "Every new token is the likeliest one (greedy). Each application of a layer keeps keys and values of its own, so " +
          "what is generated is what computing everything anew for every token would give; with --kv paper it is what the " +
          "paper's own decoding gives, which is another thing for parallel and looped parallel schedules. A single text is printed as it " +
          "comes; of several, each when it is over. How long a token took, and a visit of a layer in it, is said on stderr.",
      ),
  handler: async (argv) => {
    const { generateLocally } = await import("./local-generate.js");
    return generateLocally(argv);
  },
};
