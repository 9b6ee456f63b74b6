// What the dispatcher asks of placement for a real model: when merges gather.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dispatchPorts } from "../../coordinator/commands/dispatch-ports.js";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import type { Placement } from "../../coordinator/placement/placement.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { tinyLlama, withModel } from "../bench/bench-cluster.js";
import { helloOf } from "../proto/loopback.js";

test("dispatchPorts() gathers merges of states that travel in less than a hop's latency, if that is the objective", async () => {
  await withModel(tinyLlama(4), async ({ manifest }) => {
    const graph = buildGraph([parseSchedule("mean(0..4)", 4)]);
    const workers = ["a", "b", "c", "d"].map(helloOf);
    const sumsOf = (objective: "latency" | "throughput", stateTokens: number): number => {
      const options = { objective, "state-memory-mb": 1 };
      const { place, compile, gathers } = dispatchPorts({ manifest, graph }, options, null);
      const placement = place(workers) as Placement;
      const group = placement.groups[0]!;
      const plans = compile(graph, graph.heads, group, placement, graph.heads, gathers(group, stateTokens));
      return [...plans.values()]
        .flatMap(({ steps }) => steps)
        .filter(({ operation }) => operation.kind === "accumulate").length;
    };
    // 16 float32 values a token over links of 1 GB/s: 1.5 ms are 23,437 tokens.
    assert.equal(sumsOf("latency", 64), 1);
    assert.equal(sumsOf("latency", 23_437), 1);
    assert.equal(sumsOf("latency", 23_438), 4);
    assert.equal(sumsOf("throughput", 64), 1, "one worker runs all of a schedule");
    const { gathers, place } = dispatchPorts(
      { manifest, graph },
      { objective: "throughput", "state-memory-mb": 1 },
      null,
    );
    const { groups } = place(workers) as Placement;
    assert.equal(gathers(groups[0]!, 1), false);
  });
});
