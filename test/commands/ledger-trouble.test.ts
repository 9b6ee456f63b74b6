// A ledger that another sweep holds, and a disk that is full: said clearly, and nothing is lost.
import assert from "node:assert/strict";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { tinyDisk } from "../results/temporary-folder.js";
import { freshPath, listTree, type RunningCli, runCli, runWell, startCli } from "./run-cli.js";
import { countsIn, recordCount, samplesIn, summaryRows } from "./sweep-outputs.js";

const schedules = [
  "baseline",
  "skip(start=2)",
  "middle_repeat(start=1)",
  "parallel(start=2)",
  "reverse(start=2)",
];
const sweep = [
  ...["sweep", "--limit", "8", "--bootstrap-iters", "100", "--no-report"],
  ...schedules.flatMap((schedule) => ["--schedule", schedule]),
];

async function untilExists({ child }: RunningCli, folder: string, file: string): Promise<void> {
  while (!listTree(folder).includes(file)) {
    assert.equal(child.exitCode, null);
    await sleep(1);
  }
}

test("sweep names the running sweep that holds its ledger, and leaves it alone", async () => {
  const out = freshPath("held");
  const holder = startCli([...sweep, "--batch-tokens", "1", "--out", out]);
  await untilExists(holder, out, "ledger.sqlite.holder");
  holder.child.kill("SIGSTOP");
  const { code, stderr } = await runCli(...sweep, "--out", out);
  holder.child.kill("SIGCONT");
  assert.equal(code, 2, stderr);
  assert.match(
    stderr,
    new RegExp(
      `ledger\\.sqlite is held by process ${holder.child.pid} on .* since .*: only one sweep can use`,
    ),
  );
  assert.doesNotMatch(stderr, /^ {4}at /m);
  const first = await holder.ended;
  assert.equal(first.code, 0, first.stderr);
  assert.deepEqual(countsIn(await runWell(...sweep, "--out", out)), { computed: 0, known: 5 * 40 });
});

/** Fills the disk up to so many KiB. */
function leaveRoom(disk: string, kib: number): string {
  const ballast = join(disk, "ballast");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - kib * 1024)));
  return ballast;
}

test("sweep whose disk is full says what to do, and goes on when there is room", async (t) => {
  const disk = tinyDisk(t, 4096);
  if (disk === null) return;
  const out = join(disk, "out");
  const here = [...sweep, "--batch-tokens", "1", "--out", out];
  const reference = freshPath("reference");
  const total = countsIn(await runWell(...sweep, "--out", reference)).computed;

  const failWith = async (kib: number, message: RegExp): Promise<void> => {
    const ballast = leaveRoom(disk, kib);
    const { code, stdout, stderr } = await runCli(...here);
    assert.equal(code, 1, `${kib} KiB: ${stdout}${stderr}`);
    assert.match(stderr, message);
    assert.match(stderr, /run the same command again/);
    assert.doesNotMatch(stderr, /^ {4}at |this is a bug/m);
    rmSync(ballast);
    assert.deepEqual(
      listTree(out).filter((file) => file.endsWith(".tmp")),
      [],
    );
  };
  const known = [0];
  for (const kib of [16, 300]) {
    await failWith(
      kib,
      /cannot write to ledger .*: the disk is full; all scores recorded before are safe: make room/,
    );
    known.push(recordCount(out));
  }
  t.diagnostic(`records after each failure: ${known.join(", ")} of ${total}`);
  assert.deepEqual(
    known,
    known.toSorted((a, b) => a - b),
  );
  const computed = total - known.at(-1)!;
  assert.ok(computed > 0 && computed < total);
  assert.deepEqual(countsIn(await runWell(...here, "--no-samples")), { computed, known: known.at(-1)! });

  await failWith(64, /cannot write .*\/samples_.*: the disk is full; make room, or leave out the samples/);
  assert.deepEqual(countsIn(await runWell(...here)), { computed: 0, known: total });
  assert.equal(summaryRows(out), summaryRows(reference));
  assert.deepEqual(samplesIn(out), samplesIn(reference));
});
