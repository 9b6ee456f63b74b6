// The bundled demo, as it lies in the package: a small Llama trained on a made-up world
// (training/README.md) and the world's task files.
import { fileURLToPath } from "node:url";

function bundled(folder: string): string {
  return fileURLToPath(new URL(`../../../models/demo/${folder}`, import.meta.url));
}

export const demo = {
  /** A Hugging Face checkpoint folder. */
  checkpointDir: bundled("painters-demo"),
  /** Task files, as `--data` takes them. */
  dataDir: bundled("data"),
} as const;
