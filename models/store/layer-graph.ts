// Graphs of a layer besides the stored one, over the layer's weights in the store: its halves, and those that work with
// keys and values that were kept. Built when they are asked for, so models of the store need not be imported again.
import { architectureOf } from "../architectures/registry.js";
import { layoutFloat32 } from "../checkpoint/safetensors-writer.js";
import { type GraphPart, partName } from "../config.js";
import { sha256Of } from "./fingerprint.js";
import type { Manifest } from "./manifest.js";
import { StoreError } from "./store-error.js";

/**
 * The ONNX graph of a part of a layer, its weights referring to the store's files.
 * @throws StoreError for a model that another version laid out: where its weights lie is not known
 */
export function layerGraph(
  { config, parts, name }: Manifest,
  wanted: Exclude<GraphPart, string>,
): Uint8Array {
  const architecture = architectureOf(config);
  const { layer } = wanted;
  const part = partName({ layer });
  const layout = layoutFloat32(`${part}.safetensors`, architecture.tensors(config, { layer }));
  const stored = new Map(layout.entries.map((entry) => [entry.name, entry]));
  const tensor = (tensorName: string) => stored.get(tensorName)!;
  // The stored graph names every tensor's place, so one that is the same lies over the same layout.
  const whole = architecture.graph(config, { layer }, tensor);
  if (parts.find((each) => each.part === part)?.graph.sha256 !== sha256Of(whole)) {
    throw new StoreError(
      name,
      `${part} was laid out by another version of painters, its ${wanted.sublayer ?? wanted.cached} cannot be computed; import the checkpoint again`,
    );
  }
  return architecture.graph(config, wanted, tensor);
}
