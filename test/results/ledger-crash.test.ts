import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { Ledger } from "../../coordinator/results/ledger.js";
import { LedgerHeldError, LedgerWriteError } from "../../coordinator/results/ledger-errors.js";
import { exampleContext, exampleKey, exampleScores } from "./ledger-example.js";
import { temporaryFolder, tinyDisk } from "./temporary-folder.js";

const CHILD = fileURLToPath(new URL("./ledger-child.js", import.meta.url));

/** Starts a child and waits until it holds the ledger; `lines` grows with what it acknowledges. */
async function startChild(t: TestContext, ...parameters: readonly string[]) {
  const child = spawn(process.execPath, [CHILD, ...parameters], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(child.stdout, "data");
  return { child, acknowledged: () => text.split("\n").slice(1, -1).map(Number) };
}

async function kill(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}

test("Ledger.open() names the process that holds it, and opens at once after kill -9", async (t) => {
  const file = join(temporaryFolder(t), "scores.ledger");
  const { child } = await startChild(t, "hold", file);
  assert.throws(
    () => Ledger.open(file),
    (error) => {
      assert.ok(error instanceof LedgerHeldError);
      assert.equal(error.exitCode, 2);
      assert.equal(error.holder?.pid, child.pid);
      assert.match(
        error.message,
        new RegExp(`held by process ${child.pid} on .* since 20.*ledger-child\\.js hold`),
      );
      return true;
    },
  );
  await kill(child);
  assert.ok(existsSync(`${file}.holder`), "a killed holder leaves its side file");
  Ledger.open(file).close();
});

test("LedgerHeldError names nobody where the side file is a dead process's or unreadable", async (t) => {
  const file = join(temporaryFolder(t), "scores.ledger");
  const first = await startChild(t, "hold", file);
  await kill(first.child);
  const second = await startChild(t, "hold", file);
  const dead = JSON.stringify({ pid: first.child.pid, host: hostname(), command: "x", since: "y" });
  for (const content of [dead, "{", "{}"]) {
    writeFileSync(`${file}.holder`, content);
    assert.throws(() => Ledger.open(file), /held by another process, which has not named itself yet/);
  }
  await kill(second.child);
});

test("Ledger.record() loses nothing it acknowledged when killed at any moment", async (t) => {
  const file = join(temporaryFolder(t), "scores.ledger");
  const acknowledged: number[] = [];
  for (let life = 0; life < 8; life++) {
    // From where no life was yet: acknowledged documents are never recorded twice.
    const child = await startChild(t, "record", file, String(life * 1_000_000));
    await sleep(5 + Math.random() * 120);
    await kill(child.child);
    acknowledged.push(...child.acknowledged());

    const ledger = Ledger.open(file);
    const scores = ledger.read(ledger.context(exampleContext), acknowledged.map(exampleKey));
    scores.forEach((found, i) => {
      assert.deepEqual(found, exampleScores(acknowledged[i] ?? -1));
    });
    ledger.close();
    const database = new Database(file);
    assert.deepEqual(database.prepare("PRAGMA integrity_check").raw().all(), [["ok"]]);
    database.close();
  }
  t.diagnostic(`${acknowledged.length} records acknowledged over 8 killed processes`);
  assert.ok(acknowledged.length > 100);
});

test("Ledger.record() on a full disk fails clearly, keeps what it acknowledged and goes on when there is room", (t) => {
  const disk = tinyDisk(t, 1024);
  if (disk === null) return;
  const file = join(disk, "scores.ledger");
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(300 * 1024));
  const ledger = Ledger.open(file);
  const context = ledger.context(exampleContext);
  const batch = (first: number) =>
    Array.from({ length: 100 }, (_, i) => first + i).map((n) => ({
      context,
      document: exampleKey(n),
      scores: exampleScores(n),
    }));
  let safe = 0;
  assert.throws(
    () => {
      for (; ; safe += 100) ledger.record(batch(safe));
    },
    (error) => {
      assert.ok(error instanceof LedgerWriteError, String(error));
      assert.equal(error.exitCode, 1);
      assert.match(error.message, /scores\.ledger: the disk is full; all scores recorded before are safe/);
      return true;
    },
  );
  assert.ok(safe > 0);
  const keys = Array.from({ length: safe + 100 }, (_, n) => exampleKey(n));
  assert.deepEqual(ledger.missing(context, keys), keys.slice(safe), "the failed batch is absent as a whole");

  rmSync(ballast);
  assert.deepEqual(ledger.record(batch(safe)), { added: 100, known: 0 });
  ledger.close();
  const reopened = Ledger.open(file);
  assert.deepEqual(reopened.missing(reopened.context(exampleContext), keys), []);
  reopened.close();
});

test("Ledger.open() on a full disk fails clearly", (t) => {
  const disk = tinyDisk(t, 256);
  if (disk === null) return;
  assert.throws(() => writeFileSync(join(disk, "ballast"), Buffer.alloc(300 * 1024)), /ENOSPC/);
  assert.throws(() => Ledger.open(join(disk, "scores.ledger")), LedgerWriteError);
});

test("Ledger.close() on a full disk keeps everything in the write-ahead log", (t) => {
  const disk = tinyDisk(t, 1024);
  if (disk === null) return;
  const file = join(disk, "scores.ledger");
  const ledger = Ledger.open(file);
  const context = ledger.context(exampleContext);
  const keys = Array.from({ length: 3000 }, (_, n) => exampleKey(n));
  ledger.record(keys.map((document, n) => ({ context, document, scores: exampleScores(n) })));
  assert.throws(() => writeFileSync(join(disk, "ballast"), Buffer.alloc(1024 * 1024)), /ENOSPC/);
  ledger.close();
  const copy = join(temporaryFolder(t), "scores.ledger");
  for (const suffix of ["", "-wal"]) copyFileSync(file + suffix, copy + suffix);
  const other = Ledger.open(copy);
  assert.deepEqual(other.missing(other.context(exampleContext), keys), []);
  other.close();
});
