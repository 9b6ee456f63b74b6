import assert from "node:assert/strict";
import { test } from "node:test";
import { neox } from "../../../models/architectures/neox.js";
import { UnsupportedConfigError } from "../../../models/architectures/unsupported.js";
import type { NeoXConfig } from "../../../models/config.js";

/** As transformers 4 wrote Pythia-6.9B's. */
const PYTHIA = {
  architectures: ["GPTNeoXForCausalLM"],
  bos_token_id: 0,
  eos_token_id: 0,
  hidden_act: "gelu",
  hidden_size: 4096,
  initializer_range: 0.02,
  intermediate_size: 16384,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 2048,
  model_type: "gpt_neox",
  num_attention_heads: 32,
  num_hidden_layers: 32,
  rotary_emb_base: 10000,
  rotary_pct: 0.25,
  tie_word_embeddings: false,
  torch_dtype: "float16",
  transformers_version: "4.24.0",
  use_cache: true,
  use_parallel_residual: true,
  vocab_size: 50432,
};

/** As transformers 5 writes it. */
const NEWER = {
  ...without(PYTHIA, "rotary_emb_base", "rotary_pct", "torch_dtype"),
  attention_bias: true,
  attention_dropout: 0,
  classifier_dropout: 0.1,
  hidden_dropout: 0,
  dtype: "float16",
  is_decoder: false,
  pad_token_id: null,
  rope_parameters: { partial_rotary_factor: 0.25, rope_theta: 10000.0, rope_type: "default" },
};

const PYTHIA_READ: NeoXConfig = {
  architecture: "neox",
  hiddenSize: 4096,
  intermediateSize: 16384,
  layerCount: 32,
  headCount: 32,
  headSize: 128,
  rotarySize: 32,
  vocabSize: 50432,
  maxPositions: 2048,
  normEps: 1e-5,
  rope: { theta: 10000, scaling: { kind: "none" } },
  activation: "gelu",
  parallelResidual: true,
  attentionBias: true,
  tiedEmbeddings: false,
};

function without(json: object, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)));
}

const READ: readonly [what: string, json: object, expected: Partial<NeoXConfig>][] = [
  ["Pythia-6.9B", PYTHIA, PYTHIA_READ],
  ["what transformers 5 writes", NEWER, PYTHIA_READ],
  [
    "absent keys as transformers' defaults",
    without(
      PYTHIA,
      ...["rotary_pct", "rotary_emb_base", "hidden_act", "layer_norm_eps", "max_position_embeddings"],
      ...["use_parallel_residual", "tie_word_embeddings"],
    ),
    PYTHIA_READ,
  ],
  [
    "both spellings alike",
    { ...PYTHIA, rope_theta: 10000, partial_rotary_factor: 0.25, rope_scaling: null },
    PYTHIA_READ,
  ],
  [
    "Pythia-2.8B's heads",
    { ...PYTHIA, hidden_size: 2560, intermediate_size: 10240 },
    { headSize: 80, rotarySize: 20 },
  ],
  ["whole heads rotated", { ...PYTHIA, rotary_pct: 1 }, { rotarySize: 128 }],
  [
    "linear scaling",
    { ...PYTHIA, rope_scaling: { type: "linear", factor: 2 } },
    { rotarySize: 32, rope: { theta: 10000, scaling: { kind: "linear", factor: 2 } } },
  ],
  ["gelu_new", { ...PYTHIA, hidden_act: "gelu_new" }, { activation: "gelu-tanh" }],
  ["gelu_fast", { ...PYTHIA, hidden_act: "gelu_fast" }, { activation: "gelu-tanh" }],
  [
    "the rest",
    { ...PYTHIA, use_parallel_residual: false, attention_bias: false, tie_word_embeddings: true },
    { parallelResidual: false, attentionBias: false, tiedEmbeddings: true },
  ],
];

for (const [what, json, expected] of READ) {
  test(`readConfig() reads ${what}`, () => {
    const read = neox.readConfig({ ...json });
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(read[key as keyof NeoXConfig], value, key);
    }
  });
}

