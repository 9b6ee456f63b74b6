// What a schedule means, in ten lines: the reference that simplifying and the
// graph are tested against. The arithmetic is a parameter.
import type { Layer, Schedule } from "../../coordinator/schedule/schedule.js";

export interface Arithmetic<H> {
  /** @param layer toyNumber() */
  layer(layer: number, h: H): H;
  mean(branches: readonly H[]): H;
  /** base + the sum of (branch - base). */
  sum(base: H, branches: readonly H[]): H;
  /** base + factor (output - base). */
  damp(factor: number, base: H, output: H): H;
}

/** What a toy computes a layer from; halves are layers of their own. */
export function toyNumber({ layer, sublayer }: Pick<Layer, "layer" | "sublayer">): number {
  return layer + (sublayer === undefined ? 0 : { attn: 100, mlp: 200 }[sublayer]);
}

/** A layer's keys and values of an input, in toys that average them over a group (kv=paper). */
export function toyKept(layer: Pick<Layer, "layer">, input: readonly number[]): readonly number[] {
  return FLOATS.layer(layer.layer + 50, input);
}

export function interpret<H>(schedule: Schedule, arithmetic: Arithmetic<H>, h: H): H {
  switch (schedule.kind) {
    case "layer":
      return arithmetic.layer(toyNumber(schedule), h);
    case "sequence":
      return schedule.items.reduce((state, item) => interpret(item, arithmetic, state), h);
    case "merge": {
      const branches = schedule.branches.map((branch) => interpret(branch, arithmetic, h));
      return schedule.rule === "mean" ? arithmetic.mean(branches) : arithmetic.sum(h, branches);
    }
    case "loop": {
      let state = h;
      for (let time = 0; time < schedule.times; time++) {
        const output = interpret(schedule.body, arithmetic, state);
        state = schedule.damping === undefined ? output : arithmetic.damp(schedule.damping, state, output);
      }
      return state;
    }
  }
}

/** Floats, where every rounding shows: what workers do, in small. */
export const FLOATS: Arithmetic<readonly number[]> = {
  layer: (layer, [x = 0, y = 0, z = 0]) => [
    Math.fround(x + Math.tanh(y + layer)),
    Math.fround(y - Math.tanh(z * (layer + 1.3))),
    Math.fround(z + 0.1 * x),
  ],
  mean: (branches) => addAll(branches).map((value) => Math.fround(value / branches.length)),
  sum: (base, branches) =>
    addAll([base, ...branches.map((branch) => branch.map((value, i) => Math.fround(value - at(base, i))))]),
  damp: (factor, base, output) =>
    output.map((value, i) =>
      Math.fround(at(base, i) + Math.fround(factor * Math.fround(value - at(base, i)))),
    ),
};

function addAll(vectors: readonly (readonly number[])[]): readonly number[] {
  return vectors.reduce((sum, vector) => sum.map((value, i) => Math.fround(value + at(vector, i))));
}

function at(vector: readonly number[], i: number): number {
  return vector[i] as number;
}

const PRIME = 2147483647n;

/**
 * Integers modulo a prime, where division is exact: laws that hold in the reals hold here without
 * rounding, and layers (polynomials) neither commute nor average linearly.
 */
export const FIELD: Arithmetic<readonly bigint[]> = {
  layer: (layer, [x = 0n, y = 0n]) => [mod(x * y + BigInt(layer) + 3n), mod(x + BigInt(layer + 2) * y)],
  mean: (branches) => addModulo(branches).map((value) => mod(value * inverse(BigInt(branches.length)))),
  sum: (base, branches) =>
    addModulo([base, ...branches.map((branch) => branch.map((value, i) => value - (base[i] as bigint)))]),
  damp: (factor, base, output) =>
    base.map((value, i) => mod(value + fraction(factor) * ((output[i] as bigint) - value))),
};

function addModulo(vectors: readonly (readonly bigint[])[]): readonly bigint[] {
  return vectors.reduce((sum, vector) => sum.map((value, i) => mod(value + (vector[i] as bigint))));
}

function mod(value: bigint): bigint {
  return ((value % PRIME) + PRIME) % PRIME;
}

/** By Fermat: value^(PRIME - 2). */
function inverse(value: bigint): bigint {
  let result = 1n;
  let power = mod(value);
  for (let exponent = PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = mod(result * power);
    power = mod(power * power);
  }
  return result;
}

/** A factor that is a multiple of 1/1024, in the field. */
function fraction(factor: number): bigint {
  return mod(BigInt(Math.round(factor * 1024)) * inverse(1024n));
}
