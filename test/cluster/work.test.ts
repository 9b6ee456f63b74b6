// What is still to be done: every missing record runs once, however it is cut, put back
// or recorded on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Work } from "../../coordinator/cluster/work.js";

const documentOf = (...lengths: readonly number[]) => ({
  rows: lengths.map((length) => ({
    tokens: new Array<number>(length).fill(1),
    prefixLength: length,
    branchLengths: [],
    scored: [],
  })),
});

test("batches are of like length, the longest first, within the padded tokens", () => {
  const work = new Work(
    [[7, 3]],
    [3, 9, 5, 5, 8].map((length) => documentOf(length)),
    () => true,
  );
  const batches = [];
  for (let batch = work.batch(16); batch; batch = work.batch(16)) {
    work.start(batch);
    batches.push([batch.documents, batch.paddedTokens, batch.heads]);
  }
  assert.deepEqual(batches, [
    [[1], 9, [3, 7]],
    [[4, 2], 16, [3, 7]],
    [[3, 0], 10, [3, 7]],
  ]);
});

test("a lone row of one token counts as two", () => {
  assert.equal(new Work([[1]], [documentOf(1)], () => true).first()!.paddedTokens, 2);
});

test("rows count as the least that the model computes", () => {
  const work = new Work([[1]], [documentOf(3, 9), documentOf(70)], () => true, 65);
  assert.equal(work.batch(140)!.paddedTokens, 70);
  work.start(work.batch(140)!);
  assert.equal(work.batch(140)!.paddedTokens, 130);
});

test("documents that lack the same heads run together", () => {
  const work = new Work(
    [[1, 2]],
    [documentOf(4), documentOf(4), documentOf(4)],
    (head, d) => head === 1 || d !== 1,
  );
  const first = work.batch(100)!;
  work.start(first);
  assert.deepEqual(
    [first.heads, first.documents],
    [
      [1, 2],
      [0, 2],
    ],
  );
  assert.deepEqual([work.batch(100)!.heads, work.batch(100)!.documents], [[1], [1]]);
});

test("a suspect runs alone, when all else is done", () => {
  const work = new Work([[1]], [documentOf(4), documentOf(4)], () => true);
  work.blame(0);
  work.blame(0);
  const first = work.batch(100)!;
  assert.deepEqual([first.documents, first.alone], [[1], false]);
  work.start(first);
  const second = work.batch(100)!;
  assert.deepEqual([second.documents, second.alone], [[0], true]);
});

test("every missing record ends as recorded or given up, whatever befalls it", () => {
  const what = fc.constantFrom("take", "take", "split", "finish", "finish", "late", "lose", "fail");
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(fc.tuple(what, fc.nat()), { maxLength: 60 }),
      (lengths, budget, script) => {
        const heads = [1, 2, 3, 4, 5];
        const documents = lengths.map((length) => documentOf(length));
        const work = new Work([heads.slice(0, 3), heads.slice(3)], documents, () => true);
        const open = new Set(heads.flatMap((head) => documents.map((_, d) => `${head}/${d}`)));
        const failed = new Set<string>();
        const flying: { heads: readonly number[]; documents: readonly number[] }[] = [];
        const record = (head: number, of: readonly number[]): void => {
          for (const [i, missing] of work.recorded(head, of).entries()) {
            const key = `${head}/${of[i]}`;
            assert.equal(missing, open.delete(key) || failed.delete(key));
          }
        };
        const take = (): void => {
          const batch = work.batch(budget);
          if (!batch) return;
          assert.ok(batch.documents.length === 1 || batch.paddedTokens <= budget);
          assert.ok(batch.heads.every((head) => batch.documents.every((d) => open.has(`${head}/${d}`))));
          work.start(batch);
          flying.push(batch);
        };
        for (const [verb, n] of script) {
          const batch = flying[n % Math.max(1, flying.length)];
          if (verb === "take") take();
          else if (verb === "split") {
            const first = work.first();
            if (first && first.heads.length > 1) work.split(first);
          } else if (verb === "late") record(heads[n % 5]!, [n % documents.length]);
          else if (verb === "fail") {
            for (const head of work.giveUp(n % documents.length)) {
              open.delete(`${head}/${n % documents.length}`);
              failed.add(`${head}/${n % documents.length}`);
            }
          } else if (batch) {
            flying.splice(flying.indexOf(batch), 1);
            if (verb === "finish") for (const head of batch.heads) record(head, batch.documents);
            else {
              for (const document of batch.documents) work.blame(document);
              work.putBack(batch.heads, batch.documents);
            }
          }
          assert.equal(work.missing, open.size);
          assert.equal(work.failed, failed.size);
        }
        for (const { heads: of, documents: members } of flying) for (const head of of) record(head, members);
        for (let batch = work.batch(budget); batch; batch = work.batch(budget)) {
          work.start(batch);
          for (const head of batch.heads) record(head, batch.documents);
        }
        assert.equal(work.missing, 0);
        assert.equal(open.size, 0);
      },
    ),
  );
});
