import assert from "node:assert/strict";
import { test } from "node:test";
import { bert } from "../../../models/architectures/bert.js";
import { UnsupportedConfigError } from "../../../models/architectures/unsupported.js";
import type { BertConfig } from "../../../models/config.js";

/** bert-large-uncased's, as transformers 4 wrote it, saved as a classifier. */
const LARGE = {
  architectures: ["BertForSequenceClassification"],
  attention_probs_dropout_prob: 0.1,
  classifier_dropout: null,
  directionality: "bidi",
  finetuning_task: "mrpc",
  gradient_checkpointing: false,
  hidden_act: "gelu",
  hidden_dropout_prob: 0.1,
  hidden_size: 1024,
  initializer_range: 0.02,
  intermediate_size: 4096,
  layer_norm_eps: 1e-12,
  max_position_embeddings: 512,
  model_type: "bert",
  num_attention_heads: 16,
  num_hidden_layers: 24,
  pad_token_id: 0,
  pooler_fc_size: 768,
  pooler_num_attention_heads: 12,
  pooler_num_fc_layers: 3,
  pooler_size_per_head: 128,
  pooler_type: "first_token_transform",
  position_embedding_type: "absolute",
  problem_type: "single_label_classification",
  torch_dtype: "float32",
  transformers_version: "4.10.0",
  type_vocab_size: 2,
  use_cache: true,
  vocab_size: 30522,
};

const LARGE_READ: BertConfig = {
  architecture: "bert",
  hiddenSize: 1024,
  intermediateSize: 4096,
  layerCount: 24,
  headCount: 16,
  headSize: 64,
  vocabSize: 30522,
  maxPositions: 512,
  tokenTypeCount: 2,
  normEps: 1e-12,
  activation: "gelu",
  hasPooler: true,
  classifier: { labelCount: 2, problem: "single-label", labels: null },
  tiedEmbeddings: false,
};

const without = (json: object, ...keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(json).filter(([key]) => !keys.includes(key)));
const labels = (...names: readonly string[]): object => ({ id2label: { ...names } });
const classifier = (
  labelCount: number,
  problem: NonNullable<BertConfig["classifier"]>["problem"],
  names: readonly string[] | null = null,
): Partial<BertConfig> => ({ classifier: { labelCount, problem, labels: names } });
const UNNAMED = without(LARGE, "problem_type");

const READ: readonly [what: string, json: object, expected: Partial<BertConfig>][] = [
  ["BERT-Large", LARGE, LARGE_READ],
  ["a BertModel", { ...LARGE, architectures: ["BertModel"] }, { ...LARGE_READ, classifier: null }],
  [
    "absent keys as transformers' defaults",
    { architectures: ["BertModel"], model_type: "bert" },
    { hiddenSize: 768, layerCount: 12, headCount: 12, intermediateSize: 3072, vocabSize: 30522 },
  ],
  [
    "the labels of id2label",
    { ...UNNAMED, ...labels("a", "b", "c") },
    classifier(3, "single-label", ["a", "b", "c"]),
  ],
  ["num_labels alone", { ...UNNAMED, num_labels: 4 }, classifier(4, "single-label")],
  [
    "one label as a regression",
    { ...UNNAMED, ...labels("LABEL_0") },
    classifier(1, "regression", ["LABEL_0"]),
  ],
  ["a regression", { ...LARGE, problem_type: "regression" }, classifier(2, "regression")],
  [
    "many labels at once",
    { ...LARGE, problem_type: "multi_label_classification" },
    classifier(2, "multi-label"),
  ],
  ["gelu_new", { ...LARGE, hidden_act: "gelu_new" }, { activation: "gelu-tanh" }],
  [
    "what transformers 5 adds",
    { ...LARGE, add_cross_attention: false, is_decoder: false, tie_word_embeddings: true, dtype: "float32" },
    LARGE_READ,
  ],
];

for (const [what, json, expected] of READ) {
  test(`readConfig() reads ${what}`, () => {
    const read = bert.readConfig({ ...json });
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(read[key as keyof BertConfig], value, key);
    }
  });
}

