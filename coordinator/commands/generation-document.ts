// A prompt as the dispatcher sees it: one row, and how it goes on.
import type { ModelConfig } from "../../models/config.js";
import { blockTokens } from "../../models/runtime/key-value-cache.js";
import type { RowDocument } from "../cluster/dispatch.js";
import type { Generation } from "../suites/generation.js";

export function generationDocument(
  { prompt, maxTokens, isOver }: Generation,
  config: ModelConfig,
): RowDocument {
  return {
    rows: [{ tokens: prompt, prefixLength: prompt.length, branchLengths: [], scored: [] }],
    generation: {
      maxTokens,
      cacheBytesPerToken: cacheBytesPerToken(config),
      cacheBlockTokens: blockTokens,
      isOver,
    },
  };
}

/** Keys and values of one token in one visit of a layer, float32. */
function cacheBytesPerToken(config: ModelConfig): number {
  switch (config.architecture) {
    case "llama":
      return 2 * 4 * config.kvHeadCount * config.headSize;
    case "neox":
      return 2 * 4 * config.headCount * config.headSize;
    case "bert":
      throw new Error("an encoder generates nothing");
  }
}
