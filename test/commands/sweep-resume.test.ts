// A sweep computes what its ledger lacks and nothing else: run twice, widened,
// killed at any moment, interrupted by a signal.
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freshPath, type RunningCli, runCli, runWell, startCli } from "./run-cli.js";
import { countsIn, recordCount, samplesIn, summaryRows } from "./sweep-outputs.js";

const schedules = [
  ...["baseline", "skip(start=2)", "middle_repeat(start=1)", "reverse(start=3)", "parallel(start=2)"],
  ...[
    "random(start=1,seed=4)",
    "loop_parallel(start=2,loops=3)",
    "0..2, sum(2..6), 6..8",
    "switch_idx(index=3)",
  ],
];
const sweep = [
  ...["sweep", "--limit", "8", "--bootstrap-iters", "100", "--no-report"],
  ...schedules.flatMap((schedule) => ["--schedule", schedule]),
];
// To be disturbed. Micro-batches of one document: a second of computing in 320 transactions, one for each score.
const slow = [...sweep, "--batch-tokens", "1"];
const undisturbed = freshPath("undisturbed");
let total = 0;

before(async () => {
  total = countsIn(await runWell(...sweep, "--out", undisturbed)).computed;
  assert.equal(recordCount(undisturbed), total);
});

function assertSameResults(out: string): void {
  assert.equal(summaryRows(out), summaryRows(undisturbed));
  assert.deepEqual(samplesIn(out), samplesIn(undisturbed));
}

/** Resolves when the running sweep has been seen to write to its ledger so many times, or has ended. */
async function untilLedgerChanges({ child }: RunningCli, out: string, times: number): Promise<void> {
  let last: bigint | undefined;
  for (let changes = 0; changes < times && child.exitCode === null; await sleep(1)) {
    const log = statSync(join(out, "ledger.sqlite-wal"), { throwIfNoEntry: false, bigint: true });
    if (log?.mtimeNs !== last) changes++;
    last = log?.mtimeNs;
  }
}

test("sweep computes nothing the second time and writes the same rows", async () => {
  const rows = summaryRows(undisturbed);
  const samples = samplesIn(undisturbed);
  const again = await runWell(...sweep, "--out", undisturbed);
  assert.equal(summaryRows(undisturbed), rows);
  assert.deepEqual(samplesIn(undisturbed), samples);
  assert.deepEqual(countsIn(again), { computed: 0, known: total });
  assert.equal(recordCount(undisturbed), total);
});

describe("sweep", { concurrency: 3 }, () => {
  test("sweep with more schedules and tasks computes only the new scores", async () => {
    const out = freshPath("widened");
    const widened = (limit: string) =>
      [
        "sweep",
        "--no-report",
        "--out",
        out,
        "--limit",
        limit,
        "--schedule",
        "baseline",
        "--schedule",
        "0..2, 4..8",
      ] as const;
    const first = widened("3");
    const start = countsIn(await runWell(...first, "--tasks", "winogrande"));
    assert.deepEqual(start, { computed: 6, known: 0 });
    const tasks = countsIn(await runWell(...first, "--tasks", "arc_easy,winogrande"));
    assert.deepEqual(tasks, { computed: 6, known: 6 });
    const both = ["--tasks", "arc_easy,winogrande"];
    const more = ["--schedule", "skip_idx(index=3)"];
    // One of two is the same layers by another name.
    const wider = countsIn(await runWell(...first, ...both, ...more, "--schedule", "0..3, 4..16"));
    assert.deepEqual(wider, { computed: 6, known: 12 });
    const documents = countsIn(await runWell(...widened("4"), ...both, ...more));
    assert.deepEqual(documents, { computed: 6, known: 18 });
  });

  test("sweep killed at random moments loses nothing, repeats nothing and ends with the same bits", async (t) => {
    const out = freshPath("killed");
    const recorded = [0];
    for (let life = 0; life < 3; life++) {
      const running = startCli([...slow, "--out", out]);
      await untilLedgerChanges(running, out, (life === 0 ? schedules.length + 20 : 0) + Math.random() * 120);
      await sleep(Math.random() * 5);
      running.child.kill("SIGKILL");
      const { signal } = await running.ended;
      recorded.push(recordCount(out));
      if (signal === null) break;
    }
    t.diagnostic(`records after each kill: ${recorded.join(", ")} of ${total}`);
    assert.deepEqual(
      recorded,
      recorded.toSorted((a, b) => a - b),
    );
    assert.ok(recorded[1]! > 0, "the first life recorded something");
    const last = countsIn(await runWell(...sweep, "--out", out));
    assert.deepEqual(last, { computed: total - recorded.at(-1)!, known: recorded.at(-1)! });
    assert.equal(recordCount(out), total);
    assertSameResults(out);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`sweep finishes what it has in hand on ${signal} and goes on when run again`, async () => {
      const out = freshPath(signal);
      const running = startCli([...slow, "--out", out]);
      await untilLedgerChanges(running, out, schedules.length + 50);
      running.child.kill(signal);
      const { code, stdout, stderr } = await running.ended;
      assert.equal(code, 1);
      const computed = Number(/interrupted; (\d+) scores were computed and are safe/.exec(stderr)?.[1]);
      assert.match(stderr, /stopping the workers/);
      assert.doesNotMatch(stderr, /^ {4}at /m);
      assert.doesNotMatch(stdout, /scores computed/);
      assert.equal(recordCount(out), computed);
      assert.ok(computed > 0 && computed < total, `${computed} of ${total}`);
      if (signal === "SIGTERM") return;
      const rest = await runWell(...sweep, "--out", out);
      assert.deepEqual(countsIn(rest), { computed: total - computed, known: computed });
      assertSameResults(out);
    });
  }

  test("sweep ends at once on a second signal, and its scores are safe", async () => {
    const out = freshPath("twice");
    const running = startCli([...slow, "--devices", "1", "--out", out]);
    await untilLedgerChanges(running, out, schedules.length + 5);
    running.child.kill("SIGINT");
    await running.untilSays("once more to stop at once");
    running.child.kill("SIGINT");
    const { code, signal, stderr } = await running.ended;
    assert.deepEqual({ code, signal }, { code: null, signal: "SIGINT" });
    assert.doesNotMatch(stderr, /interrupted/);
    const known = recordCount(out);
    const rest = await runCli(...sweep, "--out", out);
    assert.deepEqual(countsIn(rest.stdout), { computed: total - known, known });
    assertSameResults(out);
  });
});
