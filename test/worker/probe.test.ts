// What a probe makes of hidden states, against a direct computation.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProbePieces, probeBytes, rowGrams } from "../../coordinator/cluster/probe-values.js";
import { gramOfRows, measure } from "../../worker/probe.js";
import { probePieces } from "../../worker/probe-pieces.js";

interface Batch {
  readonly seq: number;
  readonly hidden: number;
  readonly lengths: readonly number[];
  readonly states: readonly Float32Array<ArrayBuffer>[];
}

const value = fc.float({ min: -100, max: 100, noNaN: true });
const batches: fc.Arbitrary<Batch> = fc
  .record({
    hidden: fc.integer({ min: 1, max: 9 }),
    lengths: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
    count: fc.integer({ min: 1, max: 5 }),
    padding: fc.nat(2),
  })
  .chain(({ hidden, lengths, count, padding }) => {
    const seq = Math.max(...lengths) + padding;
    const size = lengths.length * seq * hidden;
    const state = fc
      .array(value, { minLength: size, maxLength: size })
      .map((values) => Float32Array.from(values));
    return fc
      .array(state, { minLength: count, maxLength: count })
      .map((states) => ({ seq, hidden, lengths, states }));
  });

/** [token][hidden] of a row, padding left out. */
function tokensOf({ seq, hidden, lengths }: Batch, state: Float32Array, row: number): number[][] {
  return Array.from({ length: lengths[row]! }, (_, token) => {
    const at = (row * seq + token) * hidden;
    return [...state.subarray(at, at + hidden)];
  });
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function isClose(a: number, b: number): void {
  assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)), `${a} is not ${b}`);
}

test("gramOfRows() has the dot products, norms and variances of each row's own tokens", () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const values = gramOfRows(batch.states, batch);
      const grams = rowGrams(new Uint8Array(values.buffer), batch.states.length);
      assert.equal(grams.length, batch.lengths.length);
      for (const [row, { products, norms, variances }] of grams.entries()) {
        const tokens = batch.states.map((state) => tokensOf(batch, state, row));
        let pair = 0;
        for (const [i, a] of tokens.entries()) {
          for (const b of tokens.slice(i)) {
            const flat = b.flat();
            isClose(products[pair++]!, sum(a.flat().map((x, k) => x * flat[k]!)));
          }
          isClose(norms[i]!, sum(a.map((token) => Math.hypot(...token))));
          const variance = (token: readonly number[]): number => {
            const mean = sum(token) / token.length;
            return sum(token.map((x) => (x - mean) ** 2)) / token.length;
          };
          isClose(variances[i]!, sum(a.map(variance)));
        }
        assert.equal(pair, products.length);
      }
    }),
    { numRuns: 300 },
  );
});

test("gramOfRows() gives a row the same bits whatever it is padded to and beside", () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const together = rowGrams(new Uint8Array(gramOfRows(batch.states, batch).buffer), batch.states.length);
      for (const row of batch.lengths.keys()) {
        const states = batch.states.map((state) => Float32Array.from(tokensOf(batch, state, row).flat()));
        const lengths = [batch.lengths[row]!];
        const alone = gramOfRows(states, { seq: lengths[0]!, hidden: batch.hidden, lengths });
        assert.deepEqual(rowGrams(new Uint8Array(alone.buffer), states.length)[0], together[row]);
      }
    }),
    { numRuns: 200 },
  );
});

test("measure() gives states without padding, and as many bytes as probeBytes() says", () => {
  fc.assert(
    fc.property(batches, (batch) => {
      const rows = batch.lengths.map((length) => ({
        tokens: new Array<number>(length).fill(0),
        prefixLength: length,
        branchLengths: [],
        scored: [],
      }));
      const inputs = [...batch.states.keys()];
      for (const kind of ["gram", "states"] as const) {
        const bytes = measure(kind, batch.states, batch);
        assert.equal(bytes.length, probeBytes({ kind: "probe", measure: kind, inputs }, rows, batch.hidden));
      }
      const expected = batch.lengths.flatMap((_, row) =>
        batch.states.flatMap((state) => tokensOf(batch, state, row).flat()),
      );
      const states = measure("states", batch.states, batch);
      assert.deepEqual(new Float32Array(states.buffer), Float32Array.from(expected));
    }),
  );
});

test("probePieces() come together again, and in their order only", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 50 }),
      (bytes, size) => {
        const values = Uint8Array.from(bytes);
        const pieces = [...probePieces({ kind: "probed", epoch: 1, injection: 2, probe: 3, values }, size)];
        const together = new ProbePieces(values.length);
        for (const [i, { offset, data }] of pieces.entries()) {
          assert.ok(data.length <= size);
          if (i + 1 < pieces.length) assert.ok(!together.take(pieces[i + 1]!.offset, pieces[i + 1]!.data));
          assert.ok(!together.isComplete);
          assert.ok(together.take(offset, data));
        }
        assert.ok(together.isComplete);
        assert.deepEqual(together.values, values);
        assert.ok(!together.take(values.length, Uint8Array.of(1)));
      },
    ),
  );
});
