// Whether a folder's model is an encoder, from its config alone: known before
// an import that may take minutes.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { architectureNamed, architectureOf } from "../architectures/registry.js";
import { readConfigJson } from "../checkpoint/checkpoint.js";
import { MANIFEST, readManifest } from "./manifest-file.js";

/** @returns false too where it cannot be told: opening the model says what is wrong */
export async function isEncoderFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(join(path, MANIFEST)).catch(() => null)) !== null) {
      const { config } = await readManifest(path);
      return architectureOf(config).inputForm(config).kind === "bidirectional";
    }
    const json = await readConfigJson(path);
    const architecture = architectureNamed(json);
    return architecture.inputForm(architecture.readConfig(json)).kind === "bidirectional";
  } catch {
    return false;
  }
}
