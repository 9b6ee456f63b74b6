// From what probes found over documents to the numbers of a heat map. Pure.
import type { ScheduleSimilarity } from "./similarity-file.js";

/** Of one document, what its states' dot products and per-token sums are. */
export interface DocumentGram {
  /** Dot products of the pairs i <= j of flattened states: (0,0) (0,1) .. (1,1) .. */
  readonly products: Float64Array;
  /** [state] Sums over tokens: of the L2 norm, of the variance over hidden units. */
  readonly norms: Float64Array;
  readonly variances: Float64Array;
  readonly tokens: number;
}

/**
 * Cosines are averaged over documents (paper, section 4.1), norms and variances over all tokens. In the order
 * given, so that the same documents give the same bits.
 */
export function averageGrams(
  labels: readonly string[],
  documents: readonly DocumentGram[],
): Pick<ScheduleSimilarity, "states" | "cosine"> {
  const count = labels.length;
  const cosine = labels.map(() => new Array<number>(count).fill(0));
  const norms = new Array<number>(count).fill(0);
  const variances = new Array<number>(count).fill(0);
  let tokens = 0;
  for (const document of documents) {
    const squares = diagonal(document.products, count);
    let pair = 0;
    for (let i = 0; i < count; i++) {
      for (let j = i; j < count; j++, pair++) {
        const value = document.products[pair]! / Math.sqrt(squares[i]! * squares[j]!);
        cosine[i]![j]! += value;
      }
      norms[i]! += document.norms[i]!;
      variances[i]! += document.variances[i]!;
    }
    tokens += document.tokens;
  }
  for (let i = 0; i < count; i++) {
    for (let j = i; j < count; j++) {
      cosine[i]![j]! /= documents.length;
      cosine[j]![i] = cosine[i]![j]!;
    }
  }
  const states = labels.map((label, i) => ({
    label,
    norm: norms[i]! / tokens,
    variance: variances[i]! / tokens,
  }));
  return { states, cosine };
}

/** The dot products of every state with itself. */
function diagonal(products: Float64Array, count: number): readonly number[] {
  let at = 0;
  return Array.from({ length: count }, (_, i) => {
    const own = products[at]!;
    at += count - i;
    return own;
  });
}
