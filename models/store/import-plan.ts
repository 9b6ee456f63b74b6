// What an import will write, as plain data: the checkpoint's tensors matched
// against what its config implies. A checkpoint that does not fit is refused here.
import type { Architecture } from "../architectures/architecture.js";
import { architectureNamed } from "../architectures/registry.js";
import type { Checkpoint } from "../checkpoint/checkpoint.js";
import { CheckpointError } from "../checkpoint/checkpoint-error.js";
import { isWideningDtype, type WideningDtype } from "../checkpoint/float32-stream.js";
import type { TensorEntries, TensorEntry } from "../checkpoint/safetensors.js";
import type { ModelConfig } from "../config.js";
import { layoutModel, type PartLayout } from "./model-layout.js";

export interface ImportPlan {
  readonly config: ModelConfig;
  readonly parts: readonly PartImport[];
  /** Pairs that must hold the same values: a tied head that is stored all the same. */
  readonly copies: readonly { readonly copy: TensorEntry; readonly original: TensorEntry }[];
  /** The dtype of most parameters. */
  readonly sourceDtype: WideningDtype;
  readonly parameterCount: number;
  /** Of all weights files. */
  readonly weightBytes: number;
}

export interface PartImport extends PartLayout {
  /** Where the weights come from, in the layout's order. */
  readonly sources: readonly TensorEntry[];
}

/**
 * Plans the import of a checkpoint.
 * @throws CheckpointError naming the tensor, UnsupportedConfigError naming the key
 */
export function planImport(checkpoint: Checkpoint): ImportPlan {
  const architecture = architectureNamed(checkpoint.config);
  const tensors = canonicallyNamed(checkpoint, architecture);
  const read = architecture.readConfig(checkpoint.config);
  const config = architecture.completeConfig?.(read, (name) => tensors.has(name)) ?? read;
  const parts = layoutModel(config).map((part) => ({
    ...part,
    sources: (part.weights?.entries ?? []).map((entry) => findTensor(checkpoint.dir, tensors, entry)),
  }));
  const sources = parts.flatMap((part) => part.sources);
  const needed = new Map(
    parts.flatMap(({ weights, sources: own }) =>
      (weights?.entries ?? []).map(({ name }, i) => [name, own[i]!] as const),
    ),
  );

  const copies: ImportPlan["copies"][number][] = [];
  const copyNames = architecture.copies?.(config) ?? new Map<string, string>();
  for (const [name, tensor] of tensors) {
    const original = needed.get(copyNames.get(name) ?? "");
    if (original) {
      const { shape } = original;
      copies.push({ copy: findTensor(checkpoint.dir, tensors, { name, shape }), original });
    } else if (!needed.has(name) && !architecture.ignoredTensors?.test(name)) {
      throw new CheckpointError(
        tensor.file,
        `holds tensor ${tensor.name}, for which a ${architecture.names[0]} with this config.json has no use; one of the two is wrong`,
      );
    }
  }
  const counts = countByDtype(sources);
  return {
    config,
    parts,
    copies,
    sourceDtype: [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "F32",
    parameterCount: [...counts.values()].reduce((sum, parameters) => sum + parameters, 0),
    weightBytes: parts.reduce((sum, part) => sum + (part.weights?.fileBytes ?? 0), 0),
  };
}

/** The checkpoint's tensors by the names that the architecture uses. */
function canonicallyNamed({ tensors }: Checkpoint, { canonicalName }: Architecture): TensorEntries {
  const renamed = new Map<string, TensorEntry>();
  for (const [name, tensor] of tensors) {
    const canonical = canonicalName?.(name) ?? name;
    const other = renamed.get(canonical);
    if (other) {
      throw new CheckpointError(tensor.file, `holds ${other.name} and ${name}, which are the same tensor`);
    }
    renamed.set(canonical, tensor);
  }
  return renamed;
}

function findTensor(
  dir: string,
  tensors: TensorEntries,
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
): TensorEntry {
  const tensor = tensors.get(name);
  if (!tensor) {
    throw new CheckpointError(
      dir,
      `tensor ${name} is missing, config.json implies one of shape [${shape.join(", ")}]`,
    );
  }
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, i) => size !== shape[i])) {
    throw new CheckpointError(
      tensor.file,
      `tensor ${name} has shape [${tensor.shape.join(", ")}], config.json implies [${shape.join(", ")}]`,
    );
  }
  if (!isWideningDtype(tensor.dtype)) {
    throw new CheckpointError(
      tensor.file,
      `tensor ${name} is ${tensor.dtype}; weights must be F32, F16 or BF16, so save the model in one of these`,
    );
  }
  return tensor;
}

function countByDtype(tensors: readonly TensorEntry[]): ReadonlyMap<WideningDtype, number> {
  const counts = new Map<WideningDtype, number>();
  for (const { dtype, shape } of tensors) {
    if (!isWideningDtype(dtype)) continue;
    counts.set(dtype, (counts.get(dtype) ?? 0) + shape.reduce((product, size) => product * size, 1));
  }
  return counts;
}
