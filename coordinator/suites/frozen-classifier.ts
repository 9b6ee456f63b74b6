// The paper's frozen mode: a linear classifier trained on what an encoder's pooler gives, the encoder left as it is.
// AdamW without decay, batches of 32, 3 epochs, 3e-2 falling linearly to 0; begun as transformers begins one.
// In double precision and in one order, so that equal features give equal bits; no dropout.
import { PythonRandom } from "../schedule/python-random.js";

const epochs = 3;
const batchSize = 32;
const learningRate = 3e-2;
const initialDeviation = 0.02;
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/** Feature vectors of equal length, and the label of each, or with one output the number. */
export interface LabelledFeatures {
  readonly features: readonly Float32Array[];
  readonly gold: readonly number[];
}

export interface FrozenOptions {
  /** Of the labels; 1: a regression. */
  readonly outputs: number;
  /** Of Python's random.Random: the first weights, then the order of each epoch. */
  readonly seed: number;
}

/** @returns what makes logits, one an output, of a feature vector */
export function trainClassifier(
  { features, gold }: LabelledFeatures,
  { outputs, seed }: FrozenOptions,
): (features: Float32Array) => readonly number[] {
  const width = features[0]?.length;
  if (width === undefined || gold.length !== features.length) {
    throw new Error(`${features.length} feature vectors and ${gold.length} labels to train on`);
  }
  const random = new PythonRandom(seed);
  // [outputs, width + 1], the bias last.
  const weights = firstWeights(random, outputs, width);
  const logitsOf = (vector: Float32Array): number[] =>
    Array.from({ length: outputs }, (_, o) => {
      const at = o * (width + 1);
      let sum = weights[at + width]!;
      for (let i = 0; i < width; i++) sum += weights[at + i]! * vector[i]!;
      return sum;
    });
  const optimiser = new Adam(weights);
  const steps = epochs * Math.ceil(features.length / batchSize);
  const gradient = new Float64Array(weights.length);
  let step = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.shuffle([...features.keys()]);
    for (let start = 0; start < order.length; start += batchSize) {
      const batch = order.slice(start, start + batchSize);
      gradient.fill(0);
      for (const index of batch) {
        const vector = features[index]!;
        const errors = outputErrors(logitsOf(vector), gold[index]!);
        for (const [o, error] of errors.entries()) {
          const at = o * (width + 1);
          const share = error / batch.length;
          for (let i = 0; i < width; i++) gradient[at + i]! += share * vector[i]!;
          gradient[at + width]! += share;
        }
      }
      optimiser.step(gradient, learningRate * (1 - step++ / steps));
    }
  }
  return logitsOf;
}

/** The loss's derivatives: of the squared error for one output, else of the cross-entropy. */
function outputErrors(logits: readonly number[], gold: number): readonly number[] {
  if (logits.length === 1) return [2 * (logits[0]! - gold)];
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power, o) => power / sum - (o === gold ? 1 : 0));
}

/** Normal as Python's random.gauss draws, row by row; biases are zero. */
function firstWeights(random: PythonRandom, outputs: number, width: number): Float64Array {
  const weights = new Float64Array(outputs * (width + 1));
  let spare: number | null = null;
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < width; i++) {
      let normal: number | null = spare;
      spare = null;
      if (normal === null) {
        const angle = random.random() * 2 * Math.PI;
        const radius = Math.sqrt(-2 * Math.log(1 - random.random()));
        normal = Math.cos(angle) * radius;
        spare = Math.sin(angle) * radius;
      }
      weights[o * (width + 1) + i] = initialDeviation * normal;
    }
  }
  return weights;
}

/** torch.optim.AdamW with weight_decay 0, which is Adam. */
class Adam {
  readonly #weights: Float64Array;
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  #steps = 0;

  /** Changes the weights in place. */
  constructor(weights: Float64Array) {
    this.#weights = weights;
    this.#mean = new Float64Array(weights.length);
    this.#square = new Float64Array(weights.length);
  }

  step(gradient: Float64Array, rate: number): void {
    this.#steps++;
    const meanScale = 1 - beta1 ** this.#steps;
    const rootScale = Math.sqrt(1 - beta2 ** this.#steps);
    for (const [i, slope] of gradient.entries()) {
      const mean = beta1 * this.#mean[i]! + (1 - beta1) * slope;
      const square = beta2 * this.#square[i]! + (1 - beta2) * slope * slope;
      this.#mean[i] = mean;
      this.#square[i] = square;
      this.#weights[i]! -= ((rate / meanScale) * mean) / (Math.sqrt(square) / rootScale + epsilon);
    }
  }
}
