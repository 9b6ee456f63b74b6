// Keys and values of the sequences that a device goes on with, kept for every visit of a layer: a layer that is applied
// twice has two slots (kv=own). The layers of a merge that share theirs have one, by the merge (kv=paper).

interface Slot {
  /** Tokens in it. */
  length: number;
  /** [capacity, key size] */
  keys: Float32Array;
  values: Float32Array;
}

const firstTokens = 64;

export class KeyValueCache {
  /** [sequence][visit] */
  readonly #slots = new Map<number, Map<number, Slot>>();

  /**
   * Puts the keys and values of a sequence's next tokens, [tokens, size], behind those of its `past` tokens.
   * Throws if the slot holds more or fewer.
   */
  append(
    sequence: number,
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
    if (slot.length !== past) {
      throw new Error(
        `sequence ${sequence} has ${slot.length} tokens in visit ${visit}; its next come after ${past}`,
      );
    }
    const length = past + keys.length / size;
    if (slot.keys.length < length * size) {
      const capacity = Math.max(firstTokens, length, (2 * slot.keys.length) / size) * size;
      slot.keys = grown(slot.keys, capacity);
      slot.values = grown(slot.values, capacity);
    }
    slot.keys.set(keys, past * size);
    slot.values.set(values, past * size);
    slot.length = length;
  }

  /** Copies the keys and values of a slot's `length` tokens to where they are wanted. Throws if it holds more or fewer. */
  read(
    sequence: number,
    visit: number,
    length: number,
    size: number,
    keys: Float32Array,
    values: Float32Array,
  ): void {
    const slot = this.#slots.get(sequence)?.get(visit);
    if ((slot?.length ?? 0) !== length) {
      throw new Error(
        `sequence ${sequence} has ${slot?.length ?? 0} tokens in visit ${visit}, not the ${length} of a layer's past`,
      );
    }
    if (!slot) return;
    keys.set(slot.keys.subarray(0, length * size));
    values.set(slot.values.subarray(0, length * size));
  }

  forget(sequence: number): void {
    this.#slots.delete(sequence);
  }

  get bytes(): number {
    let bytes = 0;
    for (const visits of this.#slots.values()) {
      for (const { keys, values } of visits.values()) bytes += keys.byteLength + values.byteLength;
    }
    return bytes;
  }
}

function grown(floats: Float32Array, length: number): Float32Array {
  const larger = new Float32Array(length);
  larger.set(floats);
  return larger;
}
