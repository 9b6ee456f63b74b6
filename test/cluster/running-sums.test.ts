// Merges over processes, whose states are longer than a chunk: running sums go from process to process piece by piece,
// or branches go to one place. The scores are those of one worker.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { pieceBytes } from "../../proto/limits.js";
import { BenchCluster, type GroupFile, tinyDocuments, tinyLlama, withModel } from "../bench/bench-cluster.js";

const layers = 6;
const texts = ["loop(2, mean(0..6))", "sum(1..5), mean(0, 5)", "0, mean((1..3), 4, (2..4)), 5"];
const on = (names: readonly string[]): GroupFile => ({
  embed: names[0]!,
  layers: Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [`${layer}`, names[layer % names.length]!]),
  ),
  head: names.at(-1)!,
});

test("merges spread over processes add pieces in the order of one worker", async () => {
  await withModel(tinyLlama(layers), async (model, storeDir) => {
    // Two pieces and a bit.
    const device = `simulated:1:${2 * pieceBytes + 400}`;
    const cluster = await BenchCluster.start(model, storeDir, { workers: 3, devicesPerWorker: 2, device });
    try {
      const sweep = {
        schedules: texts.map((text) => parseSchedule(text, layers)),
        documents: tinyDocuments(6),
        batchTokens: 4,
        inFlightPerPlace: 1,
      };
      const alone = await cluster.run({ ...sweep, placement: { groups: [on(["worker-0"])] } });
      assert.equal(alone.scores.size, texts.length * 6);
      const threes = ["worker-0", "worker-1", "worker-2"];
      for (const names of [threes, ["worker-0/0", "worker-1/0", "worker-0/1", "worker-2/0"]]) {
        const spread = await cluster.run({ ...sweep, placement: { groups: [on(names)] } });
        assert.deepEqual(spread.scores, alone.scores, names.join());
        const sums = spread.trace.steps.filter(({ label }) => label.startsWith("mean of"));
        const steps = new Set(sums.map(({ injection, state }) => `${injection} ${state}`));
        assert.ok(sums.length > steps.size, `${sums.length} pieces of ${steps.size} sums`);
      }
      const gathered = await cluster.run({ ...sweep, gathers: true, placement: { groups: [on(threes)] } });
      assert.deepEqual(gathered.scores, alone.scores);
    } finally {
      await cluster.stop();
    }
  });
});
