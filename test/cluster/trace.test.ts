// Traces made by hand: figures, clocks that disagree, and the file that viewers open.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Trace,
  type TracedHop,
  type TracedStep,
  traceFigures,
} from "../../coordinator/cluster/trace.js";
import { alignClocks } from "../../coordinator/cluster/trace-clocks.js";
import { formatTrace } from "../../coordinator/cluster/trace-file.js";
import { checkChromeTrace } from "./chrome-trace.js";

function step(
  device: string,
  state: number,
  startMs: number,
  endMs: number,
  inputs: number[] = [],
): TracedStep {
  return { epoch: 1, injection: 0, place: 0, device, label: `layer ${state}`, state, inputs, startMs, endMs };
}

function hop(state: number, from: string, to: string, startMs: number, endMs: number): TracedHop {
  return { epoch: 1, injection: 0, state, from, to, startMs, endMs };
}

test("two branches side by side: half of the busy time overlaps, the critical path is one branch and the join", () => {
  // a: |1 10|4 10      b:  |2 10 .. waits
  const steps = [step("a/0", 1, 0, 10), step("b/0", 2, 0, 10), step("a/0", 4, 10, 20, [1, 2])];
  assert.deepEqual(traceFigures({ steps, hops: [] }), {
    wallMs: 20,
    serialMs: 30,
    criticalPathMs: 20,
    overlapRatio: 0.5,
    bubbleRatio: 0.25,
    devices: 2,
  });
});

test("one device has no overlap and no bubble; a gap is bubble, not critical path", () => {
  const back = traceFigures({ steps: [step("a/0", 1, 5, 10), step("a/0", 2, 10, 15, [1])], hops: [] });
  assert.deepEqual([back?.overlapRatio, back?.bubbleRatio, back?.criticalPathMs], [0, 0, 10]);
  const gap = traceFigures({ steps: [step("a/0", 1, 0, 5), step("a/0", 2, 15, 20, [1])], hops: [] });
  assert.deepEqual([gap?.wallMs, gap?.bubbleRatio, gap?.criticalPathMs], [20, 0.5, 10]);
});

test("the critical path is the mean over injections, and epochs are apart", () => {
  const own = [step("a/0", 1, 0, 10), step("a/0", 2, 10, 20, [1])];
  const other = [{ ...step("a/0", 1, 20, 30), injection: 1 }];
  assert.equal(traceFigures({ steps: [...own, ...other], hops: [] })?.criticalPathMs, 15);
  const again = [{ ...step("a/0", 1, 20, 30), epoch: 2 }];
  assert.equal(traceFigures({ steps: [...own, ...again], hops: [] })?.criticalPathMs, 15);
});

test("nothing ran: no figures", () => {
  assert.equal(traceFigures({ steps: [], hops: [] }), null);
});

test("clocks that agree are left alone", () => {
  const trace: Trace = {
    steps: [step("a/0", 1, 0, 10), step("b/0", 2, 11, 20, [1])],
    hops: [hop(1, "a/0", "b/0", 10, 11)],
  };
  assert.equal(alignClocks(trace), trace);
});

test("a worker whose clock is late is set forward, and those after it with it", () => {
  // b is 8 ms late, c 9 ms: c's input seems to arrive in time from b, but not after b is right.
  const trace: Trace = {
    steps: [step("a/0", 1, 0, 10), step("b/0", 2, 3, 13, [1]), step("c/0", 3, 13, 23, [2])],
    hops: [hop(1, "a/0", "b/0", 10, 3), hop(2, "b/0", "c/0", 13, 13)],
  };
  const { steps, hops } = alignClocks(trace);
  assert.deepEqual(
    steps.map(({ startMs, endMs }) => [startMs, endMs]),
    [
      [0, 10],
      [10, 20],
      [20, 30],
    ],
  );
  for (const { startMs, endMs } of hops) assert.ok(endMs >= startMs);
});

test("hops both ways: only as far as causality asks, the way back stays possible", () => {
  const trace: Trace = {
    steps: [step("a/0", 1, 0, 10), step("b/0", 2, 6, 16, [1]), step("a/0", 3, 22, 30, [2])],
    hops: [hop(1, "a/0", "b/0", 10, 6), hop(2, "b/0", "a/0", 16, 22)],
  };
  for (const { startMs, endMs } of alignClocks(trace).hops) assert.ok(endMs >= startMs);
});

test("the file has what viewers ask for, steps without length included", () => {
  const trace: Trace = {
    steps: [
      step("a/0", 0, 1000, 1000),
      step("a/0", 1, 1000, 1010, [0]),
      step("b/0", 2, 1002, 1002, [0]),
      step("b/0", 3, 1011, 1020, [1, 2]),
    ],
    hops: [hop(0, "a/0", "b/0", 1000, 1001), hop(1, "a/0", "b/0", 1010, 1010.5)],
  };
  const { slices, arrows } = checkChromeTrace([...formatTrace(trace)].join(""));
  assert.deepEqual([slices, arrows], [4, 2]);
});
