// Keys and values that the layers of a group share (kv=paper), in hidden states: [batch, seq, hidden], behind it the
// keys of the same tokens, [batch, seq, key size] (rotated, before they are repeated for the queries), and the values.
// A layer makes its own with its output; of their mean, which a merge makes of all three at once, they are stored here.
import type { BatchInputs } from "./batch-inputs.js";
import type { KeyValueCache } from "./key-value-cache.js";
import type { Tensor } from "./part-session.js";

/** @param k and v [batch, seq, key size] of the new tokens */
export function withNewKept(hidden: Float32Array, k: Tensor, v: Tensor): Float32Array<ArrayBuffer> {
  const [keys, values] = [k.data as Float32Array, v.data as Float32Array];
  const all = new Float32Array(hidden.length + keys.length + values.length);
  all.set(hidden);
  all.set(keys, hidden.length);
  all.set(values, hidden.length + keys.length);
  return all;
}

/**
 * Puts the keys and values behind those that the slot has of each row's sequence. Throws if it has not its past.
 * @returns the hidden states alone
 */
export function storeMeanKept(
  state: Float32Array<ArrayBuffer>,
  { cached, hiddenShape: [batch, seq, hidden] }: BatchInputs,
  cache: KeyValueCache,
  slot: number,
): Float32Array<ArrayBuffer> {
  if (!cached) throw new Error("keys and values are only stored of rows that go on with sequences");
  const tokens = batch * seq;
  const size = (state.length / tokens - hidden) / 2;
  const keys = state.subarray(tokens * hidden, tokens * (hidden + size));
  const values = state.subarray(tokens * (hidden + size));
  for (const [b, { sequence, past, length }] of cached.rows.entries()) {
    const own = (all: Float32Array): Float32Array => all.subarray(b * seq * size, (b * seq + length) * size);
    cache.append(sequence, slot, past, size, own(keys), own(values));
  }
  return state.slice(0, tokens * hidden);
}
