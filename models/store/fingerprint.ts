// A model's identity: what it computes and nothing else. Neither its name nor
// its tokenizer counts, nor the dtype of the checkpoint it came from.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { ModelConfig } from "../config.js";
import { canonicalJson } from "./canonical-json.js";

/** sha256 over the config and every weights file's sha256, by part. */
export function fingerprintOf(
  config: ModelConfig,
  weights: readonly { readonly part: string; readonly sha256: string }[],
): string {
  return sha256Of(canonicalJson({ config, weights }));
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 4 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}
