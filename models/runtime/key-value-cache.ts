// Keys and values of the sequences that a device goes on with, kept for every visit of a layer: a layer that is applied
// twice has two slots (kv=own). The layers of a merge that share theirs have one, by the merge (kv=paper).
import type { CachedTokens } from "../token-row.js";

interface Slot {
  /** Tokens in it. */
  length: number;
  /** [capacity, key size] */
  keys: Float32Array;
  values: Float32Array;
}

/** Whose keys and values: a sequence's, behind those of another that it goes on from. */
type Owner = Pick<CachedTokens, "sequence" | "base">;

/** Memory of a slot grows by so many tokens: what is reserved for a sequence is counted in them. */
export const blockTokens = 16;

export class KeyValueCache {
  /** [sequence][visit] */
  readonly #slots = new Map<number, Map<number, Slot>>();
  #bytes = 0;

  /**
   * Puts the keys and values of a sequence's next tokens, [tokens, size], behind those of its `past` tokens.
   * Throws if the slot holds more or fewer.
   */
  append(
    { sequence, base }: Owner,
    visit: number,
    past: number,
    size: number,
    keys: Float32Array,
    values: Float32Array,
  ): void {
    const visits = this.#slots.get(sequence) ?? new Map<number, Slot>();
    this.#slots.set(sequence, visits);
    const none: Slot = { length: 0, keys: new Float32Array(0), values: new Float32Array(0) };
    const slot = visits.get(visit) ?? none;
    visits.set(visit, slot);
    const before = this.#lengthOf(base, visit);
    if (before + slot.length !== past) {
      throw new Error(
        `sequence ${sequence} has ${before + slot.length} tokens in visit ${visit}; its next come after ${past}`,
      );
    }
    const length = slot.length + keys.length / size;
    if (slot.keys.length < length * size) {
      const capacity = blockTokens * Math.ceil(length / blockTokens) * size;
      this.#bytes += 2 * Float32Array.BYTES_PER_ELEMENT * (capacity - slot.keys.length);
      slot.keys = grown(slot.keys, capacity);
      slot.values = grown(slot.values, capacity);
    }
    slot.keys.set(keys, slot.length * size);
    slot.values.set(values, slot.length * size);
    slot.length = length;
  }

  /** Copies the keys and values of a sequence's `length` tokens to where they are wanted. Throws if it has more or fewer. */
  read(
    { sequence, base }: Owner,
    visit: number,
    length: number,
    size: number,
    keys: Float32Array,
    values: Float32Array,
  ): void {
    const found = this.#lengthOf(base, visit) + this.#lengthOf(sequence, visit);
    if (found !== length) {
      throw new Error(
        `sequence ${sequence} has ${found} tokens in visit ${visit}, not the ${length} of a layer's past`,
      );
    }
    let at = 0;
    for (const owner of base === undefined ? [sequence] : [base, sequence]) {
      const slot = this.#slots.get(owner)?.get(visit);
      if (!slot) continue;
      keys.set(slot.keys.subarray(0, slot.length * size), at);
      values.set(slot.values.subarray(0, slot.length * size), at);
      at += slot.length * size;
    }
  }

  #lengthOf(sequence: number | undefined, visit: number): number {
    return sequence === undefined ? 0 : (this.#slots.get(sequence)?.get(visit)?.length ?? 0);
  }

  forget(sequence: number): void {
    for (const { keys, values } of this.#slots.get(sequence)?.values() ?? []) {
      this.#bytes -= keys.byteLength + values.byteLength;
    }
    this.#slots.delete(sequence);
  }

  get bytes(): number {
    return this.#bytes;
  }
}

function grown(floats: Float32Array, length: number): Float32Array {
  const larger = new Float32Array(length);
  larger.set(floats);
  return larger;
}
