// What one can guess of a GLUE row without reading it: a linear model of which
// words each text has, and of how many of the second text's are in the first.
import type { GlueDocument } from "../../../models/demo/world/glue/document.js";

const rounds = 4;

/** Weights of the words, each named by its text; logistic for labels, squared error for scores. */
export class WordWeights {
  readonly #weights = new Map<string, number>();
  readonly #isScore: boolean;

  constructor(training: readonly GlueDocument[]) {
    this.#isScore = training[0]!.task === "stsb";
    for (let round = 0; round < rounds; round++) {
      const rate = 0.05 / (1 + round);
      for (const document of training) {
        const error = document.label - this.predict(document);
        for (const [feature, value] of featuresOf(document)) {
          this.#weights.set(feature, (this.#weights.get(feature) ?? 0) + rate * error * value);
        }
      }
    }
  }

  /** The probability of label 1, or the score. */
  predict(document: GlueDocument): number {
    let sum = 0;
    for (const [feature, value] of featuresOf(document)) sum += value * (this.#weights.get(feature) ?? 0);
    return this.#isScore ? sum : 1 / (1 + Math.exp(-sum));
  }
}

function featuresOf({ texts }: GlueDocument): (readonly [string, number])[] {
  const words = texts.map((text) => [...new Set(text.toLowerCase().match(/[a-z]+/g))]);
  const features = words.flatMap((own, i) =>
    own.map((word) => [`${i} ${word}`, 1 / Math.sqrt(own.length)] as const),
  );
  const shared =
    words.length < 2 ? 0 : words[1]!.filter((word) => words[0]!.includes(word)).length / words[1]!.length;
  return [...features, ["shared", shared], ["all", 1]];
}

/** Accuracy of the likelier label; of scores, Pearson's correlation. */
export function guessed(documents: readonly GlueDocument[], weights: WordWeights): number {
  const predicted = documents.map((document) => weights.predict(document));
  if (documents[0]!.task === "stsb") {
    return pearson(
      predicted,
      documents.map(({ label }) => label),
    );
  }
  return (
    documents.filter(({ label }, i) => label === (predicted[i]! > 0.5 ? 1 : 0)).length / documents.length
  );
}

export function pearson(x: readonly number[], y: readonly number[]): number {
  const centred = (values: readonly number[]): number[] => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return values.map((value) => value - mean);
  };
  const [a, b] = [centred(x), centred(y)];
  const dot = (p: readonly number[], q: readonly number[]): number =>
    p.reduce((sum, v, i) => sum + v * q[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
