// Writes a seeded random checkpoint as Hugging Face lays one out, with the
// byte tokenizer: tests and benchmarks of any shape run on such.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { TensorSpec } from "../../models/architectures/architecture.js";
import { architectureNamed } from "../../models/architectures/registry.js";
import { layoutFloat32, writeSafetensors } from "../../models/checkpoint/safetensors-writer.js";
import { RandomSource } from "../../models/demo/random-source.js";
import { byteTokenizer } from "./byte-tokenizer.js";

/**
 * @param config what config.json says, of a model whose vocabulary is the byte tokenizer's or larger
 * @param seed of the weights
 */
export async function writeRandomCheckpoint(
  dir: string,
  config: Readonly<Record<string, unknown>>,
  seed = 2407_09298,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const { definition, config: tokenizerConfig } = byteTokenizer();
  await writeFile(path.join(dir, "config.json"), JSON.stringify(config, null, 2));
  await writeFile(path.join(dir, "tokenizer.json"), JSON.stringify(definition, null, 2));
  await writeFile(path.join(dir, "tokenizer_config.json"), JSON.stringify(tokenizerConfig, null, 2));

  const architecture = architectureNamed(config);
  const modelConfig = architecture.readConfig(config);
  const layers = Array.from({ length: modelConfig.layerCount }, (_, layer) => ({ layer }));
  const all = (["embed", ...layers, "head"] as const).flatMap((part) =>
    architecture.tensors(modelConfig, part),
  );
  // A tied head lists the embedding's matrix again.
  const tensors = [...new Map(all.map((tensor) => [tensor.name, tensor])).values()];
  const file = path.join(dir, "model.safetensors");
  const random = new RandomSource(seed);
  await writeSafetensors(file, layoutFloat32(file, tensors), randomTensors(tensors, random));
}

/** Norms are ones; biases and matrices are normal, scaled so that a layer changes its input but does not drown it. */
async function* randomTensors(
  tensors: readonly TensorSpec[],
  random: RandomSource,
): AsyncGenerator<Uint8Array> {
  for (const { name, shape } of tensors) {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => {
      if (shape.length > 1) return (0.6 * random.normal()) / Math.sqrt(shape[1]!);
      return name.endsWith(".bias") ? 0.2 * random.normal() : 1;
    });
    yield new Uint8Array(values.buffer);
  }
}
