import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import Database from "libsql";
import { documentKey } from "../../coordinator/results/document-key.js";
import { Ledger, type LedgerEntry } from "../../coordinator/results/ledger.js";
import {
  LedgerConflictError,
  LedgerFileError,
  LedgerHeldError,
} from "../../coordinator/results/ledger-errors.js";
import { decodeScores, encodeScores } from "../../coordinator/results/score-bytes.js";
import { exampleContext, exampleKey, exampleRow, exampleScores } from "./ledger-example.js";
import { temporaryFolder } from "./temporary-folder.js";

function openLedger(t: TestContext, file = join(temporaryFolder(t), "scores.ledger")): Ledger {
  const ledger = Ledger.open(file);
  t.after(() => ledger.close());
  return ledger;
}

function exampleEntries(ledger: Ledger, count: number): LedgerEntry[] {
  const context = ledger.context(exampleContext);
  return Array.from({ length: count }, (_, n) => ({
    context,
    document: exampleKey(n),
    scores: exampleScores(n),
  }));
}

test("documentKey() is stable", () => {
  // The keys of every ledger that exists: a change here must raise the encoding's number instead.
  assert.equal(exampleKey(7), "e9ebacac782c454c5726364694f03a931f2eff800be3c6e16dce42fb708cdb5c");
});

test("documentKey() differs where anything the model sees or is asked differs", () => {
  const row = exampleRow(7);
  const variants = [
    [row],
    [{ ...row, tokens: [1, 8, 2] }],
    [{ ...row, prefixLength: 2, branchLengths: [1] }],
    [{ ...row, branchLengths: [2] }],
    [{ ...row, scored: row.scored.slice(1) }],
    [{ ...row, scored: row.scored.map((token) => ({ ...token, target: token.target + 1 })) }],
    [row, row],
    [],
    [{ ...row, tokenTypes: [0, 0, 0] }],
    [{ ...row, tokenTypes: [0, 0, 1] }],
    [{ ...row, tokenTypes: [0, 0, 1] }, row],
    [row, { ...row, tokenTypes: [0, 0, 1] }],
  ];
  assert.equal(new Set(variants.map(documentKey)).size, variants.length);
  assert.throws(() => documentKey([{ ...row, tokens: [2 ** 31, 0, 0] }]), /out of range/);
});

test("encodeScores() and decodeScores() are inverse for every double", () => {
  const score = fc.record({ logLikelihood: fc.double(), isGreedy: fc.boolean() }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(score), (scores) => {
      assert.deepEqual(decodeScores(encodeScores(scores)), scores);
    }),
  );
  const feature = fc.float().map((logLikelihood) => ({ logLikelihood, isGreedy: false }));
  fc.assert(
    fc.property(fc.array(feature, { minLength: 12, maxLength: 20 }), (features) => {
      assert.equal(encodeScores(features).length, 4 * features.length + 1);
      assert.deepEqual(decodeScores(encodeScores(features)), features);
      const [first, ...others] = features;
      for (const odd of [
        { ...first!, isGreedy: true },
        { logLikelihood: 0.1, isGreedy: false },
      ]) {
        assert.equal(encodeScores([odd, ...others]).length, 9 * features.length);
        assert.deepEqual(decodeScores(encodeScores([odd, ...others])), [odd, ...others]);
      }
    }),
  );
  assert.equal(decodeScores(Buffer.alloc(10)), null);
  assert.equal(decodeScores(Buffer.alloc(9, 2)), null);
});

test("Ledger.read() returns what was recorded, to the bit, also in a later life", (t) => {
  const file = join(temporaryFolder(t), "new", "folder", "scores.ledger");
  const scores = [Number.NaN, Number.NEGATIVE_INFINITY, -0, 5e-324, -1 / 3].map((logLikelihood, i) => ({
    logLikelihood,
    isGreedy: i % 2 === 0,
  }));
  const documents = [exampleKey(0), exampleKey(1), exampleKey(2), exampleKey(0)];
  const first = Ledger.open(file);
  const context = first.context(exampleContext);
  assert.deepEqual(first.record([{ context, document: exampleKey(0), scores }]), { added: 1, known: 0 });
  first.record([{ context, document: exampleKey(2), scores: [] }]);
  assert.deepEqual(first.read(context, documents), [scores, undefined, [], scores]);
  first.close();
  first.close();
  assert.throws(() => first.context(exampleContext), /is closed/);

  const second = openLedger(t, file);
  assert.deepEqual(second.read(second.context(exampleContext), documents), [scores, undefined, [], scores]);
});

