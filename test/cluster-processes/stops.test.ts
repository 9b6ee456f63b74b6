// Workers that fall silent for longer than their lease and come back, and workers that
// are asked to end: nothing is lost, nothing is counted twice, nothing comes too late.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Cluster, group } from "./cluster.js";
import { prepareSmallSweep } from "./small-sweep.js";
import { endWorkers, startWorker, type WorkerProcess } from "./worker-process.js";

const sweep = await prepareSmallSweep(4);
const names = ["worker-0", "worker-1"];
const replicas = { groups: names.map((name) => group(name, { "0..16": name }, name)) };
const pipeline = { groups: [group("worker-1", { "0..5": "worker-0", "5..16": "worker-1" }, "worker-1")] };
const spread = { groups: [group(names, { "0..16": names }, names)] };

async function startCluster(): Promise<{ cluster: Cluster; start: (name: string) => WorkerProcess }> {
  const cluster = await Cluster.start(sweep);
  after(() => cluster.stop());
  const { address: coordinator } = cluster.coordinator;
  return { cluster, start: (name) => startWorker({ coordinator, name, store: sweep.options.store }) };
}

describe("a sweep", { concurrency: 2 }, () => {
  for (const [shape, placement] of [
    ["replicas", replicas],
    ["spread merges", spread],
  ] as const) {
    test(`over ${shape} outlives a worker that stands still for longer than its lease, and uses it again`, async (t) => {
      const { cluster, start } = await startCluster();
      const workers = names.map(start);
      const victim = workers[1]!;
      const moment = Math.floor(sweep.total * (0.1 + 0.6 * Math.random()));
      let stoppedAt = 0;
      let lostAt = 0;
      const { outcome, computed, notes } = await cluster.run({
        minWorkers: 2,
        batchTokens: 1,
        placement,
        onProgress(recorded) {
          if (recorded < moment || stoppedAt > 0) return;
          victim.child.kill("SIGSTOP");
          stoppedAt = performance.now();
        },
        onNote(text) {
          if (lostAt > 0 || !/^worker-1 is gone: no sign of life/.test(text)) return;
          victim.child.kill("SIGCONT");
          lostAt = performance.now();
        },
      });
      t.diagnostic(
        `stopped at ${moment} of ${sweep.total}, lost ${(lostAt - stoppedAt).toFixed(0)} ms later`,
      );
      const expected = { outcome: "complete", computed: sweep.total };
      assert.deepEqual({ outcome, computed }, expected, notes.join("\n"));
      assert.ok(lostAt > 0);
      // Alive and of use: the next sweep counts on both.
      await victim.untilSays(/attached[\s\S]*attached/);
      assert.equal((await cluster.run({ minWorkers: 2, placement })).computed, sweep.total);
      await endWorkers(workers);
    });
  }

  test("over replicas loses nothing with a worker that is asked to end: it finishes and exits with 0", async () => {
    const { cluster, start } = await startCluster();
    const [first, second] = names.map(start) as [WorkerProcess, WorkerProcess];
    const moment = Math.floor(sweep.total * (0.1 + 0.4 * Math.random()));
    const { outcome, computed, redispatchedAt, notes } = await cluster.run({
      minWorkers: 2,
      batchTokens: 1,
      onProgress: (recorded) => void (recorded >= moment && first.child.kill("SIGTERM")),
    });
    assert.deepEqual({ outcome, computed }, { outcome: "complete", computed: sweep.total });
    assert.deepEqual(redispatchedAt, [], "nothing was lost");
    assert.ok(notes.includes("worker-0 drains"), notes.join("\n"));
    assert.deepEqual(await first.ended, { code: 0, signal: null }, first.said());
    await endWorkers([second]);
  });

  test("over a pipeline waits for another worker when one that it cannot do without is asked to end", async () => {
    const { cluster, start } = await startCluster();
    const [first, second] = names.map(start) as [WorkerProcess, WorkerProcess];
    const moment = Math.floor(sweep.total * (0.1 + 0.6 * Math.random()));
    let successor: WorkerProcess | null = null;
    void second.ended.then(() => {
      successor = start("worker-1");
    });
    const { outcome, computed, redispatchedAt } = await cluster.run({
      minWorkers: 2,
      batchTokens: 1,
      placement: pipeline,
      onProgress: (recorded) => void (recorded >= moment && second.child.kill("SIGTERM")),
    });
    assert.deepEqual({ outcome, computed }, { outcome: "complete", computed: sweep.total });
    assert.deepEqual(redispatchedAt, [], "what was in hand was finished first");
    assert.deepEqual(await second.ended, { code: 0, signal: null }, second.said());
    await endWorkers([first, successor!]);
  });

  test("that is cancelled lets go of a worker that was asked to end before", async () => {
    const { cluster, start } = await startCluster();
    const [first, second] = names.map(start) as [WorkerProcess, WorkerProcess];
    const cancel = new AbortController();
    let drains = false;
    const { outcome } = await cluster.run({
      minWorkers: 2,
      batchTokens: 1,
      placement: replicas,
      signal: cancel.signal,
      onProgress: (recorded) => void (recorded > 0 && !drains && first.child.kill("SIGTERM")),
      onNote: (text) => {
        drains ||= text === "worker-0 drains";
        if (drains) cancel.abort();
      },
    });
    assert.equal(outcome, "cancelled");
    assert.deepEqual(await first.ended, { code: 0, signal: null }, first.said());
    await endWorkers([second]);
  });
});
