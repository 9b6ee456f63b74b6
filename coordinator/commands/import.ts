// `painters import`: converts a Hugging Face checkpoint for the store, once, so
// that workers can map its weights instead of loading them.
import type { CommandModule } from "yargs";
import { importCheckpoint } from "../../models/store/import-checkpoint.js";

interface ImportArguments {
  readonly checkpoint: string;
  readonly store: string;
  readonly json: boolean;
}

export const importCommand: CommandModule<object, ImportArguments> = {
  command: "import <checkpoint> <store>",
  describe: "Convert a Hugging Face checkpoint folder to a model in the store",
  builder: (yargs) =>
    yargs
      .positional("checkpoint", {
        type: "string",
        demandOption: true,
        describe: "Folder with config.json, *.safetensors and tokenizer.json",
      })
      .positional("store", { type: "string", demandOption: true, describe: "Folder of imported models" })
      .option("json", { type: "boolean", default: false, describe: "Print one JSON object" }),
  handler: async ({ checkpoint, store, json }) => {
    const progress = startProgress("importing");
    const { manifest, dir } = await importCheckpoint(checkpoint, store, {
      onProgress: progress.update,
    }).finally(progress.stop);
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

/** One line on a terminal's stderr; nothing where nobody watches. */
function startProgress(label: string): { update(done: number, total: number): void; stop(): void } {
  const { stderr } = process;
  let shown = -1;
  return {
    update(done, total) {
      const percent = Math.floor((100 * done) / total);
      if (!stderr.isTTY || percent === shown) return;
      shown = percent;
      stderr.write(`\r${label} ${percent} %`);
    },
    stop() {
      if (shown >= 0) stderr.write("\r\x1b[K");
    },
  };
}
