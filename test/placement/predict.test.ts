// Predictions of small sweeps, worked out by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import type { Placement, WorkerSpec } from "../../coordinator/placement/placement.js";
import { type PredictionRequest, predictSweep } from "../../coordinator/placement/predict.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";

const worker = (name: string, flopsPerSecond: number, devices = 1): WorkerSpec => ({
  name,
  devices,
  memoryBytes: 10_000,
  flopsPerSecond,
  linkBytesPerSecond: 1e9,
});

function request(placement: Placement, workers: readonly WorkerSpec[], text = "0..4"): PredictionRequest {
  const graph = buildGraph([parseSchedule(text, 4)]);
  return {
    placement,
    workers,
    bytes: { embed: 100, layers: [100, 100, 100, 100], head: 100 },
    flopsPerToken: { embed: 0, layers: [10, 10, 10, 10], head: 5, attentionShare: 0.5 },
    hiddenSize: 2,
    waves: [{ label: "rest", graph, heads: graph.heads }],
    documents: 100,
    tokensPerDocument: 10,
    batchTokens: 45,
    mayGather: false,
  };
}

const pipeline: Placement = {
  places: [
    { worker: "a", device: 0 },
    { worker: "b", device: 0 },
  ],
  groups: [{ embed: [0], layers: [[0], [0], [0], [1]], head: [1] }],
};

test("a pipeline is as fast as its slowest place", () => {
  const { places, groups, seconds } = predictSweep(request(pipeline, [worker("a", 100), worker("b", 100)]));
  assert.deepEqual(
    places.map(({ weightBytes, visits, secondsPerDocument }) => [weightBytes, visits, secondsPerDocument]),
    [
      [400, 4, 3],
      [200, 2, 1.5],
    ],
  );
  const [group] = groups;
  // Four documents of ten tokens fit a micro-batch of 45.
  assert.equal(group!.batchTokens, 40);
  assert.equal(group!.limit, "compute");
  assert.deepEqual(group!.waves, [
    {
      label: "rest",
      hops: 1,
      bytesPerHop: 40 * 2 * 4,
      boundStates: 2,
      place: 0,
      seconds: 12,
      secondsByPlace: [
        [0, 12],
        [1, 6],
      ],
    },
  ]);
  assert.equal(places[0]!.stateBytes, 2 * 40 * 2 * 4);
  assert.equal(seconds, 300);
});

test("replicas add up by their speed, and devices of one worker hop in memory", () => {
  const whole = (place: number) => ({
    embed: [place],
    layers: [[place], [place], [place], [place]],
    head: [place],
  });
  const replicas: Placement = { places: pipeline.places, groups: [whole(0), whole(1)] };
  const { documentsPerSecond, groups } = predictSweep(
    request(replicas, [worker("a", 450), worker("b", 900)]),
  );
  assert.deepEqual(
    groups.map(({ secondsPerDocument }) => secondsPerDocument),
    [1, 0.5],
  );
  assert.equal(documentsPerSecond, 3);
  const inside: Placement = { ...pipeline, places: [0, 1].map((device) => ({ worker: "a", device })) };
  const prediction = predictSweep(request(inside, [worker("a", 100, 2)]));
  assert.equal(prediction.groups[0]!.waves[0]!.hops, 0);
  assert.equal(prediction.places[0]!.weightBytes, 600);
});

test("a slow link sets the pace", () => {
  const slow = [{ ...worker("a", 100), linkBytesPerSecond: 8 }, worker("b", 100)];
  const [group] = predictSweep(request(pipeline, slow)).groups;
  assert.equal(group!.limit, "link");
  assert.equal(group!.secondsPerDocument, (10 * 2 * 4) / 8);
});

test("states that do not fit beside the weights make micro-batches smaller", () => {
  const tight = [{ ...worker("a", 100), memoryBytes: 400 + 2 * 8 * 25 }, worker("b", 100)];
  assert.equal(predictSweep(request(pipeline, tight)).groups[0]!.batchTokens, 20);
  const none = [{ ...worker("a", 100), memoryBytes: 400 + 2 * 8 * 5 }, worker("b", 100)];
  assert.equal(predictSweep(request(pipeline, none)).groups[0]!.batchTokens, 0);
});

test("halves of layers cost their share, where the layer is held", () => {
  const wanted = request(pipeline, [worker("a", 100), worker("b", 100)], "0..3, 0.attn, 3.mlp");
  const uneven = { ...wanted, flopsPerToken: { ...wanted.flopsPerToken, attentionShare: 0.25 } };
  assert.deepEqual(
    predictSweep(uneven).places.map(({ visits, secondsPerDocument }) => [visits, secondsPerDocument]),
    // Of ten tokens: 3.25 layers of 10 FLOPs on a; 0.75 and a head of 5 on b; 100 FLOP/s each.
    [
      [5, 3.25],
      [2, 1.25],
    ],
  );
});

test("merges gather where they may and a state is sooner there than a hop begins", () => {
  const spread: Placement = {
    places: ["a", "b", "c", "d"].map((name) => ({ worker: name, device: 0 })),
    groups: [{ embed: [0], layers: [[0], [1], [2], [3]], head: [3] }],
  };
  const workers = ["a", "b", "c", "d"].map((name) => worker(name, 100));
  const statesAtMost = (changes: Partial<PredictionRequest>): number =>
    predictSweep({ ...request(spread, workers, "mean(0..4)"), ...changes }).groups[0]!.waves[0]!.boundStates;
  const chained = statesAtMost({});
  assert.equal(statesAtMost({ mayGather: true }), chained + 2);
  const slow = workers.map((each) => ({ ...each, linkBytesPerSecond: 1e5 }));
  assert.equal(statesAtMost({ mayGather: true, workers: slow }), chained);
});
