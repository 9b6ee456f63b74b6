// What a checkpoint's config.json says, checked and in our words. Everything
// that changes a number is here; what is not understood was refused before.

/** A decoder of the Llama family (Llama 1-3, Mistral): pre-norm, rotary, gated MLP. */
export interface LlamaConfig {
  readonly architecture: "llama";
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layerCount: number;
  /** Query heads; a divisor-many of them share each key/value head. */
  readonly headCount: number;
  readonly kvHeadCount: number;
  /** Width of one head; headCount * headSize may differ from hiddenSize. Even. */
  readonly headSize: number;
  readonly vocabSize: number;
  /** Longest input the model is meant for, in tokens (config `max_position_embeddings`). */
  readonly maxPositions: number;
  readonly normEps: number;
  readonly rope: RopeConfig;
  /** A token attends to itself and the `slidingWindow - 1` positions before it; null: to all. */
  readonly slidingWindow: number | null;
  /** Biases on the q, k, v and output projections (config `attention_bias`). */
  readonly attentionBias: boolean;
  /** Biases on the gate, up and down projections (config `mlp_bias`). */
  readonly mlpBias: boolean;
  /** The head's matrix is the embedding's. */
  readonly tiedEmbeddings: boolean;
}

/** A decoder of the GPT-NeoX family (Pythia): pre-norm with biases, part of every head rotated. */
export interface NeoXConfig {
  readonly architecture: "neox";
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** hiddenSize / headCount */
  readonly headSize: number;
  /** How many of a head's first dimensions are rotated (config `rotary_pct`). Even. */
  readonly rotarySize: number;
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly normEps: number;
  readonly rope: RopeConfig;
  readonly activation: Activation;
  /** Attention and MLP both read the layer's input; else the MLP reads what attention left. */
  readonly parallelResidual: boolean;
  /** Biases on the fused query/key/value and the output projection (config `attention_bias`). */
  readonly attentionBias: boolean;
  /** The head's matrix is the embedding's. */
  readonly tiedEmbeddings: boolean;
}

/** The BERT encoder: post-norm, absolute positions, token types, attention both ways. */
export interface BertConfig {
  readonly architecture: "bert";
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** hiddenSize / headCount */
  readonly headSize: number;
  readonly vocabSize: number;
  /** Longest input, in tokens: positions are a table. */
  readonly maxPositions: number;
  /** Kinds of segments (config `type_vocab_size`). */
  readonly tokenTypeCount: number;
  readonly normEps: number;
  readonly activation: Activation;
  /** A dense layer with tanh on the first token's state. */
  readonly hasPooler: boolean;
  /** On the pooler's output; null: the model ends there. */
  readonly classifier: {
    readonly labelCount: number;
    /** What the logits are: one or more numbers, one choice, or a choice each. */
    readonly problem: "regression" | "single-label" | "multi-label";
    /** Their names (config `id2label`); null: config.json has none. */
    readonly labels: readonly string[] | null;
  } | null;
  /** The head has no matrix over the vocabulary. */
  readonly tiedEmbeddings: false;
}

export type ModelConfig = LlamaConfig | NeoXConfig | BertConfig;

/** `gelu` is x Phi(x); `gelu-tanh` its approximation by tanh. */
export type Activation = "gelu" | "gelu-tanh";

export interface RopeConfig {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** None of these depends on the sequence length (transformers, modeling_rope_utils.py). */
export type RopeScaling =
  | { readonly kind: "none" }
  | { readonly kind: "linear"; readonly factor: number }
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalMaxPositions: number;
    };

/** A model is served in parts, one ONNX graph and one weights file each. */
export type Part = "embed" | "head" | { readonly layer: number };

/** Half of a layer: it has no files of its own, its graph is built when a schedule asks for it. */
export type Sublayer = "attn" | "mlp";

/**
 * Attention over keys and values that were kept is two graphs: `project` makes the new tokens' query, key and value,
 * `attend` does the rest with the keys and values of all tokens.
 */
export type AttentionHalf = "project" | "attend";

/** What an architecture builds a graph of. */
export type GraphPart = "embed" | "head" | (LayerPart & { readonly cached?: AttentionHalf });

export interface LayerPart {
  readonly layer: number;
  /** Absent: the whole layer. */
  readonly sublayer?: Sublayer;
}

/** `embed`, `layer-007` or `head`: the stem of the part's files. */
export function partName(part: Part): string {
  return typeof part === "string" ? part : `layer-${String(part.layer).padStart(3, "0")}`;
}
