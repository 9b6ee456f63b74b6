// Picks the architecture by config.json, or by a config already read.
import type { ModelConfig } from "../config.js";
import type { Architecture } from "./architecture.js";
import { bert } from "./bert.js";
import { llama } from "./llama.js";
import { neox } from "./neox.js";
import { UnsupportedConfigError } from "./unsupported.js";

const ARCHITECTURES = { llama, neox, bert } satisfies Record<ModelConfig["architecture"], Architecture>;

const ALL: readonly Architecture[] = Object.values(ARCHITECTURES);

/** What `architectures` of config.json may say. */
export function architectureNames(): readonly string[] {
  return ALL.flatMap(({ names }) => names);
}

/**
 * The architecture that `architectures[0]` of config.json names.
 * @throws UnsupportedConfigError listing what is supported
 */
export function architectureNamed(json: Readonly<Record<string, unknown>>): Architecture {
  const names: readonly unknown[] = Array.isArray(json.architectures) ? json.architectures : [];
  const found = ALL.find((architecture) => architecture.names.some((name) => name === names[0]));
  if (found) return found;
  const supported = architectureNames().join(", ");
  // Many a BERT on the hub, bert-large-uncased too, is saved with the head it was trained with.
  const toBert = /^Bert/.test(String(names[0]))
    ? `; make a BertModel of it: python -c "from transformers import BertModel as M; M.from_pretrained('FROM').save_pretrained('TO')"`
    : "";
  throw new UnsupportedConfigError(
    "architectures",
    json.architectures,
    `supported are ${supported}${toBert}`,
  );
}

/** The architecture that `config` was read by. */
export function architectureOf(config: ModelConfig): Architecture {
  return ARCHITECTURES[config.architecture];
}
