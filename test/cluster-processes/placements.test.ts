// Whatever the workers and whoever holds what: the bits are those of one process.
// The workers stay from sweep to sweep, as those of a standing cluster do.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { answers, Cluster, group, type RunSettings } from "./cluster.js";
import { prepareSmallSweep } from "./small-sweep.js";
import { endWorkers, startWorker, type WorkerProcess } from "./worker-process.js";

const sweep = await prepareSmallSweep(2);
const cluster = await Cluster.start(sweep);
const { address } = cluster.coordinator;
const workers: WorkerProcess[] = [];
after(() => cluster.stop());

async function withWorkers(count: number): Promise<void> {
  while (workers.length < count) {
    const name = `worker-${workers.length}`;
    workers.push(startWorker({ coordinator: address, name, store: sweep.options.store, devices: 2 }));
  }
  await Promise.all(workers.map((worker) => worker.untilSays(/attached/)));
}

async function check(minWorkers: number, settings: Omit<RunSettings, "minWorkers">): Promise<void> {
  const { computed, outcome, failed } = await cluster.run({ minWorkers, ...settings });
  assert.deepEqual({ outcome, computed, failed }, { outcome: "complete", computed: sweep.total, failed: [] });
}

const [w0, w1, w2, w3] = ["worker-0", "worker-1", "worker-2", "worker-3"] as const;
const all = [w0, w1, w2, w3];
const placed = (...groups: readonly object[]) => ({ placement: { groups } });
const whole = (worker: string) => group(worker, { "0..16": worker }, worker);
const wholes = (...names: readonly string[]) => placed(...names.map(whole));
const spread = (...names: readonly string[]) => placed(group(names, { "0..16": names }, names));

const stages2 = placed(group(w0, { "0..3": w0, "3..16": w1 }, w1));
const stages4 = placed(group(w0, { "0..1": w0, "1..4": w1, "4..6": w2, "6..16": w3 }, w3));
/** Layers that come again make the hidden states go round. */
const mixed = placed(group(w1, { "0..2": w0, "2..6": [w0, w1, w2], "6..16": w3 }, [w2, w3]));
const inMemory = placed(group("worker-0/0", { "0..5": "worker-0/0", "5..16": "worker-0/1" }, "worker-0/1"));
const inMemorySpread = placed(group("worker-0/1", { "0..16": ["worker-0/0", "worker-0/1"] }, "worker-0/0"));
const devices = all.slice(0, 2).flatMap((name) => [`${name}/0`, `${name}/1`]);

const cases: readonly (readonly [string, number, Omit<RunSettings, "minWorkers">])[] = [
  ["one worker", 1, {}],
  ["one worker, a micro-batch a document", 1, { batchTokens: 1 }],
  ["one worker, hidden states that hardly fit", 1, { stateMb: 0.36 }],
  ["a pipeline over two devices of one worker", 1, inMemory],
  ["merges spread over two devices of one worker", 1, inMemorySpread],
  ["two workers as they are placed unasked", 2, {}],
  ["two replicas, large micro-batches", 2, { ...wholes(w0, w1), batchTokens: 4096 }],
  ["a pipeline of two", 2, stages2],
  [
    "a pipeline of two, a micro-batch a document, little memory",
    2,
    { ...stages2, batchTokens: 1, stateMb: 0.36 },
  ],
  ["merges spread over two", 2, spread(w0, w1)],
  ["merges spread over two with two devices each", 2, spread(...devices)],
  ["two workers for the least latency", 2, { objective: "latency" }],
  ["four workers as they are placed unasked", 4, {}],
  ["four replicas", 4, wholes(...all)],
  ["a pipeline of four", 4, stages4],
  ["merges spread over four, large micro-batches", 4, { ...spread(...all), batchTokens: 2048 }],
  ["four workers for the least latency, little memory", 4, { objective: "latency", stateMb: 0.36 }],
  ["spread and in stages, against the order of the workers", 4, mixed],
  [
    "replicas that are pipelines",
    4,
    placed(group(w0, { "0..4": w0, "4..16": w2 }, w0), group(w3, { "0..15": w3, "15": w1 }, w1)),
  ],
];

for (const [what, count, settings] of cases) {
  test(`a sweep over ${what} gives the bits of one process`, async () => {
    await withWorkers(count);
    await check(count, settings);
  });
}

test("workers that are idle end in order when asked to, and nothing listens afterwards", async () => {
  const served = await Promise.all(workers.map((worker) => worker.untilSays(/hidden states on ([\d.:]+)/)));
  await endWorkers(workers);
  assert.deepEqual(cluster.coordinator.workerNames, []);
  await cluster.stop();
  for (const at of [address, ...served.map((match) => match[1]!)]) assert.equal(await answers(at), false, at);
});
