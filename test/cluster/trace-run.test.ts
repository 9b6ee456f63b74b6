// A trace of two worker processes: hops take time, a device does one step at a
// time, and the file opens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { traceFigures } from "../../coordinator/cluster/trace.js";
import { formatTrace } from "../../coordinator/cluster/trace-file.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { BenchCluster, tinyDocuments, tinyLlama, withModel } from "../bench/bench-cluster.js";
import { checkChromeTrace } from "./chrome-trace.js";

test("a looped mean over two processes", async () => {
  await withModel(tinyLlama(4), async (model, storeDir) => {
    const cluster = await BenchCluster.start(model, storeDir, { workers: 2, device: "simulated:5:65536" });
    try {
      const { trace } = await cluster.run({
        schedules: [parseSchedule("0, loop(2, mean(1..4)), 3", 4)],
        documents: tinyDocuments(5),
        batchTokens: 4,
        inFlightPerPlace: 1,
        placement: {
          groups: [
            { embed: "worker-0", layers: { "0..2": "worker-0", "2..4": "worker-1" }, head: "worker-1" },
          ],
        },
      });
      // embed, layers 0 and 3, head; twice three branches in two runs.
      assert.equal(trace.steps.length, 5 * (4 + 2 * (3 + 2)));
      // 0's output and the first run's sum, the round's mean and the second's sum.
      assert.equal(trace.hops.length, 5 * 4);
      for (const { startMs, endMs } of trace.hops) assert.ok(endMs > startMs, `${endMs - startMs} ms`);
      for (const device of ["worker-0/0", "worker-1/0"]) {
        const own = trace.steps.filter((step) => step.device === device);
        own.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs);
        assert.ok(own.length > 0);
        for (const [i, next] of own.slice(1).entries()) assert.ok(next.startMs >= own[i]!.endMs);
      }
      const figures = traceFigures(trace)!;
      assert.equal(figures.devices, 2);
      // Two branches one after another, three layers and a round more: 5 ms each.
      assert.ok(figures.criticalPathMs >= 20 && figures.wallMs >= figures.criticalPathMs);
      assert.ok(figures.overlapRatio > 0 && figures.bubbleRatio < 1);
      const { slices, arrows } = checkChromeTrace([...formatTrace(trace)].join(""));
      assert.deepEqual([slices, arrows], [trace.steps.length, trace.hops.length]);
    } finally {
      await cluster.stop();
    }
  });
});
