// Sums and means in blocks of four lanes: the bits of a plain loop over float32 values.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { accumulateMean, type State } from "../../worker/merge.js";

/** Every float32 but NaN, whose bits nothing promises. */
const anyValues = (length: number): fc.Arbitrary<State> =>
  fc
    .infiniteStream(fc.float({ noNaN: true }))
    .map((stream) => Float32Array.from({ length }, () => stream.next().value));

const anyRun = fc
  .record({
    length: fc.constantFrom(0, 1, 3, 4, 5, 100, 2047, 2048, 2049, 5000),
    branches: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ length, branches }) =>
    fc.record({
      sum: fc.option(anyValues(length)),
      branches: fc.tuple(...Array.from({ length: branches }, () => anyValues(length))),
      divideBy: fc.option(fc.integer({ min: 1, max: 48 })),
    }),
  );

test("accumulateMean() rounds every addition and the division to float32, in branch order", () => {
  fc.assert(
    fc.property(anyRun, ({ sum, branches, divideBy }) => {
      const [first, ...others] = sum ? [sum, ...branches] : branches;
      const expected = first!.slice();
      for (const branch of others) {
        for (let at = 0; at < expected.length; at++) expected[at] = expected[at]! + branch[at]!;
      }
      if (divideBy !== null) for (let at = 0; at < expected.length; at++) expected[at]! /= divideBy;
      const before = branches.map((branch) => branch.slice());
      assert.deepEqual(bitsOf(accumulateMean(sum, branches, divideBy)), bitsOf(expected));
      assert.deepEqual(branches, before);
    }),
    { numRuns: 200 },
  );
});

/** Infinity - infinity is NaN, whose sign differs between machines. */
function bitsOf(state: State): Uint32Array {
  const bits = Uint32Array.from(new Uint32Array(state.buffer, state.byteOffset, state.length));
  for (const [at, value] of state.entries()) if (Number.isNaN(value)) bits[at] = 0x7fc00000;
  return bits;
}