const REFUSED: readonly [json: object, key: string, expected: RegExp][] = [
  [without(PYTHIA, "hidden_size"), "hidden_size", /hidden_size is not set; a whole number above 0 is needed/],
  [{ ...PYTHIA, hidden_size: 4097 }, "hidden_size", /is 4097; it must be a multiple of .*heads, 32/],
  [
    { ...PYTHIA, hidden_act: "relu" },
    "hidden_act",
    /is "relu"; supported are "gelu", "gelu_new" and "gelu_fast"/,
  ],
  [{ ...PYTHIA, rotary_pct: 0.2 }, "rotary_pct", /is 0\.2; it rotates 25 of a head's 128 .* an even number/],
  [{ ...PYTHIA, rotary_pct: 1.5 }, "rotary_pct", /it rotates 192 of a head's 128 dimensions/],
  [{ ...PYTHIA, rotary_pct: 0 }, "rotary_pct", /is 0; a number above 0/],
  [{ ...PYTHIA, rope_theta: 500 }, "rope_theta", /is 500; rotary_emb_base says 10000; keep the one/],
  [
    { ...NEWER, rotary_pct: 0.5 },
    "rotary_pct",
    /is 0\.5; rope_parameters\.partial_rotary_factor says 0\.25; keep/,
  ],
  [
    { ...NEWER, rope_parameters: { ...NEWER.rope_parameters, partial_rotary_factor: 0.001 } },
    "rope_parameters.partial_rotary_factor",
    /is 0\.001; it rotates 0 of a head's 128/,
  ],
  [
    { ...PYTHIA, rope_scaling: { type: "yarn", factor: 2 } },
    "rope_scaling.type",
    /"yarn"; supported are "default", "linear" and "llama3"/,
  ],
  [{ ...PYTHIA, use_parallel_residual: "no" }, "use_parallel_residual", /"no"; true or false is needed/],
  [{ ...PYTHIA, model_type: "gpt_neox_japanese" }, "model_type", /only "gpt_neox" is supported/],
  [{ ...PYTHIA, head_dim: 64 }, "head_dim", /is 64; only 128 is supported: a head's size is hidden_size/],
  [{ ...PYTHIA, quantization_config: { bits: 8 } }, "quantization_config", /quantised weights/],
  [{ ...PYTHIA, alibi: true }, "alibi", /alibi is true; this key is not known/],
];

for (const [json, key, expected] of REFUSED) {
  test(`readConfig() refuses ${key}: ${expected.source}`, () => {
    assert.throws(
      () => neox.readConfig({ ...json }),
      (error) => {
        assert.ok(error instanceof UnsupportedConfigError);
        assert.equal(error.key, key);
        assert.match(error.message, /^config\.json: /);
        assert.match(error.message, expected);
        return true;
      },
    );
  });
}

test("tensors() names every part's tensors with torch's shapes", () => {
  const list = (json: object, part: Parameters<typeof neox.tensors>[1]) =>
    neox.tensors(neox.readConfig({ ...json }), part).map(({ name, shape }) => `${name} ${shape.join("x")}`);
  assert.deepEqual(list(PYTHIA, "embed"), ["gpt_neox.embed_in.weight 50432x4096"]);
  assert.deepEqual(list(PYTHIA, { layer: 7 }), [
    "gpt_neox.layers.7.input_layernorm.weight 4096",
    "gpt_neox.layers.7.input_layernorm.bias 4096",
    "gpt_neox.layers.7.attention.query_key_value.weight 12288x4096",
    "gpt_neox.layers.7.attention.query_key_value.bias 12288",
    "gpt_neox.layers.7.attention.dense.weight 4096x4096",
    "gpt_neox.layers.7.attention.dense.bias 4096",
    "gpt_neox.layers.7.post_attention_layernorm.weight 4096",
    "gpt_neox.layers.7.post_attention_layernorm.bias 4096",
    "gpt_neox.layers.7.mlp.dense_h_to_4h.weight 16384x4096",
    "gpt_neox.layers.7.mlp.dense_h_to_4h.bias 16384",
    "gpt_neox.layers.7.mlp.dense_4h_to_h.weight 4096x16384",
    "gpt_neox.layers.7.mlp.dense_4h_to_h.bias 4096",
  ]);
  const unbiased = list({ ...PYTHIA, attention_bias: false }, { layer: 0 });
  assert.deepEqual(
    unbiased.filter((line) => line.includes("attention.")),
    [
      "gpt_neox.layers.0.attention.query_key_value.weight 12288x4096",
      "gpt_neox.layers.0.attention.dense.weight 4096x4096",
    ],
  );
  const norm = ["gpt_neox.final_layer_norm.weight 4096", "gpt_neox.final_layer_norm.bias 4096"];
  assert.deepEqual(list(PYTHIA, "head"), [...norm, "embed_out.weight 50432x4096"]);
  assert.deepEqual(list({ ...PYTHIA, tie_word_embeddings: true }, "head"), [
    ...norm,
    "gpt_neox.embed_in.weight 50432x4096",
  ]);
});
