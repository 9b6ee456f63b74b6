// Rotary position angles, rounded as transformers rounds them: inverse
// frequencies and their product with the position in float32
// (modeling_rope_utils.py). Angles in float64 would be "better" and disagree.
import type { RopeConfig } from "./config.js";

const { fround } = Math;

/** One inverse frequency per pair of rotated dimensions: [rotarySize / 2], float32. */
export function inverseFrequencies(rope: RopeConfig, rotarySize: number): Float32Array {
  const frequencies = Float32Array.from({ length: rotarySize / 2 }, (_, i) => {
    return 1 / fround(rope.theta ** fround((2 * i) / rotarySize));
  });
  const { scaling } = rope;
  switch (scaling.kind) {
    case "none":
      return frequencies;
    case "linear":
      return frequencies.map((f) => f / scaling.factor);
    case "llama3":
      return frequencies.map((f) => {
        const wavelength = fround(fround(2 * Math.PI) / f);
        if (wavelength > scaling.originalMaxPositions / scaling.lowFreqFactor) return f / scaling.factor;
        if (wavelength < scaling.originalMaxPositions / scaling.highFreqFactor) return f;
        const smooth = fround(
          fround(fround(scaling.originalMaxPositions / wavelength) - scaling.lowFreqFactor) /
            (scaling.highFreqFactor - scaling.lowFreqFactor),
        );
        return fround(fround(fround(1 - smooth) * f) / scaling.factor) + fround(smooth * f);
      });
  }
}

/** Cosines and sines of every position, grown as longer rows come. */
export class RotaryTable {
  readonly #frequencies: Float32Array;
  #positions = 0;
  #cos = new Float32Array(0); // [positions, rotarySize / 2]
  #sin = new Float32Array(0);

  constructor(rope: RopeConfig, rotarySize: number) {
    this.#frequencies = inverseFrequencies(rope, rotarySize);
  }

  /** cos and sin for each of the given positions: [positions.length, rotarySize / 2]. */
  lookUp(positions: Int32Array): { readonly cos: Float32Array; readonly sin: Float32Array } {
    const half = this.#frequencies.length;
    this.#growTo(positions.reduce((a, b) => Math.max(a, b), 0) + 1);
    const cos = new Float32Array(positions.length * half);
    const sin = new Float32Array(positions.length * half);
    for (const [i, position] of positions.entries()) {
      const at = position * half;
      cos.set(this.#cos.subarray(at, at + half), i * half);
      sin.set(this.#sin.subarray(at, at + half), i * half);
    }
    return { cos, sin };
  }

  #growTo(count: number): void {
    if (count <= this.#positions) return;
    const target = Math.max(count, 2 * this.#positions, 128);
    const half = this.#frequencies.length;
    const cos = new Float32Array(target * half);
    const sin = new Float32Array(target * half);
    cos.set(this.#cos);
    sin.set(this.#sin);
    for (let position = this.#positions; position < target; position++) {
      for (const [i, frequency] of this.#frequencies.entries()) {
        const angle = fround(position * frequency);
        cos[position * half + i] = Math.cos(angle);
        sin[position * half + i] = Math.sin(angle);
      }
    }
    this.#cos = cos;
    this.#sin = sin;
    this.#positions = target;
  }
}
