import assert from "node:assert/strict";
import { test } from "node:test";
import { bfloat16ToFloat32, float16ToFloat32 } from "../../../models/checkpoint/float16.js";

const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** What the bits mean, by the formula of IEEE 754; exact, since float64 holds every half. */
function slowValue(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

function compareAll(convert: typeof float16ToFloat32, exponentBits: number, fractionBits: number): void {
  const bits = new Uint32Array(65536);
  convert(ALL, bits);
  const values = new Float32Array(bits.buffer);
  for (const half of ALL) {
    const expected = slowValue(half, exponentBits, fractionBits);
    assert.ok(
      Object.is(values[half], expected),
      `${half.toString(16)} became ${values[half]}, not ${expected}`,
    );
    if (Number.isNaN(expected)) {
      // Sign and payload stay.
      assert.equal(bits[half]! >>> 31, half >>> 15);
      assert.equal(
        (bits[half]! >>> (23 - fractionBits)) & (2 ** fractionBits - 1),
        half & (2 ** fractionBits - 1),
      );
    }
  }
}

test("float16ToFloat32() is exact for all 65,536 values", () => compareAll(float16ToFloat32, 5, 10));

test("bfloat16ToFloat32() is exact for all 65,536 values", () => compareAll(bfloat16ToFloat32, 8, 7));

test("float16ToFloat32() leaves the rest of a larger target alone", () => {
  const target = new Uint32Array(3).fill(7);
  float16ToFloat32(Uint16Array.of(0x3c00), target);
  assert.deepEqual([...target], [0x3f800000, 7, 7]);
});
