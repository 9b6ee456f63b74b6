// GPTNeoXForCausalLM (Pythia): config.json to NeoXConfig, and the tensors each
// part is made of (transformers, models/gpt_neox).
import type { NeoXConfig, Part } from "../config.js";
import { readActivation } from "./activation.js";
import type { Architecture, TensorSpec } from "./architecture.js";
import { ConfigFields } from "./config-fields.js";
import { neoxGraph } from "./neox-graphs.js";
import { readPartialRope } from "./rope-config.js";

const EMBEDDING = "gpt_neox.embed_in.weight";
const LM_HEAD = "embed_out.weight";

export const neox: Architecture<NeoXConfig> = {
  names: ["GPTNeoXForCausalLM"],
  readConfig,
  tensors,
  inputForm: ({ rope, rotarySize }) => ({ kind: "causal", rope, rotarySize, slidingWindow: null }),
  graph: neoxGraph,
  copies: (config) => new Map(config.tiedEmbeddings ? [[LM_HEAD, EMBEDDING]] : []),
  // transformers 5 has the second name in memory and writes the first.
  canonicalName: (name) => (name === "lm_head.weight" ? LM_HEAD : name),
  // Buffers that transformers before 4.32 wrote: the causal mask and the rotary frequencies.
  ignoredTensors: /^gpt_neox\.layers\.\d+\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)$/,
};

function readConfig(json: Readonly<Record<string, unknown>>): NeoXConfig {
  const config = new ConfigFields(json);
  config.only("model_type", "gpt_neox", "architectures says GPTNeoXForCausalLM");
  const hiddenSize = config.count("hidden_size");
  const headCount = config.count("num_attention_heads");
  if (hiddenSize % headCount !== 0) {
    config.refuse("hidden_size", `it must be a multiple of num_attention_heads, ${headCount}`);
  }
  const headSize = hiddenSize / headCount;
  config.only("head_dim", headSize, "a head's size is hidden_size / num_attention_heads here");
  config.refuseExtensions();

  const { rope, rotarySize } = readPartialRope(config, headSize);
  const read: NeoXConfig = {
    architecture: "neox",
    hiddenSize,
    intermediateSize: config.count("intermediate_size"),
    layerCount: config.count("num_hidden_layers"),
    headCount,
    headSize,
    rotarySize,
    vocabSize: config.count("vocab_size"),
    maxPositions: config.count("max_position_embeddings", 2048),
    normEps: config.positive("layer_norm_eps", 1e-5),
    rope,
    activation: readActivation(config),
    parallelResidual: config.flag("use_parallel_residual", true),
    attentionBias: config.flag("attention_bias", true),
    tiedEmbeddings: config.flag("tie_word_embeddings", false),
  };
  config.refuseOthers();
  return read;
}

function tensors(config: NeoXConfig, part: Part): readonly TensorSpec[] {
  const { hiddenSize, vocabSize } = config;
  const embedding = { name: EMBEDDING, shape: [vocabSize, hiddenSize] };
  if (part === "embed") return [embedding];
  if (part === "head") {
    const matrix = config.tiedEmbeddings ? embedding : { name: LM_HEAD, shape: [vocabSize, hiddenSize] };
    return [...norm("gpt_neox.final_layer_norm", hiddenSize), matrix];
  }
  return layerTensors(config, `gpt_neox.layers.${part.layer}.`);
}

function layerTensors(config: NeoXConfig, prefix: string): readonly TensorSpec[] {
  const { hiddenSize, intermediateSize, attentionBias } = config;
  // torch's Linear keeps its matrix as [out, in].
  const linear = (name: string, [out, into]: readonly [number, number], hasBias = true): TensorSpec[] => [
    { name: `${prefix}${name}.weight`, shape: [out, into] },
    ...(hasBias ? [{ name: `${prefix}${name}.bias`, shape: [out] }] : []),
  ];
  return [
    ...norm(`${prefix}input_layernorm`, hiddenSize),
    ...linear("attention.query_key_value", [3 * hiddenSize, hiddenSize], attentionBias),
    ...linear("attention.dense", [hiddenSize, hiddenSize], attentionBias),
    ...norm(`${prefix}post_attention_layernorm`, hiddenSize),
    ...linear("mlp.dense_h_to_4h", [intermediateSize, hiddenSize]),
    ...linear("mlp.dense_4h_to_h", [hiddenSize, intermediateSize]),
  ];
}

function norm(name: string, size: number): TensorSpec[] {
  return [
    { name: `${name}.weight`, shape: [size] },
    { name: `${name}.bias`, shape: [size] },
  ];
}
