// Packing a document into rows loses nothing: reading a row back as the model
// does gives every request its tokens at its positions.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { documentRows } from "../../coordinator/suites/token-rows.js";
import type { TokenisedRequest } from "../../coordinator/suites/tokenise.js";
import type { TokenRow } from "../../models/token-row.js";

/** What a row's token sees: the prefix and its own branch up to itself. Its position is how much that is, less one. */
function seenAt(row: TokenRow, index: number): readonly number[] {
  if (index < row.prefixLength) return row.tokens.slice(0, index + 1);
  let start = row.prefixLength;
  for (const length of row.branchLengths) {
    if (index < start + length) {
      return [...row.tokens.slice(0, row.prefixLength), ...row.tokens.slice(start, index + 1)];
    }
    start += length;
  }
  throw new Error(`index ${index} is outside the row`);
}

const tokens = (minLength: number) => fc.array(fc.integer({ min: 0, max: 2 }), { minLength, maxLength: 9 });

/** Few different tokens, so that inputs are equal or contained in each other often. */
const document = fc
  .record({
    shared: tokens(0),
    endings: fc.array(fc.record({ context: tokens(1), continuation: tokens(1), cut: fc.nat({ max: 4 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
  })
  .map(({ shared, endings }) =>
    endings.map(({ context, continuation, cut }): TokenisedRequest => {
      const input = [...shared, ...context, ...continuation.slice(0, -1)];
      return { input: input.slice(Math.min(cut, input.length - continuation.length)), continuation };
    }),
  );

test("documentRows() gives back every request's inputs, positions and targets", () => {
  fc.assert(
    fc.property(document, fc.integer({ min: 1, max: 60 }), (requests, maxPositions) => {
      const rows = documentRows(requests, maxPositions);
      for (const row of rows) {
        const branchTokens = row.branchLengths.reduce((sum, length) => sum + length, 0);
        assert.equal(row.tokens.length, row.prefixLength + branchTokens);
      }
      requests.forEach(({ input, continuation }, request) => {
        const scored = rows.flatMap((row) =>
          row.scored.filter((token) => token.request === request).map((token) => ({ row, ...token })),
        );
        assert.deepEqual(
          scored.map(({ target }) => target),
          continuation,
        );
        scored.forEach(({ row, index }, i) => {
          assert.deepEqual(seenAt(row, index), input.slice(0, input.length - continuation.length + i + 1));
        });
      });
    }),
    { numRuns: 500 },
  );
});

test("documentRows() packs as far as positions go, then gives each request a row", () => {
  fc.assert(
    fc.property(document, fc.integer({ min: 1, max: 60 }), (requests, maxPositions) => {
      const rows = documentRows(requests, maxPositions);
      const packed = documentRows(requests, Number.POSITIVE_INFINITY);
      assert.equal(packed.length, 1);
      const fits = (packed[0]?.tokens.length ?? 0) <= maxPositions;
      if (fits || requests.length === 1) assert.deepEqual(rows, packed);
      else {
        assert.deepEqual(
          rows.map((row) => row.tokens),
          requests.map(({ input }) => input),
        );
        assert.ok(rows.every((row) => row.prefixLength === row.tokens.length));
      }
    }),
  );
});

test("documentRows() shares the prefix of inputs, one of which may hold the other", () => {
  assert.deepEqual(
    documentRows(
      [
        { input: [5, 6, 7], continuation: [8] },
        { input: [5, 6, 7, 8, 9], continuation: [8, 9, 1] },
        { input: [5, 6, 7], continuation: [4] },
      ],
      9,
    ),
    [
      {
        tokens: [5, 6, 7, 8, 9],
        prefixLength: 3,
        branchLengths: [0, 2, 0],
        scored: [
          { request: 0, index: 2, target: 8 },
          { request: 1, index: 2, target: 8 },
          { request: 1, index: 3, target: 9 },
          { request: 1, index: 4, target: 1 },
          { request: 2, index: 2, target: 4 },
        ],
      },
    ],
  );
});

test("documentRows() shares nothing where contexts differ from the start", () => {
  const [row] = documentRows(
    [
      { input: [1, 2], continuation: [3] },
      { input: [4, 2], continuation: [3] },
    ],
    9,
  );
  assert.deepEqual(row?.tokens, [1, 2, 4, 2]);
  assert.equal(row?.prefixLength, 0);
  assert.deepEqual(row?.branchLengths, [2, 2]);
});