test("Ledger.missing() names what is not recorded, each document once, in order", (t) => {
  const ledger = openLedger(t);
  const context = ledger.context(exampleContext);
  const keys = [4, 3, 2, 1, 2, 3].map(exampleKey);
  assert.deepEqual(ledger.missing(context, keys), [4, 3, 2, 1].map(exampleKey));
  ledger.record([{ context, document: exampleKey(3), scores: exampleScores(3) }]);
  assert.deepEqual(ledger.missing(context, keys), [4, 2, 1].map(exampleKey));
  assert.deepEqual(ledger.missing(context, [exampleKey(3)]), []);
});

test("Ledger.context() keeps numerics, models and schedules apart", (t) => {
  const ledger = openLedger(t);
  const contexts = [
    exampleContext,
    { ...exampleContext, numericsId: "cuda" },
    { ...exampleContext, modelFingerprint: "beef" },
    { ...exampleContext, schedule: "0..3" },
  ].map((identity) => ledger.context(identity));
  assert.equal(new Set(contexts).size, 4);
  assert.equal(ledger.context(exampleContext), contexts[0]);
  ledger.record([{ context: contexts[1]!, document: exampleKey(1), scores: exampleScores(1) }]);
  const found = contexts.map((context) => ledger.missing(context, [exampleKey(1)]).length === 0);
  assert.deepEqual(found, [false, true, false, false]);
});

test("Ledger reads more documents than fit one query", (t) => {
  const ledger = openLedger(t);
  const entries = exampleEntries(ledger, 25_000);
  assert.deepEqual(ledger.record(entries), { added: 25_000, known: 0 });
  const context = ledger.context(exampleContext);
  const keys = entries.map((entry) => entry.document);
  assert.deepEqual(ledger.missing(context, [exampleKey(25_000), ...keys]), [exampleKey(25_000)]);
  assert.deepEqual(
    ledger.read(context, keys),
    entries.map((entry) => entry.scores),
  );
});

test("Ledger.record() ignores equal records and raises an alarm for different ones", (t) => {
  const ledger = openLedger(t);
  const [zero, one, two] = exampleEntries(ledger, 3);
  assert.ok(zero && one && two);
  ledger.record([zero]);
  assert.deepEqual(ledger.record([zero, one, one]), { added: 1, known: 2 });
  const changed = { ...zero, scores: [{ logLikelihood: -0.5, isGreedy: true }] };
  assert.throws(
    () => ledger.record([changed, two]),
    (error) => {
      assert.ok(error instanceof LedgerConflictError);
      assert.equal(error.exitCode, 1);
      assert.equal(error.conflicts.length, 1);
      assert.equal(error.conflicts[0]?.document, zero.document);
      assert.match(
        error.message,
        /under schedule 0\.\.4: recorded \[-0\.31.* greedy, -Infinity\], computed \[-0\.5 greedy\]/,
      );
      return true;
    },
  );
  // The entry beside the conflict is stored, the recorded scores stay.
  assert.deepEqual(ledger.read(zero.context, [zero.document, two.document]), [zero.scores, two.scores]);
});

test("Ledger.open() refuses a second holder in the same process", (t) => {
  const ledger = openLedger(t);
  assert.throws(() => Ledger.open(ledger.file), LedgerHeldError);
  // The refused opening has not loosened the lock, nor taken the side file away.
  assert.throws(() => Ledger.open(ledger.file), new RegExp(`held by process ${process.pid} on `));
});

test("Ledger.close() leaves one file and no holder", (t) => {
  const file = join(temporaryFolder(t), "scores.ledger");
  const ledger = Ledger.open(file);
  ledger.record(exampleEntries(ledger, 10));
  ledger.close();
  for (const suffix of ["-wal", "-shm", ".holder"]) assert.ok(!existsSync(file + suffix), suffix);
});

