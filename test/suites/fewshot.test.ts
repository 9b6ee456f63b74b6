// The harness's draws: index vectors made with CPython (lm-eval.md, 12.2), and
// what becomes of the document itself among them.
import assert from "node:assert/strict";
import test from "node:test";
import { FewshotSampler, fewshotBlock, TooFewExamplesError } from "../../coordinator/suites/fewshot.js";

const rows = (length: number) => Array.from({ length }, (_, i) => ({ i }));
const other = { i: -1 };

/** Indices drawn for the first `documents` documents, none of them in the pool. */
function draws(size: number, shots: number, drawsOneMore: boolean, documents: number): readonly number[][] {
  return (["262f879", "current"] as const)
    .map((harness) => {
      const sampler = new FewshotSampler(rows(size), { shots, drawsOneMore, harness });
      return Array.from({ length: documents }, () => sampler.draw(other).map((row) => row.i as number));
    })
    .reduce((paper, current) => {
      assert.deepEqual(paper, current);
      return paper;
    });
}

test("draw() for arc_easy, 5 shots", () => {
  assert.deepEqual(draws(2251, 5, false, 3), [
    [1805, 478, 30, 371, 143],
    [343, 403, 1452, 969, 71],
    [126, 64, 1417, 1983, 1898],
  ]);
});

test("draw() for arc_challenge, 25 shots", () => {
  const [first, second] = draws(1119, 25, false, 2);
  assert.deepEqual(
    first,
    [
      902, 239, 15, 185, 71, 171, 201, 726, 484, 35, 63, 32, 708, 991, 949, 304, 186, 374, 234, 29, 1030, 996,
      511, 132, 1108,
    ],
  );
  assert.deepEqual(second?.slice(0, 5), [954, 140, 182, 1054, 94]);
});

test("draw() for hellaswag, 10 shots: eleven drawn, ten kept", () => {
  assert.deepEqual(draws(39905, 10, true, 2), [
    [28883, 7657, 490, 5940, 38156, 2288, 5500, 6450, 23241, 15519],
    [2019, 1038, 22681, 31735, 30379, 9735, 5982, 11999, 7498, 958],
  ]);
});

test("draw() for winogrande, 5 shots: six drawn, five kept", () => {
  assert.deepEqual(draws(40398, 5, true, 2), [
    [28883, 7657, 490, 5940, 38156],
    [5500, 6450, 23241, 15519, 1142],
  ]);
});

test("draw() for gsm8k, 5 shots, as far as the last document", () => {
  const drawn = draws(7473, 5, false, 1319);
  assert.deepEqual(drawn[9], [4219, 4743, 376, 2208, 6753]);
  assert.deepEqual(drawn[1318], [220, 4179, 6064, 5599, 5541]);
});

test("draw() leaves out the document itself, and takes the one more", () => {
  const sampler = new FewshotSampler(rows(40398), { shots: 5, drawsOneMore: true, harness: "262f879" });
  assert.deepEqual(
    sampler.draw({ i: 490 }).map((row) => row.i),
    [28883, 7657, 5940, 38156, 2288],
  );
});

test("draw() from the evaluation split itself gives fewer at 262f879, the document itself today", () => {
  const options = { shots: 5, drawsOneMore: false };
  const paper = new FewshotSampler(rows(2251), { ...options, harness: "262f879" });
  const current = new FewshotSampler(rows(2251), { ...options, harness: "current" });
  assert.deepEqual(
    paper.draw({ i: 30 }).map((row) => row.i),
    [1805, 478, 371, 143],
  );
  assert.deepEqual(
    current.draw({ i: 30 }).map((row) => row.i),
    [1805, 478, 30, 371, 143],
  );
});

test("draw() draws again where the pool held the document twice (today's harness)", () => {
  // CPython: r = Random(1234); r.sample(pool, 3); r.sample([x for x in pool if x != doc], 2); r.sample(pool, 3)
  const pool = [1, 1, 2, 1, 4, 1, 6].map((i) => ({ i }));
  const sampler = new FewshotSampler(pool, { shots: 2, drawsOneMore: true, harness: "current" });
  const drawn = [sampler.draw({ i: 1 }), sampler.draw(other)].map((examples) => examples.map((row) => row.i));
  assert.deepEqual(drawn, [
    [2, 6],
    [6, 4],
  ]);
});

test("draw() draws nothing at zero shots", () => {
  const sampler = new FewshotSampler([], { shots: 0, drawsOneMore: true, harness: "current" });
  assert.deepEqual(sampler.draw(other), []);
});

test("FewshotSampler refuses a pool smaller than a draw", () => {
  assert.throws(
    () => new FewshotSampler(rows(5), { shots: 5, drawsOneMore: true, harness: "current" }),
    (error) =>
      error instanceof TooFewExamplesError &&
      error.exitCode === 2 &&
      /draw 6 rows.* has 5/.test(error.message),
  );
});

test("fewshotBlock() ends every example with a blank line", () => {
  assert.equal(fewshotBlock([]), "");
  assert.equal(fewshotBlock(["a b", "c d"]), "a b\n\nc d\n\n");
});
