// A number for every part of a model: bytes, visits, FLOPs, costs. What
// placement and prediction weigh by.

export interface PerPart {
  readonly embed: number;
  /** Indices are layers. */
  readonly layers: readonly number[];
  readonly head: number;
}

/** Parts in the order of the data: 0 is the embedding, 1 + i layer i, the last the head. */
export function inOrder({ embed, layers, head }: PerPart): readonly number[] {
  return [embed, ...layers, head];
}

export function total(parts: PerPart): number {
  return inOrder(parts).reduce((sum, value) => sum + value, 0);
}

export function multiply(a: PerPart, b: PerPart): PerPart {
  return {
    embed: a.embed * b.embed,
    layers: a.layers.map((value, layer) => value * b.layers[layer]!),
    head: a.head * b.head,
  };
}
