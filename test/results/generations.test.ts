// Generations in the ledger: their keys, their tokens and what happens when one is computed twice.
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import Database from "libsql";
import { generationFormat, generationKey } from "../../coordinator/results/generation-record.js";
import { type GenerationEntry, Ledger } from "../../coordinator/results/ledger.js";
import { LedgerConflictError, LedgerFileError } from "../../coordinator/results/ledger-errors.js";
import { exampleContext, exampleKey, exampleScores } from "./ledger-example.js";
import { temporaryFolder } from "./temporary-folder.js";

const identity = { prompt: [1, 2, 3], maxTokens: 4, stops: ["Question:", "</s>"], stopTokens: [2] };

function keyOf(n: number): string {
  return generationKey({ ...identity, prompt: [1, n] }, "own");
}

function openLedger(t: TestContext, file = join(temporaryFolder(t), "texts.ledger")): Ledger {
  const ledger = Ledger.open(file);
  t.after(() => ledger.close());
  return ledger;
}

test("generationKey() is stable", () => {
  // The keys of every ledger that exists: a change here must raise the encoding's number instead.
  assert.equal(
    generationKey(identity, "own"),
    "eefdd9c5065c5de9379ab1bc6bf6126a04b8da4a2236c26719da0a1ca71efcf5",
  );
});

test("generationKey() differs where anything that decides the tokens differs", () => {
  const variants = [
    identity,
    { ...identity, prompt: [1, 2] },
    { ...identity, prompt: [12, 3] },
    { ...identity, maxTokens: 5 },
    { ...identity, stops: ["Question:"] },
    { ...identity, stops: ['Question:","</s>'] },
    { ...identity, stopTokens: [] },
    { ...identity, stopTokens: [2, 3] },
  ];
  assert.equal(new Set(variants.map((variant) => generationKey(variant, "own"))).size, variants.length);
});

test("generationFormat encodes tokens and decodes them again", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(2 ** 31 - 1)), (tokens) => {
      assert.deepEqual(generationFormat.decode(generationFormat.encode(tokens)), tokens);
    }),
  );
  assert.throws(() => generationFormat.encode([2 ** 31]), /out of range/);
  assert.equal(generationFormat.decode(Buffer.alloc(5)), null);
});

test("Ledger.readGenerations() returns what was recorded, also in a later life", (t) => {
  const file = join(temporaryFolder(t), "texts.ledger");
  const first = Ledger.open(file);
  const context = first.context(exampleContext);
  const keys = [3, 1, 2, 1].map(keyOf);
  assert.deepEqual(first.missingGenerations(context, keys), [3, 1, 2].map(keyOf));
  const entries: GenerationEntry[] = [
    { context, document: keyOf(1), tokens: [7, 2 ** 31 - 1, 0] },
    { context, document: keyOf(2), tokens: [] },
  ];
  assert.deepEqual(first.recordGenerations(entries), { added: 2, known: 0 });
  assert.deepEqual(first.recordGenerations(entries), { added: 0, known: 2 });
  const other = first.context({ ...exampleContext, schedule: "0..3" });
  assert.equal(first.missingGenerations(other, keys).length, 3);
  first.close();
  assert.throws(() => first.readGenerations(context, keys), /is closed/);

  const second = openLedger(t, file);
  const again = second.context(exampleContext);
  assert.deepEqual(second.missingGenerations(again, keys), [keyOf(3)]);
  assert.deepEqual(second.readGenerations(again, keys), [
    undefined,
    [7, 2 ** 31 - 1, 0],
    [],
    [7, 2 ** 31 - 1, 0],
  ]);
});

test("Ledger keeps scores and generations apart", (t) => {
  const ledger = openLedger(t);
  const context = ledger.context(exampleContext);
  ledger.record([{ context, document: exampleKey(1), scores: exampleScores(1) }]);
  ledger.recordGenerations([{ context, document: keyOf(1), tokens: [5] }]);
  assert.deepEqual(ledger.missingGenerations(context, [exampleKey(1), keyOf(1)]), [exampleKey(1)]);
  assert.deepEqual(ledger.missing(context, [exampleKey(1), keyOf(1)]), [keyOf(1)]);
  assert.deepEqual(ledger.read(context, [exampleKey(1), keyOf(1)]), [exampleScores(1), undefined]);
});

test("Ledger.recordGenerations() raises an alarm where tokens differ, and keeps the first", (t) => {
  const ledger = openLedger(t);
  const context = ledger.context(exampleContext);
  ledger.recordGenerations([{ context, document: keyOf(1), tokens: [5, 6] }]);
  const changed = { context, document: keyOf(1), tokens: [5, 7] };
  const beside = { context, document: keyOf(2), tokens: [8] };
  assert.throws(
    () => ledger.recordGenerations([changed, beside]),
    (error) => {
      assert.ok(error instanceof LedgerConflictError);
      assert.equal(error.exitCode, 1);
      assert.match(
        error.message,
        /under schedule 0\.\.4: recorded tokens \[5, 6\], computed tokens \[5, 7\]; what is recorded is kept/,
      );
      return true;
    },
  );
  assert.deepEqual(ledger.readGenerations(context, [keyOf(1), keyOf(2)]), [[5, 6], [8]]);
});

test("Ledger.open() gives a ledger of an earlier version its table of generations", (t) => {
  const file = join(temporaryFolder(t), "old.ledger");
  const old = Ledger.open(file);
  old.record([{ context: old.context(exampleContext), document: exampleKey(1), scores: exampleScores(1) }]);
  old.close();
  const database = new Database(file);
  database.exec("DROP TABLE generation");
  database.close();
  const ledger = openLedger(t, file);
  const context = ledger.context(exampleContext);
  assert.deepEqual(ledger.recordGenerations([{ context, document: keyOf(1), tokens: [5] }]), {
    added: 1,
    known: 0,
  });
  assert.deepEqual(ledger.read(context, [exampleKey(1)]), [exampleScores(1)]);
});

test("Ledger.readGenerations() reports a damaged record", (t) => {
  const file = join(temporaryFolder(t), "damaged.ledger");
  const first = Ledger.open(file);
  const document = keyOf(1);
  first.recordGenerations([{ context: first.context(exampleContext), document, tokens: [5] }]);
  first.close();
  const database = new Database(file);
  database.exec("UPDATE generation SET tokens = x'00'");
  database.close();
  const ledger = openLedger(t, file);
  assert.throws(
    () => ledger.readGenerations(ledger.context(exampleContext), [document]),
    (error) => error instanceof LedgerFileError && /a record holds no tokens/.test(error.message),
  );
});
