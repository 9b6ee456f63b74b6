// Keys and values that the layers of a group share (kv=paper), in hidden states [batch, seq, hidden + 2 * key size]: of
// every token its state, then its key (rotated, before it is repeated for the queries) and its value. A layer makes its
// own with its output; of their mean, which a merge makes of all three at once, they are stored here.
import type { BatchInputs } from "./batch-inputs.js";
import type { KeyValueCache } from "./key-value-cache.js";
import type { Tensor } from "./part-session.js";

/** @param k and v [batch, seq, key size] of as many tokens */
export function withNewKept(
  hiddenStates: Float32Array,
  k: Tensor,
  v: Tensor,
  tokens: number,
): Float32Array<ArrayBuffer> {
  const parts = [hiddenStates, k.data as Float32Array, v.data as Float32Array];
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  for (let token = 0, at = 0; token < tokens; token++) {
    for (const part of parts) {
      const size = part.length / tokens;
      all.set(part.subarray(token * size, (token + 1) * size), at);
      at += size;
    }
  }
  return all;
}

/**
 * Puts the keys and values into the slot, behind those that it has of each row's sequence. Throws if it has not its past.
 * @returns the hidden states alone
 */
export function storeMeanKept(
  states: Float32Array<ArrayBuffer>,
  { cached, hiddenShape: [batch, seq, hidden] }: BatchInputs,
  cache: KeyValueCache,
  slot: number,
): Float32Array<ArrayBuffer> {
  if (!cached) throw new Error("keys and values are only stored of rows that go on with sequences");
  const width = states.length / (batch * seq);
  const size = (width - hidden) / 2;
  const parts = (begin: number, tokens: number, from: number, length: number): Float32Array<ArrayBuffer> => {
    const part = new Float32Array(tokens * length);
    for (let token = 0; token < tokens; token++) {
      const at = (begin + token) * width + from;
      part.set(states.subarray(at, at + length), token * length);
    }
    return part;
  };
  for (const [b, { sequence, past, length }] of cached.rows.entries()) {
    const [keys, values] = [hidden, hidden + size].map((from) => parts(b * seq, length, from, size));
    cache.append(sequence, slot, past, size, keys!, values!);
  }
  return parts(0, batch * seq, 0, hidden);
}
