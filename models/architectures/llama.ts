// LlamaForCausalLM and MistralForCausalLM: config.json to LlamaConfig, and the
// tensors each part is made of (transformers, models/llama and models/mistral).
import type { LlamaConfig, Part } from "../config.js";
import type { Architecture, TensorSpec } from "./architecture.js";
import { ConfigFields } from "./config-fields.js";
import { llamaGraph } from "./llama-graphs.js";
import { readRope } from "./rope-config.js";

export const llama: Architecture<LlamaConfig> = {
  names: ["LlamaForCausalLM", "MistralForCausalLM"],
  readConfig,
  tensors,
  inputForm: ({ rope, headSize, slidingWindow }) => ({
    kind: "causal",
    rope,
    rotarySize: headSize,
    slidingWindow,
  }),
  graph: llamaGraph,
  // transformers 5 does not tie when the two differ, 4 does: so they may not.
  copies: (config) => new Map(config.tiedEmbeddings ? [["lm_head.weight", "model.embed_tokens.weight"]] : []),
  // Written by transformers before 4.32; computed from the config since.
  ignoredTensors: /^model\.layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/,
};

function readConfig(json: Readonly<Record<string, unknown>>): LlamaConfig {
  const config = new ConfigFields(json);
  // The factory picked this file by `architectures`; transformers picks its class by `model_type`.
  const architectures: readonly unknown[] = Array.isArray(json.architectures) ? json.architectures : [];
  const isMistral = architectures[0] === "MistralForCausalLM";
  config.only(
    "model_type",
    isMistral ? "mistral" : "llama",
    `architectures says ${String(architectures[0])}`,
  );

  const hiddenSize = config.count("hidden_size");
  const headCount = config.count("num_attention_heads");
  const layerCount = config.count("num_hidden_layers");
  const kvHeadCount = readKvHeadCount(config, { isMistral, headCount });
  const headSize = readHeadSize(config, { hiddenSize, headCount });
  const slidingWindow = readSlidingWindow(config, isMistral);
  refuseLayerTypes(config, json.layer_types, slidingWindow);

  config.only("hidden_act", "silu");
  config.only("pretraining_tp", 1, "its sliced products round differently");
  config.refuseExtensions();
  const attentionBias = config.flag("attention_bias", false);
  const mlpBias = config.flag("mlp_bias", false);
  if (isMistral && attentionBias) config.refuse("attention_bias", "Mistral's projections have no biases");
  if (isMistral && mlpBias) config.refuse("mlp_bias", "Mistral's MLP has no biases");

  const read: LlamaConfig = {
    architecture: "llama",
    hiddenSize,
    intermediateSize: config.count("intermediate_size"),
    layerCount,
    headCount,
    kvHeadCount,
    headSize,
    vocabSize: config.count("vocab_size"),
    maxPositions: config.count("max_position_embeddings", isMistral ? 131_072 : 2048),
    normEps: config.positive("rms_norm_eps", 1e-6),
    rope: readRope(config),
    slidingWindow,
    attentionBias,
    mlpBias,
    tiedEmbeddings: config.flag("tie_word_embeddings", false),
  };
  config.refuseOthers();
  return read;
}

function readKvHeadCount(
  config: ConfigFields,
  { isMistral, headCount }: { readonly isMistral: boolean; readonly headCount: number },
): number {
  // MistralConfig's default is 8; null means "as many as query heads" in both.
  const absent = isMistral && !config.mentions("num_key_value_heads") ? 8 : headCount;
  const kvHeadCount = config.count("num_key_value_heads", absent);
  if (headCount % kvHeadCount !== 0) {
    config.refuse("num_key_value_heads", `it must divide num_attention_heads, ${headCount}`);
  }
  return kvHeadCount;
}

function readHeadSize(
  config: ConfigFields,
  { hiddenSize, headCount }: { readonly hiddenSize: number; readonly headCount: number },
): number {
  const explicit = config.has("head_dim");
  if (!explicit && hiddenSize % headCount !== 0) {
    config.refuse(
      "hidden_size",
      `without head_dim it must be a multiple of num_attention_heads, ${headCount}`,
    );
  }
  const headSize = config.count("head_dim", hiddenSize / headCount);
  if (headSize % 2 !== 0) {
    const key = explicit ? "head_dim" : "hidden_size";
    config.refuse(key, `a head of ${headSize} cannot be rotated in halves; the size must be even`);
  }
  return headSize;
}

function readSlidingWindow(config: ConfigFields, isMistral: boolean): number | null {
  if (!isMistral) {
    // transformers' Llama mask ignores it, its generation cache obeys it.
    if (config.has("sliding_window")) {
      config.refuse("sliding_window", "LlamaForCausalLM has none; remove it, or use MistralForCausalLM");
    }
    return null;
  }
  if (!config.mentions("sliding_window")) return 4096; // MistralConfig's default
  return config.has("sliding_window") ? config.count("sliding_window") : null;
}

/** transformers' Mistral masks every layer alike whatever `layer_types` says; so it may only say that. */
function refuseLayerTypes(config: ConfigFields, types: unknown, slidingWindow: number | null): void {
  if (!config.has("layer_types")) return;
  const kind = slidingWindow === null ? "full_attention" : "sliding_attention";
  if (Array.isArray(types) && types.every((type) => type === kind)) return;
  config.refuse("layer_types", `every layer must be "${kind}" here`);
}

function tensors(config: LlamaConfig, part: Part): readonly TensorSpec[] {
  const { hiddenSize, vocabSize } = config;
  const embedding = { name: "model.embed_tokens.weight", shape: [vocabSize, hiddenSize] };
  if (part === "embed") return [embedding];
  if (part === "head") {
    const matrix = config.tiedEmbeddings
      ? embedding
      : { name: "lm_head.weight", shape: [vocabSize, hiddenSize] };
    return [{ name: "model.norm.weight", shape: [hiddenSize] }, matrix];
  }
  return layerTensors(config, `model.layers.${part.layer}.`);
}

function layerTensors(config: LlamaConfig, prefix: string): readonly TensorSpec[] {
  const { hiddenSize, intermediateSize, attentionBias, mlpBias } = config;
  const queryWidth = config.headCount * config.headSize;
  const kvWidth = config.kvHeadCount * config.headSize;
  const norm = (name: string): TensorSpec => ({ name: `${prefix}${name}.weight`, shape: [hiddenSize] });
  // torch's Linear keeps its matrix as [out, in].
  const linear = (name: string, [out, into]: readonly [number, number], hasBias: boolean): TensorSpec[] => [
    { name: `${prefix}${name}.weight`, shape: [out, into] },
    ...(hasBias ? [{ name: `${prefix}${name}.bias`, shape: [out] }] : []),
  ];
  return [
    norm("input_layernorm"),
    ...linear("self_attn.q_proj", [queryWidth, hiddenSize], attentionBias),
    ...linear("self_attn.k_proj", [kvWidth, hiddenSize], attentionBias),
    ...linear("self_attn.v_proj", [kvWidth, hiddenSize], attentionBias),
    ...linear("self_attn.o_proj", [hiddenSize, queryWidth], attentionBias),
    norm("post_attention_layernorm"),
    ...linear("mlp.gate_proj", [intermediateSize, hiddenSize], mlpBias),
    ...linear("mlp.up_proj", [intermediateSize, hiddenSize], mlpBias),
    ...linear("mlp.down_proj", [hiddenSize, intermediateSize], mlpBias),
  ];
}
