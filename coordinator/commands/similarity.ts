// `painters similarity`: how alike the hidden states between a model's layers are,
// under any schedule, and those states themselves.
import type { CommandModule } from "yargs";
import type { SimilarityFlags } from "./local-similarity.js";
import { machineFlags, modelFlag, runFlags, scheduleFlag, texts, word } from "./run-flags.js";

export const similarityCommand: CommandModule<object, SimilarityFlags> = {
  builder: (yargs) =>
    yargs
      .options(modelFlag)
      .option("data", { ...word, describe: "Folder of the tasks' files, as published on the hub" })
      .option("task", { ...word, describe: "Whose documents are read [default: lambada_openai]" })
      .option("limit", { ...word, describe: "First N documents, or a fraction below 1 [default: 100]" })
      .options(scheduleFlag)
      .option("capture", {
        ...texts,
        describe:
          "Write hidden states to OUT/states.safetensors: the inputs of these layers, and `out`, the last output; for example 4,8,out",
      })
      .option("harness", {
        ...word,
        describe: "lm-evaluation-harness to tokenise like: 262f879 (no BOS) or current [default: current]",
      })
      .option("out", { ...word, describe: "Results folder [default: results]" })
      .options(machineFlags)
      .option("batch-tokens", { ...word, describe: "Tokens of a micro-batch [default: 2048]" })
      .option("state-memory-mb", {
        ...word,
        describe: "Hidden states a device may hold; comparing holds all of a document's [default: 1024]",
      })
      .options(runFlags)
      .option("json", { boolean: true, describe: "Print similarity.json and nothing else" })
      .example("$0 similarity", "the bundled demo, every layer's input with every other's")
      .example(
        "$0 similarity --model Llama-2-7b-hf --data DIR --out results/llama",
        "the paper's figure: LAMBADA, first 100 documents",
      )
      .example(
        '$0 similarity --schedule baseline --schedule "parallel(start=3)" --task arc_easy --workers 2',
        "two schedules, other texts, two worker processes",
      )
      .example("$0 similarity --limit 10 --capture 4,8,out", "with hidden states as tensors")
      .epilogue(
        "Compared are the inputs of all layer applications in the order of the schedule, and the last output " +
          "before the final norm: layers + 1 states of a plain model. Layers side by side read one state, which " +
          "counts once; within a branch the states between its layers count. A document is one text, the request of " +
          "its right answer; its states are flattened over its own tokens, without padding, and the cosines are " +
          "averaged over documents. norm is the mean L2 norm of a token, variance the mean variance over hidden units.\n\n" +
          "Writes similarity.json, similarity.csv (a line a pair) and similarity-states.csv into OUT. Nothing is kept " +
          "of a run that is stopped.",
      ),
  handler: async (argv) => {
    const { measureLocally } = await import("./local-similarity.js");
    return measureLocally(argv);
  },
};
