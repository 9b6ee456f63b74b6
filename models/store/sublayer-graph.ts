// The graph of half a layer over the layer's weights in the store: built when it
// is asked for, so models of the store need not be imported again.
import { architectureOf } from "../architectures/registry.js";
import { layoutFloat32 } from "../checkpoint/safetensors-writer.js";
import { partName, type Sublayer } from "../config.js";
import { sha256Of } from "./fingerprint.js";
import type { Manifest } from "./manifest.js";
import { StoreError } from "./store-error.js";

/**
 * The ONNX graph of `layer`'s attention or MLP, its weights referring to the store's files.
 * @throws StoreError for a model that another version laid out: where its weights lie is not known
 */
export function sublayerGraph(
  { config, parts, name }: Manifest,
  layer: number,
  sublayer: Sublayer,
): Uint8Array {
  const architecture = architectureOf(config);
  const part = partName({ layer });
  const layout = layoutFloat32(`${part}.safetensors`, architecture.tensors(config, { layer }));
  const stored = new Map(layout.entries.map((entry) => [entry.name, entry]));
  const tensor = (wanted: string) => stored.get(wanted)!;
  // The stored graph names every tensor's place, so one that is the same lies over the same layout.
  const whole = architecture.graph(config, { layer }, tensor);
  if (parts.find((each) => each.part === part)?.graph.sha256 !== sha256Of(whole)) {
    throw new StoreError(
      name,
      `${part} was laid out by another version of painters, its ${sublayer} cannot be computed; import the checkpoint again`,
    );
  }
  return architecture.graph(config, { layer, sublayer }, tensor);
}
