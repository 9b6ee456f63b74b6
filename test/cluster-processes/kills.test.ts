// A worker killed at any moment, whatever it does in the sweep: the sweep finishes with
// the bits of one process, and what was lost goes in again soon.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { LocalCluster } from "../../coordinator/cluster/local-cluster.js";
import { Cluster, group } from "./cluster.js";
import { prepareSmallSweep } from "./small-sweep.js";
import { untilGone } from "./worker-process.js";

const boundMs = 10_000;
const sweep = await prepareSmallSweep(4);
const cluster = await Cluster.start(sweep);
const everStarted = new Set<number>();
const workers = new LocalCluster({
  workers: 2,
  coordinator: cluster.coordinator.address,
  storeDir: sweep.options.store,
  devicesPerWorker: 1,
  threadsPerDevice: 1,
  device: "cpu",
  log: () => {},
});
after(async () => {
  await workers.stop();
  await cluster.stop();
  await untilGone([...everStarted], 1000);
});

const names = ["worker-0", "worker-1"];
const pipeline = [group("worker-0", { "0..3": "worker-0", "3..16": "worker-1" }, "worker-1")];
const spread = [group(names, { "0..16": names }, names)];

for (const [shape, groups, kills] of [
  ["replicas", null, 1],
  ["a pipeline", pipeline, 2],
  ["spread merges", spread, 1],
] as const) {
  test(`a sweep over ${shape} survives the SIGKILL of workers`, async (t) => {
    const moments = Array.from({ length: kills }, () => Math.floor(Math.random() * sweep.total * 0.8)).sort(
      (a, b) => a - b,
    );
    t.diagnostic(`kills at ${moments.join(", ")} of ${sweep.total} records`);
    const killedAt: number[] = [];
    let lastRecorded = 0;
    const { outcome, computed, redispatchedAt, notes } = await cluster.run({
      minWorkers: 2,
      batchTokens: 1,
      placement: groups && { groups },
      onProgress(recorded) {
        lastRecorded = recorded;
        for (const pid of workers.pids.values()) everStarted.add(pid);
        const moment = moments[killedAt.length];
        if (moment === undefined || recorded <= moment || cluster.coordinator.workerNames.length < 2) return;
        process.kill(workers.pids.get(names[Math.floor(Math.random() * 2)]!)!, "SIGKILL");
        killedAt.push(performance.now());
      },
    });
    assert.deepEqual({ outcome, computed }, { outcome: "complete", computed: sweep.total }, notes.join("\n"));
    assert.equal(lastRecorded, sweep.total);
    for (const killed of killedAt) {
      const again = redispatchedAt.find((at) => at > killed);
      if (again === undefined) {
        t.diagnostic("nothing was lost with it");
        continue;
      }
      t.diagnostic(`from SIGKILL to the first re-dispatched injection: ${(again - killed).toFixed(0)} ms`);
      assert.ok(again - killed < boundMs, notes.join("\n"));
    }
    assert.ok(killedAt.length > 0);
  });
}

test("a worker killed while an epoch opens takes no other worker out of the sweep", async (t) => {
  let kills = 0;
  const look = setInterval(() => {
    const opens = cluster.coordinator.status?.epochs.some(({ state }) => state === "opening");
    const pid = workers.pids.get("worker-1");
    if (kills === 2 || !opens || pid === undefined) return;
    process.kill(pid, "SIGKILL");
    kills++;
  }, 5);
  const { outcome, computed, notes } = await cluster.run({ minWorkers: 2, placement: { groups: pipeline } });
  clearInterval(look);
  t.diagnostic(`killed ${kills} times`);
  assert.deepEqual({ outcome, computed }, { outcome: "complete", computed: sweep.total });
  assert.ok(!notes.some((text) => /left out/.test(text)), notes.join("\n"));
});
