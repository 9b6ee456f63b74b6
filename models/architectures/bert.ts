// BertModel and BertForSequenceClassification: config.json to BertConfig, and the
// tensors each part is made of (transformers, models/bert).
import type { BertConfig, Part } from "../config.js";
import { readActivation } from "./activation.js";
import type { Architecture, TensorSpec } from "./architecture.js";
import { bertGraph } from "./bert-graphs.js";
import { ConfigFields } from "./config-fields.js";

export const bert: Architecture<BertConfig> = {
  names: ["BertModel", "BertForSequenceClassification"],
  readConfig,
  completeConfig,
  tensors,
  inputForm: ({ maxPositions, tokenTypeCount, classifier, hiddenSize }) => ({
    kind: "bidirectional",
    maxPositions,
    tokenTypeCount,
    classCount: classifier?.labelCount ?? 0,
    featureCount: hiddenSize,
  }),
  graph: bertGraph,
  canonicalName,
  // A buffer that transformers before 4.31 wrote.
  ignoredTensors: /^embeddings\.position_ids$/,
};

const PROBLEMS = {
  regression: "regression",
  single_label_classification: "single-label",
  multi_label_classification: "multi-label",
} as const;

function readConfig(json: Readonly<Record<string, unknown>>): BertConfig {
  const config = new ConfigFields(json);
  config.only("model_type", "bert", "architectures says a Bert");
  const hiddenSize = config.count("hidden_size", 768);
  const headCount = config.count("num_attention_heads", 12);
  if (hiddenSize % headCount !== 0) {
    config.refuse("hidden_size", `it must be a multiple of num_attention_heads, ${headCount}`);
  }
  config.refuseExtensions();
  config.only("is_decoder", false, "attention goes both ways here");
  config.only("position_embedding_type", "absolute", "relative positions are not implemented");
  // Ties a language model's head, which these models have not.
  config.flag("tie_word_embeddings", true);
  // Words of the TensorFlow original that transformers keeps and never reads.
  config.only("pooler_type", "first_token_transform");
  config.only("directionality", "bidi");
  for (const key of ["fc_size", "num_attention_heads", "num_fc_layers", "size_per_head"]) {
    config.has(`pooler_${key}`);
  }
  const architectures: readonly unknown[] = Array.isArray(json.architectures) ? json.architectures : [];
  const read: BertConfig = {
    architecture: "bert",
    hiddenSize,
    intermediateSize: config.count("intermediate_size", 3072),
    layerCount: config.count("num_hidden_layers", 12),
    headCount,
    headSize: hiddenSize / headCount,
    vocabSize: config.count("vocab_size", 30_522),
    maxPositions: config.count("max_position_embeddings", 512),
    tokenTypeCount: config.count("type_vocab_size", 2),
    normEps: config.positive("layer_norm_eps", 1e-12),
    activation: readActivation(config),
    hasPooler: true,
    classifier: architectures[0] === "BertForSequenceClassification" ? readClassifier(config) : null,
    tiedEmbeddings: false,
  };
  config.refuseOthers();
  return read;
}

function readClassifier(config: ConfigFields): NonNullable<BertConfig["classifier"]> {
  const names = config.object("id2label");
  const named = names?.keys().length;
  const labelCount = config.count("num_labels", named ?? 2); // 2 is transformers' default
  if (named !== undefined && named !== labelCount) {
    config.refuse("num_labels", `id2label has ${named} labels; keep the number that is meant`);
  }
  const fallback = labelCount === 1 ? "regression" : "single_label_classification";
  const problems = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];
  const problem = PROBLEMS[config.oneOf("problem_type", problems, fallback)];
  if (problem === "single-label" && labelCount === 1) {
    config.refuse("problem_type", 'one label leaves nothing to choose; "regression" is meant, or two labels');
  }
  const label = (index: number): string =>
    names?.text(String(index)) ?? config.refuse("id2label", `it has no name for label ${index}`);
  return {
    labelCount,
    problem,
    labels: names ? Array.from({ length: labelCount }, (_, i) => label(i)) : null,
  };
}

/** config.json does not say whether a BertModel has a pooler; its weights do. */
function completeConfig(config: BertConfig, has: (tensor: string) => boolean): BertConfig {
  return { ...config, hasPooler: config.classifier !== null || has("pooler.dense.weight") };
}

/** A BertModel's own names: without the prefix it has inside another model, and with torch's words for a norm. */
function canonicalName(name: string): string {
  return name
    .replace(/^bert\./, "")
    .replace(/LayerNorm\.gamma$/, "LayerNorm.weight")
    .replace(/LayerNorm\.beta$/, "LayerNorm.bias");
}

function tensors(config: BertConfig, part: Part): readonly TensorSpec[] {
  const { hiddenSize: hidden, intermediateSize } = config;
  if (part === "embed") {
    return [
      { name: "embeddings.word_embeddings.weight", shape: [config.vocabSize, hidden] },
      { name: "embeddings.position_embeddings.weight", shape: [config.maxPositions, hidden] },
      { name: "embeddings.token_type_embeddings.weight", shape: [config.tokenTypeCount, hidden] },
      ...norm("embeddings.LayerNorm", hidden),
    ];
  }
  if (part === "head") {
    const { classifier } = config;
    return [
      ...(config.hasPooler ? linear("pooler.dense", [hidden, hidden]) : []),
      ...(classifier ? linear("classifier", [classifier.labelCount, hidden]) : []),
    ];
  }
  const prefix = `encoder.layer.${part.layer}.`;
  return [
    ...linear(`${prefix}attention.self.query`, [hidden, hidden]),
    ...linear(`${prefix}attention.self.key`, [hidden, hidden]),
    ...linear(`${prefix}attention.self.value`, [hidden, hidden]),
    ...linear(`${prefix}attention.output.dense`, [hidden, hidden]),
    ...norm(`${prefix}attention.output.LayerNorm`, hidden),
    ...linear(`${prefix}intermediate.dense`, [intermediateSize, hidden]),
    ...linear(`${prefix}output.dense`, [hidden, intermediateSize]),
    ...norm(`${prefix}output.LayerNorm`, hidden),
  ];
}

/** torch's Linear keeps its matrix as [out, in]. */
function linear(name: string, [out, into]: readonly [number, number]): TensorSpec[] {
  return [
    { name: `${name}.weight`, shape: [out, into] },
    { name: `${name}.bias`, shape: [out] },
  ];
}

function norm(name: string, size: number): TensorSpec[] {
  return [
    { name: `${name}.weight`, shape: [size] },
    { name: `${name}.bias`, shape: [size] },
  ];
}