const REFUSED: readonly [json: object, key: string, expected: RegExp][] = [
  [{ ...LARGE, hidden_size: 1000 }, "hidden_size", /is 1000; it must be a multiple of .*heads, 16/],
  [{ ...LARGE, hidden_act: "silu" }, "hidden_act", /is "silu"; supported are "gelu", "gelu_new" and/],
  [
    { ...LARGE, position_embedding_type: "relative_key" },
    "position_embedding_type",
    /"relative_key"; only "absolute" is supported/,
  ],
  [{ ...LARGE, is_decoder: true }, "is_decoder", /is true; only false is supported: attention goes both/],
  [{ ...LARGE, add_cross_attention: true }, "add_cross_attention", /is true; only false/],
  [{ ...LARGE, model_type: "roberta" }, "model_type", /is "roberta"; only "bert" is supported/],
  [{ ...LARGE, pooler_type: "mean" }, "pooler_type", /is "mean"; only "first_token_transform"/],
  [{ ...UNNAMED, ...labels("a", "b"), num_labels: 3 }, "num_labels", /is 3; id2label has 2 labels/],
  [
    { ...UNNAMED, id2label: { 0: "a", 2: "b" } },
    "id2label",
    /is \{"0":"a","2":"b"\}; it has no name for label 1/,
  ],
  [{ ...UNNAMED, id2label: ["a"] }, "id2label", /is \["a"\]; an object is needed/],
  [
    { ...LARGE, problem_type: "ranking" },
    "problem_type",
    /is "ranking"; supported are "regression", "single_label_classification" and "multi_label_class/,
  ],
  [{ ...LARGE, ...labels("a") }, "problem_type", /one label leaves nothing to choose; "regression" is meant/],
  [{ ...LARGE, type_vocab_size: 0 }, "type_vocab_size", /is 0; a whole number above 0/],
  [{ ...LARGE, embedding_size: 128 }, "embedding_size", /is 128; this key is not known/],
];

for (const [json, key, expected] of REFUSED) {
  test(`readConfig() refuses ${key}: ${expected.source}`, () => {
    assert.throws(
      () => bert.readConfig({ ...json }),
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

test("completeConfig() takes a BertModel's pooler from its tensors", () => {
  const model = bert.readConfig({ ...LARGE, architectures: ["BertModel"] });
  assert.equal(bert.completeConfig!(model, () => false).hasPooler, false);
  assert.equal(bert.completeConfig!(model, (name) => name === "pooler.dense.weight").hasPooler, true);
  assert.equal(bert.completeConfig!(bert.readConfig(LARGE), () => false).hasPooler, true);
});

test("tensors() names every part's tensors with torch's shapes", () => {
  const config = bert.readConfig({ ...LARGE, ...labels("a", "b", "c") });
  const list = (part: Parameters<typeof bert.tensors>[1], of = config) =>
    bert.tensors(of, part).map(({ name, shape }) => `${name} ${shape.join("x")}`);
  assert.deepEqual(list("embed"), [
    "embeddings.word_embeddings.weight 30522x1024",
    "embeddings.position_embeddings.weight 512x1024",
    "embeddings.token_type_embeddings.weight 2x1024",
    "embeddings.LayerNorm.weight 1024",
    "embeddings.LayerNorm.bias 1024",
  ]);
  assert.deepEqual(list({ layer: 5 }), [
    "encoder.layer.5.attention.self.query.weight 1024x1024",
    "encoder.layer.5.attention.self.query.bias 1024",
    "encoder.layer.5.attention.self.key.weight 1024x1024",
    "encoder.layer.5.attention.self.key.bias 1024",
    "encoder.layer.5.attention.self.value.weight 1024x1024",
    "encoder.layer.5.attention.self.value.bias 1024",
    "encoder.layer.5.attention.output.dense.weight 1024x1024",
    "encoder.layer.5.attention.output.dense.bias 1024",
    "encoder.layer.5.attention.output.LayerNorm.weight 1024",
    "encoder.layer.5.attention.output.LayerNorm.bias 1024",
    "encoder.layer.5.intermediate.dense.weight 4096x1024",
    "encoder.layer.5.intermediate.dense.bias 4096",
    "encoder.layer.5.output.dense.weight 1024x4096",
    "encoder.layer.5.output.dense.bias 1024",
    "encoder.layer.5.output.LayerNorm.weight 1024",
    "encoder.layer.5.output.LayerNorm.bias 1024",
  ]);
  const pooler = ["pooler.dense.weight 1024x1024", "pooler.dense.bias 1024"];
  assert.deepEqual(list("head"), [...pooler, "classifier.weight 3x1024", "classifier.bias 3"]);
  assert.deepEqual(list("head", { ...config, classifier: null }), pooler);
  assert.deepEqual(list("head", { ...config, classifier: null, hasPooler: false }), []);
});
