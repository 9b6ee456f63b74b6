// `painters import`: converts a Hugging Face checkpoint for the store, once, so
// that workers can map its weights instead of loading them.
import type { CommandModule } from "yargs";
import { importCheckpoint } from "../../models/store/import-checkpoint.js";
import { startProgress } from "./progress.js";

interface ImportArguments {
  readonly checkpoint: string;
  readonly store: string;
  readonly json: boolean;
}

export const importCommand: CommandModule<object, ImportArguments> = {
  builder: (yargs) =>
    yargs
      .positional("checkpoint", {
        type: "string",
        demandOption: true,
        describe: "Folder with config.json, *.safetensors and tokenizer.json",
      })
      .positional("store", { type: "string", demandOption: true, describe: "Folder of imported models" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON object" })
      .example(
        "$0 import Llama-2-7b-hf models",
        "ready to be swept, as --model models/NAME, which is printed",
      ),
  handler: async ({ checkpoint, store, json }) => {
    const progress = startProgress("importing", 100, "%");
    const { manifest, dir } = await importCheckpoint(checkpoint, store, {
      onProgress: (done, total) => progress.update(Math.floor((100 * done) / total)),
    }).finally(() => progress.stop());
    const bytes = manifest.parts.reduce(
      (sum, { graph, weights }) => sum + graph.bytes + (weights?.bytes ?? 0),
      0,
    );
    const { fingerprint, name, parameterCount, sourceDtype } = manifest;
    if (json) {
      console.log(JSON.stringify({ dir, name, fingerprint, parameterCount, bytes, sourceDtype }));
      return;
    }
    console.log(`${name} is in ${dir}`);
    console.log(`fingerprint  ${fingerprint}`);
    console.log(`parameters   ${parameterCount.toLocaleString("en")} (${sourceDtype} in the checkpoint)`);
    console.log(`size         ${bytes.toLocaleString("en")} bytes as float32`);
  },
};
