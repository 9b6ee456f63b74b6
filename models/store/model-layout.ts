// Which files a model has in the store, and what lies where in them: all that
// follows from the config alone, before a weight is read.
import { architectureOf } from "../architectures/registry.js";
import type { TensorEntry } from "../checkpoint/safetensors.js";
import { type Float32Layout, layoutFloat32 } from "../checkpoint/safetensors-writer.js";
import { type ModelConfig, type Part, partName } from "../config.js";

export interface PartLayout {
  /** partName(part) */
  readonly part: string;
  readonly graphFile: string;
  readonly graph: Uint8Array;
  readonly weightsFile: string;
  /** Null where every tensor lies in an earlier part's file: a tied head without a norm. */
  readonly weights: Float32Layout | null;
}

/** The parts in the order that hidden states take: embed, the layers, head. */
export function partsOf(config: ModelConfig): readonly Part[] {
  const layers = Array.from({ length: config.layerCount }, (_, layer) => ({ layer }));
  return ["embed", ...layers, "head"];
}

/** The names of all tensors that a model of the store holds. */
export function storedTensors(config: ModelConfig): ReadonlySet<string> {
  const architecture = architectureOf(config);
  return new Set(
    partsOf(config).flatMap((part) => architecture.tensors(config, part).map(({ name }) => name)),
  );
}

/** A tensor that several parts need is stored with the first and referred to by the others. */
export function layoutModel(config: ModelConfig): readonly PartLayout[] {
  const architecture = architectureOf(config);
  const stored = new Map<string, TensorEntry>();
  return partsOf(config).map((part) => {
    const name = partName(part);
    const weightsFile = `${name}.safetensors`;
    const own = architecture.tensors(config, part).filter((tensor) => !stored.has(tensor.name));
    const weights = own.length > 0 ? layoutFloat32(weightsFile, own) : null;
    for (const entry of weights?.entries ?? []) stored.set(entry.name, entry);
    const graph = architecture.graph(config, part, (tensor) => {
      const entry = stored.get(tensor);
      if (!entry) throw new Error(`${name}'s graph asks for ${tensor}, which its list of tensors lacks`);
      return entry;
    });
    return { part: name, graphFile: `${name}.onnx`, graph, weightsFile, weights };
  });
}
