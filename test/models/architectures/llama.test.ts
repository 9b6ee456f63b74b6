import assert from "node:assert/strict";
import { test } from "node:test";
import { llama } from "../../../models/architectures/llama.js";
import { UnsupportedConfigError } from "../../../models/architectures/unsupported.js";
import type { LlamaConfig } from "../../../models/config.js";

/** As transformers 4 wrote Llama-2-7b's. */
const LLAMA2 = {
  _name_or_path: "meta-llama/Llama-2-7b-hf",
  architectures: ["LlamaForCausalLM"],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: "silu",
  hidden_size: 4096,
  initializer_range: 0.02,
  intermediate_size: 11008,
  max_position_embeddings: 4096,
  mlp_bias: false,
  model_type: "llama",
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 32,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  rope_theta: 10000.0,
  tie_word_embeddings: false,
  torch_dtype: "float16",
  transformers_version: "4.40.0",
  use_cache: true,
  vocab_size: 32000,
};

const MISTRAL = {
  ...LLAMA2,
  architectures: ["MistralForCausalLM"],
  model_type: "mistral",
  num_key_value_heads: 8,
  intermediate_size: 14336,
  sliding_window: 4096,
};

/** As transformers 5 writes Llama-3.2-1B's. */
const LLAMA3 = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  dtype: "bfloat16",
  eos_token_id: [128001, 128008],
  head_dim: 64,
  hidden_act: "silu",
  hidden_size: 2048,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_parameters: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_theta: 500000.0,
    rope_type: "llama3",
  },
  tie_word_embeddings: true,
  transformers_version: "5.18.0",
  vocab_size: 128256,
};

function without(json: object, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)));
}

const LLAMA2_READ: LlamaConfig = {
  architecture: "llama",
  hiddenSize: 4096,
  intermediateSize: 11008,
  layerCount: 32,
  headCount: 32,
  kvHeadCount: 32,
  headSize: 128,
  vocabSize: 32000,
  maxPositions: 4096,
  normEps: 1e-5,
  rope: { theta: 10000, scaling: { kind: "none" } },
  slidingWindow: null,
  attentionBias: false,
  mlpBias: false,
  tiedEmbeddings: false,
};

const scaled = (rope: unknown): object => ({ ...LLAMA2, rope_scaling: rope });

const READ: readonly [what: string, json: object, expected: Partial<LlamaConfig>][] = [
  ["Llama 2", LLAMA2, LLAMA2_READ],
  [
    "absent keys as transformers' defaults",
    without(
      LLAMA2,
      "num_key_value_heads",
      "rms_norm_eps",
      "rope_theta",
      "rope_scaling",
      "max_position_embeddings",
    ),
    { ...LLAMA2_READ, normEps: 1e-6, maxPositions: 2048 },
  ],
  ["a null num_key_value_heads", { ...LLAMA2, num_key_value_heads: null }, { kvHeadCount: 32 }],
  ["a head_dim of its own", { ...LLAMA2, head_dim: 80 }, { headSize: 80, hiddenSize: 4096 }],
  ["a null head_dim", { ...LLAMA2, head_dim: null }, { headSize: 128 }],
  ["biases", { ...LLAMA2, attention_bias: true, mlp_bias: true }, { attentionBias: true, mlpBias: true }],
  [
    "rope_parameters of transformers 5",
    without({ ...LLAMA2, rope_parameters: { rope_type: "default", rope_theta: 5e5 } }, "rope_theta"),
    { rope: { theta: 5e5, scaling: { kind: "none" } } },
  ],
  [
    "Llama 3.2",
    LLAMA3,
    {
      headSize: 64,
      kvHeadCount: 8,
      tiedEmbeddings: true,
      rope: {
        theta: 500000,
        scaling: {
          kind: "llama3",
          factor: 32,
          lowFreqFactor: 1,
          highFreqFactor: 4,
          originalMaxPositions: 8192,
        },
      },
    },
  ],
  [
    "linear scaling under the legacy key",
    scaled({ type: "linear", factor: 2 }),
    { rope: { theta: 10000, scaling: { kind: "linear", factor: 2 } } },
  ],
  [
    "scaling with both keys alike",
    scaled({ type: "linear", rope_type: "linear", factor: 2.5, partial_rotary_factor: 1 }),
    { rope: { theta: 10000, scaling: { kind: "linear", factor: 2.5 } } },
  ],
  ["a whole partial_rotary_factor", { ...LLAMA2, partial_rotary_factor: 1.0 }, LLAMA2_READ],
  ["empty pruned_heads, as old versions wrote", { ...LLAMA2, pruned_heads: {} }, LLAMA2_READ],
  ["an unknown key that is null", { ...LLAMA2, something_new: null }, LLAMA2_READ],
  ["Mistral", MISTRAL, { kvHeadCount: 8, slidingWindow: 4096 }],
  ["Mistral without a window", { ...MISTRAL, sliding_window: null }, { slidingWindow: null }],
  [
    "Mistral's own defaults",
    without(MISTRAL, "sliding_window", "num_key_value_heads", "max_position_embeddings"),
    { slidingWindow: 4096, kvHeadCount: 8, maxPositions: 131072 },
  ],
  ["Mistral's null num_key_value_heads", { ...MISTRAL, num_key_value_heads: null }, { kvHeadCount: 32 }],
  [
    "layer_types that say what holds anyway",
    { ...MISTRAL, layer_types: ["sliding_attention"] },
    { slidingWindow: 4096 },
  ],
];

