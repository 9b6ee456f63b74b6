// The whole command: `painters sweep --workers N` is a coordinator and workers, each a
// process; one of them is killed, and none outlives the command.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freshPath, type RunningCli, startCli } from "../commands/run-cli.js";
import { countsIn, recordCount } from "../commands/sweep-outputs.js";
import { prepareSmallSweep, schedules } from "./small-sweep.js";
import { childrenOf, untilGone } from "./worker-process.js";

const limit = 4;
const sweep = await prepareSmallSweep(limit);
const command = [
  ...["sweep", "--workers", "2", "--limit", String(limit), "--batch-tokens", "1", "--bootstrap-iters", "0"],
  "--no-report",
  ...schedules.flatMap((schedule) => ["--schedule", schedule]),
];

/** Resolves to the pids of the command's workers when it has recorded so much. */
async function untilRecorded(
  { child }: RunningCli,
  out: string,
  records: number,
): Promise<readonly number[]> {
  for (; child.exitCode === null; await sleep(20)) {
    const pids = childrenOf(child.pid!);
    if (pids.length === 2 && recordCount(out) >= records) return pids;
  }
  throw new Error("the command ended before");
}

describe("painters sweep --workers 2", { concurrency: 2 }, () => {
  test("finishes with the bits of one process when one of its workers is killed", async () => {
    const out = freshPath("worker-killed");
    const file = freshPath("pipeline.yaml");
    writeFileSync(
      file,
      'groups: [{embed: worker-0, layers: {"0..4": worker-0, "4..16": worker-1}, head: worker-1}]\n',
    );
    const running = startCli([...command, "--placement", file, "--out", out]);
    const pids = new Set(await untilRecorded(running, out, 10));
    process.kill([...pids][Math.floor(Math.random() * 2)]!, "SIGKILL");
    while (running.child.exitCode === null) {
      for (const pid of childrenOf(running.child.pid!)) pids.add(pid);
      await sleep(50);
    }
    const { code, stdout, stderr } = await running.ended;
    assert.equal(code, 0, stderr);
    assert.equal(pids.size, 3, "another worker took its place");
    assert.deepEqual(countsIn(stdout), { computed: sweep.total, known: 0 });
    sweep.assertSameFiles(out);
    await untilGone([...pids], 1000);
  });

  test("leaves no worker behind when it is killed, and goes on when started again", async () => {
    const out = freshPath("coordinator-killed");
    const running = startCli([...command, "--out", out]);
    const pids = await untilRecorded(running, out, 10);
    running.child.kill("SIGKILL");
    await untilGone(pids, 10_000);
    const known = recordCount(out);
    assert.ok(known >= 10 && known < sweep.total, `${known} of ${sweep.total}`);
    const again = startCli([...command, "--out", out]);
    const { code, stdout, stderr } = await again.ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(countsIn(stdout), { computed: sweep.total - known, known });
    sweep.assertSameFiles(out);
  });
});
