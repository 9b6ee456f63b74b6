// What probes send, as the coordinator takes it: how many bytes to expect, pieces put
// together, and the values of each row. The worker's side is worker/probe.ts.
import type { TokenRow } from "../../models/token-row.js";
import type { Visit } from "../graph/sweep-graph.js";

export type Probe = Extract<Visit, { readonly kind: "probe" }>;

/** Of the injection's rows together. */
export function probeBytes(probe: Probe, rows: readonly TokenRow[], hiddenSize: number): number {
  return rows.reduce((sum, row) => sum + rowBytes(probe, row, hiddenSize), 0);
}

function rowBytes({ measure, inputs }: Probe, { tokens }: TokenRow, hiddenSize: number): number {
  const states = inputs.length;
  switch (measure) {
    case "gram":
      return 8 * ((states * (states + 1)) / 2 + 2 * states);
    case "states":
      return 4 * states * tokens.length * hiddenSize;
  }
}

/** The values of a probe that arrive in pieces, in order. */
export class ProbePieces {
  readonly values: Uint8Array<ArrayBuffer>;
  #filled = 0;

  constructor(readonly totalBytes: number) {
    this.values = new Uint8Array(totalBytes);
  }

  get isComplete(): boolean {
    return this.#filled === this.totalBytes;
  }

  /** @returns whether it was the next piece and no more than is left */
  take(offset: number, data: Uint8Array): boolean {
    if (offset !== this.#filled || data.length > this.totalBytes - offset) return false;
    this.values.set(data, offset);
    this.#filled += data.length;
    return true;
  }
}

/** What a gram says of one row's states. */
export interface RowGram {
  /** Dot products of the pairs i <= j: (0,0) (0,1) .. (1,1) .. */
  readonly products: Float64Array;
  /** [state] The sum over tokens of the L2 norm. */
  readonly norms: Float64Array;
  /** [state] The sum over tokens of the variance over hidden units. */
  readonly variances: Float64Array;
}

/** The rows of a gram over `states` states, in order. */
export function rowGrams(values: Uint8Array<ArrayBuffer>, states: number): readonly RowGram[] {
  const pairs = (states * (states + 1)) / 2;
  const rowValues = pairs + 2 * states;
  const all = new Float64Array(values.buffer, values.byteOffset, values.length / 8);
  return Array.from({ length: all.length / rowValues }, (_, row) => {
    const own = all.subarray(row * rowValues, (row + 1) * rowValues);
    return {
      products: own.subarray(0, pairs),
      norms: own.subarray(pairs, pairs + states),
      variances: own.subarray(pairs + states),
    };
  });
}
