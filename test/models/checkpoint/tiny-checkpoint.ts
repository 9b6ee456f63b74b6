// A Llama of two layers as a checkpoint folder on disk, in any dtype, in one
// file or in shards, whole or broken as a test needs.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { llama } from "../../../models/architectures/llama.js";
import { partsOf } from "../../../models/store/model-layout.js";
import { byteTokenizer } from "../../random-model/byte-tokenizer.js";
import { type RawTensor, safetensorsBytes } from "./raw-safetensors.js";

export const TINY_CONFIG = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 40,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  hidden_act: "silu",
  tie_word_embeddings: false,
  rope_theta: 10000.0,
  torch_dtype: "float32",
};

export type TinyTensors = Map<string, RawTensor>;

const ELEMENT_BYTES: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8, I8: 1 };

/** Finite pseudo-random bits for every tensor the config implies; a layer may have its own dtype. */
export function tinyTensors(
  config: object = TINY_CONFIG,
  dtype: string | ((name: string) => string) = "F32",
): TinyTensors {
  const read = llama.readConfig({ ...config });
  const specs = new Map(
    partsOf(read).flatMap((part) =>
      llama.tensors(read, part).map(({ name, shape }) => [name, shape] as const),
    ),
  );
  let state = 1;
  return new Map(
    [...specs].map(([name, shape]) => {
      const type = typeof dtype === "string" ? dtype : dtype(name);
      const data = new Uint8Array(shape.reduce((product, size) => product * size, ELEMENT_BYTES[type]!));
      for (let i = 0; i < data.length; i++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        data[i] = (state >>> 24) & 0xbb; // never an exponent of ones
      }
      return [name, { dtype: type, shape, data }];
    }),
  );
}

export interface TinyOptions {
  readonly config?: object;
  readonly tensors?: TinyTensors;
  /** Into how many shards; none: one model.safetensors. */
  readonly shards?: number;
}

export async function writeCheckpoint(dir: string, options: TinyOptions = {}): Promise<string> {
  const { config = TINY_CONFIG, tensors = tinyTensors(config), shards } = options;
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, "config.json"), JSON.stringify(config));
  await writeFile(join(dir, "tokenizer.json"), JSON.stringify(byteTokenizer().definition));
  await writeFile(join(dir, "tokenizer_config.json"), "{}");
  if (shards === undefined) {
    await writeFile(join(dir, "model.safetensors"), safetensorsBytes(tensors));
    return dir;
  }
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const file = `model-${String(shard + 1).padStart(5, "0")}-of-${String(shards).padStart(5, "0")}.safetensors`;
    const own = new Map([...tensors].filter((_, i) => i % shards === shard));
    for (const name of own.keys()) weightMap[name] = file;
    await writeFile(join(dir, file), safetensorsBytes(own));
  }
  await writeFile(
    join(dir, "model.safetensors.index.json"),
    JSON.stringify({ metadata: {}, weight_map: weightMap }),
  );
  return dir;
}
