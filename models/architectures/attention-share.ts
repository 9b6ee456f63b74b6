// What a layer's attention costs of the whole layer: what placement and
// predictions weigh halves of layers by.
import type { ModelConfig } from "../config.js";
import { architectureOf } from "./registry.js";

/** The share of a layer's matrices, in numbers, that its attention multiplies by. From 0 to 1. */
export function attentionShareOf(config: ModelConfig): number {
  const architecture = architectureOf(config);
  const layout = new Map(architecture.tensors(config, { layer: 0 }).map((tensor) => [tensor.name, tensor]));
  let attention = 0;
  const used = new Set<string>();
  // Whatever the graph asks for is what it computes with.
  architecture.graph(config, { layer: 0, sublayer: "attn" }, (name) => {
    used.add(name);
    return { ...layout.get(name)!, file: "layer", offset: 0, bytes: 0 };
  });
  let all = 0;
  for (const { name, shape } of layout.values()) {
    const [rows, columns] = shape;
    if (columns === undefined) continue;
    all += rows! * columns;
    if (used.has(name)) attention += rows! * columns;
  }
  return attention / all;
}
