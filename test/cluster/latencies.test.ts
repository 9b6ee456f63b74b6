// Latencies of schedules from the messages of a sweep: compiled plans, durations made by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Latencies } from "../../coordinator/cluster/latencies.js";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { PlacePlan } from "../../coordinator/placement/place-plan.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";

const schedules = ["0..4", "0, mean(1..3), 3"].map((text) => parseSchedule(text, 4));
const graph = buildGraph(schedules);
const [full, merged] = graph.heads as [number, number];
// Layers 2 and 3 and the head on place 1.
const plans = compileGroup(graph, graph.heads, { embed: [0], layers: [[0], [0], [1], [1]], head: [1] });
const row = { tokens: [5, 6, 7], prefixLength: 3, branchLengths: [], scored: [] };

/** Every layer takes its number + 1 ms, additions half a millisecond, the rest nothing. */
function durationMs({ operation }: PlacePlan["steps"][number]): number {
  if (operation.kind === "layer") return operation.layer + 1;
  return operation.kind === "accumulate" ? 0.5 : 0;
}

function finish(latencies: Latencies, epoch: number, injection: number, place: number): void {
  const slices = plans.get(place)!.steps.map((step) => {
    return { kind: "step", state: step.id, startMs: 100, endMs: 100 + durationMs(step) } as const;
  });
  latencies.heard({ kind: "finished", epoch, injection, place, slices });
}

function begin(): Latencies {
  const latencies = new Latencies();
  for (const [place, { steps, receives }] of plans) {
    latencies.told({ kind: "plan", epoch: 1, plan: 0, place, steps, receives });
  }
  // Each of two workers is told.
  for (const injection of [0, 1]) {
    for (const _worker of plans) {
      latencies.told({ kind: "inject", epoch: 1, injection, plan: 0, rows: [row, row] });
    }
  }
  return latencies;
}

test("Latencies counts a merge's branches side by side on the critical path, and all of them as work", () => {
  const latencies = begin();
  finish(latencies, 1, 0, 0);
  assert.equal(latencies.sums.size, 0);
  finish(latencies, 1, 0, 1);
  assert.deepEqual(latencies.sums.get(full), { criticalPathMs: 10, workMs: 10, tokens: 6 });
  // 1, then 2 and 3 side by side, both runs' additions, 4: the shorter branch and one addition wait for the longer.
  assert.deepEqual(latencies.sums.get(merged), { criticalPathMs: 1 + 3 + 0.5 + 4, workMs: 11, tokens: 6 });
  finish(latencies, 1, 1, 1);
  finish(latencies, 1, 1, 0);
  assert.deepEqual(latencies.sums.get(full), { criticalPathMs: 20, workMs: 20, tokens: 12 });
});

test("Latencies counts nothing of an injection whose epoch was aborted", () => {
  const latencies = begin();
  finish(latencies, 1, 0, 0);
  latencies.told({ kind: "abort-epoch", epoch: 1 });
  finish(latencies, 1, 0, 1);
  assert.equal(latencies.sums.size, 0);
});