for (const [what, json, expected] of READ) {
  test(`readConfig() reads ${what}`, () => {
    const read = llama.readConfig({ ...json });
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(read[key as keyof LlamaConfig], value, key);
    }
  });
}

const REFUSED: readonly [json: object, key: string, expected: RegExp][] = [
  [without(LLAMA2, "hidden_size"), "hidden_size", /hidden_size is not set; a whole number above 0 is needed/],
  [
    { ...LLAMA2, num_hidden_layers: 0 },
    "num_hidden_layers",
    /num_hidden_layers is 0; a whole number above 0/,
  ],
  [{ ...LLAMA2, vocab_size: "32000" }, "vocab_size", /vocab_size is "32000"; a whole number/],
  [{ ...LLAMA2, intermediate_size: 1.5 }, "intermediate_size", /is 1\.5/],
  [{ ...LLAMA2, rms_norm_eps: 0 }, "rms_norm_eps", /rms_norm_eps is 0; a number above 0/],
  [{ ...LLAMA2, rope_theta: -1 }, "rope_theta", /rope_theta is -1/],
  [
    { ...LLAMA2, num_key_value_heads: 5 },
    "num_key_value_heads",
    /is 5; it must divide num_attention_heads, 32/,
  ],
  [
    { ...LLAMA2, hidden_size: 4097 },
    "hidden_size",
    /is 4097; without head_dim it must be a multiple of .* 32/,
  ],
  [{ ...LLAMA2, head_dim: 81 }, "head_dim", /head_dim is 81; .*must be even/],
  [{ ...LLAMA2, hidden_act: "gelu" }, "hidden_act", /hidden_act is "gelu"; only "silu" is supported/],
  [{ ...LLAMA2, pretraining_tp: 2 }, "pretraining_tp", /pretraining_tp is 2; only 1 is supported/],
  [{ ...LLAMA2, partial_rotary_factor: 0.5 }, "partial_rotary_factor", /is 0\.5; only 1/],
  [{ ...LLAMA2, rope_interleaved: true }, "rope_interleaved", /is true; only false/],
  [{ ...LLAMA2, attention_bias: "yes" }, "attention_bias", /is "yes"; true or false is needed/],
  [
    { ...LLAMA2, quantization_config: { quant_method: "gptq" } },
    "quantization_config",
    /\{"quant_method":"gptq"\}; quantised/,
  ],
  [{ ...LLAMA2, auto_map: { AutoModel: "m.M" } }, "auto_map", /Python code of its own/],
  [{ ...LLAMA2, pruned_heads: { 0: [1] } }, "pruned_heads", /pruned heads/],
  [
    { ...LLAMA2, model_type: "mistral" },
    "model_type",
    /is "mistral"; only "llama" is supported: architectures says LlamaFor/,
  ],
  [{ ...LLAMA2, sliding_window: 128 }, "sliding_window", /is 128; LlamaForCausalLM has none/],
  [{ ...LLAMA2, layer_types: ["sliding_attention"] }, "layer_types", /every layer must be "full_attention"/],
  [
    { ...LLAMA2, logit_scale: 0.0625 },
    "logit_scale",
    /logit_scale is 0\.0625; this key is not known.*never guessed/,
  ],
  [{ ...LLAMA2, attention_multiplier: 2 }, "attention_multiplier", /attention_multiplier is 2/],
  [{ ...MISTRAL, attention_bias: true }, "attention_bias", /Mistral's projections have no biases/],
  [{ ...MISTRAL, mlp_bias: true }, "mlp_bias", /Mistral's MLP has no biases/],
  [{ ...MISTRAL, sliding_window: 0 }, "sliding_window", /sliding_window is 0/],
  [{ ...MISTRAL, layer_types: ["full_attention"] }, "layer_types", /every layer must be "sliding_attention"/],
  [
    scaled({ rope_type: "yarn", factor: 4 }),
    "rope_scaling.rope_type",
    /rope_scaling\.rope_type is "yarn"; supported are "default", "linear"/,
  ],
  [scaled({ type: "dynamic", factor: 4 }), "rope_scaling.type", /rope_scaling\.type is "dynamic"/],
  [
    without({ ...LLAMA2, rope_parameters: { rope_type: "longrope" } }, "rope_scaling"),
    "rope_parameters.rope_type",
    /"longrope"/,
  ],
  [
    scaled({ type: "linear", rope_type: "llama3", factor: 2 }),
    "rope_scaling.type",
    /rope_type says "llama3"/,
  ],
  [scaled({ type: "linear" }), "rope_scaling.factor", /rope_scaling\.factor is not set/],
  [scaled({ type: "linear", factor: 2, attention_factor: 2 }), "rope_scaling.attention_factor", /not known/],
  [
    scaled({ type: "linear", factor: 2, partial_rotary_factor: 0.5 }),
    "rope_scaling.partial_rotary_factor",
    /0\.5/,
  ],
  [scaled("linear"), "rope_scaling", /rope_scaling is "linear"; an object is needed/],
  [
    { ...LLAMA3, rope_parameters: { ...LLAMA3.rope_parameters, high_freq_factor: 1 } },
    "rope_parameters.high_freq_factor",
    /is 1; it must be above low_freq_factor, 1/,
  ],
  [
    { ...LLAMA3, rope_parameters: without(LLAMA3.rope_parameters, "original_max_position_embeddings") },
    "rope_parameters.original_max_position_embeddings",
    /is not set/,
  ],
  [{ ...LLAMA3, rope_scaling: { type: "linear", factor: 2 } }, "rope_scaling", /rope_parameters is set too/],
  [{ ...LLAMA3, rope_theta: 10000 }, "rope_theta", /is 10000; rope_parameters\.rope_theta says 500000/],
];

for (const [json, key, expected] of REFUSED) {
  test(`readConfig() refuses ${key}: ${expected.source}`, () => {
    assert.throws(
      () => llama.readConfig({ ...json }),
      (error) => {
        assert.ok(error instanceof UnsupportedConfigError);
        assert.equal(error.key, key);
        assert.equal(error.exitCode, 2);
        assert.match(error.message, /^config\.json: /);
        assert.match(error.message, expected);
        return true;
      },
    );
  });
}

test("tensors() names every part's tensors with torch's shapes", () => {
  const config = llama.readConfig({ ...LLAMA3, attention_bias: true, mlp_bias: true, head_dim: 96 });
  const list = (part: Parameters<typeof llama.tensors>[1]) =>
    llama.tensors(config, part).map(({ name, shape }) => `${name} ${shape.join("x")}`);
  assert.deepEqual(list("embed"), ["model.embed_tokens.weight 128256x2048"]);
  assert.deepEqual(list({ layer: 7 }), [
    "model.layers.7.input_layernorm.weight 2048",
    "model.layers.7.self_attn.q_proj.weight 3072x2048",
    "model.layers.7.self_attn.q_proj.bias 3072",
    "model.layers.7.self_attn.k_proj.weight 768x2048",
    "model.layers.7.self_attn.k_proj.bias 768",
    "model.layers.7.self_attn.v_proj.weight 768x2048",
    "model.layers.7.self_attn.v_proj.bias 768",
    "model.layers.7.self_attn.o_proj.weight 2048x3072",
    "model.layers.7.self_attn.o_proj.bias 2048",
    "model.layers.7.post_attention_layernorm.weight 2048",
    "model.layers.7.mlp.gate_proj.weight 8192x2048",
    "model.layers.7.mlp.gate_proj.bias 8192",
    "model.layers.7.mlp.up_proj.weight 8192x2048",
    "model.layers.7.mlp.up_proj.bias 8192",
    "model.layers.7.mlp.down_proj.weight 2048x8192",
    "model.layers.7.mlp.down_proj.bias 2048",
  ]);
  assert.deepEqual(list("head"), ["model.norm.weight 2048", "model.embed_tokens.weight 128256x2048"]);
});

test("tensors() gives an untied head its own matrix", () => {
  const head = llama.tensors(llama.readConfig(LLAMA2), "head");
  assert.deepEqual(
    head.map(({ name }) => name),
    ["model.norm.weight", "lm_head.weight"],
  );
});