test("Ledger.open() refuses what is no ledger and says so", (t) => {
  const folder = temporaryFolder(t);
  const text = join(folder, "notes.txt");
  writeFileSync(text, "not a database ".repeat(1000));
  assert.throws(() => Ledger.open(text), refusal(/notes\.txt is not a ledger or is damaged/));
  assert.equal(readFileSync(text, "utf8"), "not a database ".repeat(1000));

  const foreign = join(folder, "foreign.sqlite");
  const database = new Database(foreign);
  database.exec("CREATE TABLE recipe (name TEXT)");
  database.close();
  const before = readFileSync(foreign);
  assert.throws(() => Ledger.open(foreign), refusal(/is another program's SQLite file/));
  assert.deepEqual(readFileSync(foreign), before);

  const newer = join(folder, "newer.ledger");
  Ledger.open(newer).close();
  const raised = new Database(newer);
  raised.exec("PRAGMA user_version = 7");
  raised.close();
  assert.throws(() => Ledger.open(newer), refusal(/has format version 7, and this painters reads version 1/));

  assert.throws(() => Ledger.open(folder), refusal(/cannot be opened/));
  assert.throws(() => Ledger.open(join(text, "x.ledger")), refusal(/cannot be opened .*ENOTDIR|EEXIST/));
});

test("Ledger reports a damaged file instead of wrong scores", (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "scores.ledger");
  const ledger = Ledger.open(file);
  ledger.record(exampleEntries(ledger, 5000));
  ledger.close();

  const cut = join(folder, "cut.ledger");
  copyFileSync(file, cut);
  truncateSync(cut, 40_000);
  assert.throws(() => readAll(cut), refusal(/is not a ledger or is damaged/));

  const scribbled = join(folder, "scribbled.ledger");
  const bytes = readFileSync(file);
  bytes.fill(0xee, 4096 * 8);
  writeFileSync(scribbled, bytes);
  assert.throws(() => readAll(scribbled), refusal(/is not a ledger or is damaged/));

  const shortened = join(folder, "shortened.ledger");
  copyFileSync(file, shortened);
  const database = new Database(shortened);
  database.exec("UPDATE record SET scores = x'00' WHERE document = 3");
  database.close();
  assert.throws(() => readAll(shortened), refusal(/a record holds no scores/));
});

function readAll(file: string): void {
  const ledger = Ledger.open(file);
  try {
    const context = ledger.context(exampleContext);
    const keys = Array.from({ length: 5000 }, (_, n) => exampleKey(n));
    ledger.missing(context, keys);
    ledger.read(context, keys);
  } finally {
    ledger.close();
  }
}

function refusal(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LedgerFileError, String(error));
    assert.equal(error.exitCode, 2);
    assert.match(error.message, message);
    return true;
  };
}

test("Ledger.persistEpoch() is remembered over reopening and never goes back", (t) => {
  const file = join(temporaryFolder(t), "ledger.sqlite");
  const first = Ledger.open(file);
  assert.equal(first.lastEpoch(), 0);
  first.persistEpoch(2);
  first.persistEpoch(1);
  first.close();
  const second = Ledger.open(file);
  assert.equal(second.lastEpoch(), 2);
  second.close();
});

test("addLatencies() adds up over runs, also in a ledger from before there were latencies", (t) => {
  const file = join(temporaryFolder(t), "scores.ledger");
  const measured = { criticalPathMs: 1.5, workMs: 4, tokens: 30 };
  const first = openLedger(t, file);
  const [context, other] = first.contexts([exampleContext, { ...exampleContext, schedule: "0..3" }]);
  first.addLatencies([{ context: context!, latency: measured }]);
  first.addLatencies([{ context: context!, latency: measured }]);
  assert.deepEqual(first.latency(context!), { criticalPathMs: 3, workMs: 8, tokens: 60 });
  assert.equal(first.latency(other!), null);
  first.close();
  const database = new Database(file);
  database.exec("DROP TABLE latency");
  database.close();
  const second = openLedger(t, file);
  assert.equal(second.latency(context!), null);
  second.addLatencies([{ context: context!, latency: measured }]);
  assert.deepEqual(second.latency(context!), measured);
});
