// What generating holds of a model besides hidden states.
import type { ModelConfig } from "../../models/config.js";

/** Keys and values of one token in one visit of a layer, float32. */
export function cacheBytesPerToken(config: ModelConfig): number {
  switch (config.architecture) {
    case "llama":
      return 2 * 4 * config.kvHeadCount * config.headSize;
    case "neox":
      return 2 * 4 * config.headCount * config.headSize;
    case "bert":
      throw new Error("an encoder generates nothing");
  }
}
