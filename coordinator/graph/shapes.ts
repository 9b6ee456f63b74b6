// The sizes of the paper's models, so that `painters plan` can count and weigh a
// sweep without a checkpoint. From each model's config.json on the hub.

export interface ModelShape {
  readonly name: string;
  readonly layerCount: number;
  readonly hiddenSize: number;
  readonly headCount: number;
  /** Key/value heads: fewer than `headCount` under grouped-query attention. */
  readonly kvHeadCount: number;
  readonly intermediateSize: number;
  readonly vocabSize: number;
  /** Token, position and type embeddings. */
  readonly embedParameters: number;
  /** Parameters of one layer, its norms and biases included. */
  readonly layerParameters: number;
  /** Final norm or pooler, LM head. */
  readonly headParameters: number;
  /** Parameters of everything: embeddings, layers, final norm or pooler, LM head. */
  readonly totalParameters: number;
}

type Dimensions = Omit<
  ModelShape,
  "embedParameters" | "layerParameters" | "headParameters" | "totalParameters"
>;

export const MODEL_SHAPES: readonly ModelShape[] = [
  llama({
    name: "llama-2-7b",
    layerCount: 32,
    hiddenSize: 4096,
    headCount: 32,
    kvHeadCount: 32,
    intermediateSize: 11008,
    vocabSize: 32000,
  }),
  llama({
    name: "llama-2-13b",
    layerCount: 40,
    hiddenSize: 5120,
    headCount: 40,
    kvHeadCount: 40,
    intermediateSize: 13824,
    vocabSize: 32000,
  }),
  llama({
    name: "llama-2-70b",
    layerCount: 80,
    hiddenSize: 8192,
    headCount: 64,
    kvHeadCount: 8,
    intermediateSize: 28672,
    vocabSize: 32000,
  }),
  llama({
    name: "mistral-7b",
    layerCount: 32,
    hiddenSize: 4096,
    headCount: 32,
    kvHeadCount: 8,
    intermediateSize: 14336,
    vocabSize: 32000,
  }),
  neox({
    name: "pythia-6.9b",
    layerCount: 32,
    hiddenSize: 4096,
    headCount: 32,
    kvHeadCount: 32,
    intermediateSize: 16384,
    vocabSize: 50432,
  }),
  bert({
    name: "bert-large",
    layerCount: 24,
    hiddenSize: 1024,
    headCount: 16,
    kvHeadCount: 16,
    intermediateSize: 4096,
    vocabSize: 30522,
  }),
];

/** Bytes of one layer's weights as workers hold them, in float32. */
export function layerBytes(shape: ModelShape): number {
  return shape.layerParameters * 4;
}

/** The share of a layer's parameters that its attention's matrices are. */
export function attentionShareOfShape(shape: ModelShape): number {
  return attentionMatrices(shape) / shape.layerParameters;
}

function attentionMatrices({ hiddenSize: h, headCount, kvHeadCount }: Dimensions): number {
  return 2 * h * h + 2 * h * h * (kvHeadCount / headCount);
}

/** No biases; two RMS norms; embedding and LM head apart. */
function llama(shape: Dimensions): ModelShape {
  const { hiddenSize: h, intermediateSize, vocabSize } = shape;
  const layer = attentionMatrices(shape) + 3 * h * intermediateSize + 2 * h;
  return withParameters(shape, vocabSize * h, layer, vocabSize * h + h);
}

/** Biases everywhere; two layer norms; embedding and LM head apart. */
function neox(shape: Dimensions): ModelShape {
  const { hiddenSize: h, vocabSize } = shape;
  return withParameters(shape, vocabSize * h, biasedLayer(shape), vocabSize * h + 2 * h);
}

/** Biases everywhere; positions, token types and a norm in the embedding; a pooler, no classifier. */
function bert(shape: Dimensions): ModelShape {
  const { hiddenSize: h, vocabSize } = shape;
  return withParameters(shape, (vocabSize + 512 + 2) * h + 2 * h, biasedLayer(shape), h * h + h);
}

function biasedLayer({ hiddenSize: h, intermediateSize }: Dimensions): number {
  const attention = 4 * h * h + 4 * h;
  const mlp = 2 * h * intermediateSize + intermediateSize + h;
  const norms = 4 * h;
  return attention + mlp + norms;
}

function withParameters(
  shape: Dimensions,
  embedParameters: number,
  layerParameters: number,
  headParameters: number,
): ModelShape {
  const totalParameters = embedParameters + shape.layerCount * layerParameters + headParameters;
  return { ...shape, embedParameters, layerParameters, headParameters, totalParameters };
}
