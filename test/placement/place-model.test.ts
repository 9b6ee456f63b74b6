// Placements: by work, within memory, the same whatever the order of workers.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inOrder, type PerPart, total } from "../../coordinator/placement/per-part.js";
import { type PlacementRequest, placeModel } from "../../coordinator/placement/place-model.js";
import type { Placement, WorkerSpec } from "../../coordinator/placement/placement.js";
import { parsePlacement, printPlacement } from "../../coordinator/placement/placement-file.js";
import { UnplaceableError } from "../../coordinator/placement/unplaceable-error.js";
import {
  partsOfPlaces,
  partsText,
  placeName,
  weightBytesOf,
} from "../../coordinator/placement/weight-bytes.js";

const LAYERS = 12;

function same(embed: number, layer: number, head: number): PerPart {
  return { embed, layers: new Array<number>(LAYERS).fill(layer), head };
}

function worker(name: string, memoryBytes: number, more: Partial<WorkerSpec> = {}): WorkerSpec {
  return { name, devices: 1, memoryBytes, flopsPerSecond: 100, linkBytesPerSecond: 1e6, ...more };
}

/** A model of 140 bytes: layers of 10, embedding and head of 10. */
const request: PlacementRequest = {
  workers: [],
  bytes: same(10, 10, 10),
  flopsPerToken: same(0, 1, 1),
  visits: same(1, 1, 1),
  objective: "throughput",
  minStateBytes: 5,
};

function holds(placement: Placement): Readonly<Record<string, string>> {
  const parts = partsOfPlaces(placement);
  return Object.fromEntries(
    placement.places.map((place, i) => [placeName(place), partsText(parts[i]!, LAYERS)]),
  );
}

const WHOLE = "embed, 0..12, head";

test("every device of a worker that has room for all is a replica", () => {
  const workers = [worker("b", 145), worker("a", 150, { devices: 2 })];
  const placement = placeModel({ ...request, workers });
  assert.deepEqual(holds(placement), { "a/0": WHOLE, "a/1": WHOLE, "b/0": WHOLE });
  assert.equal(placement.groups.length, 3);
});

test("workers too small for the model form pipelines, largest first, beside the replicas", () => {
  const workers = [worker("a", 145), worker("b", 80), worker("c", 80), worker("d", 75), worker("e", 75)];
  const placement = placeModel({ ...request, workers });
  assert.deepEqual(holds(placement), {
    "a/0": WHOLE,
    "b/0": "embed, 0..6",
    "c/0": "6..12, head",
    "d/0": "embed, 0..6",
    "e/0": "6..12, head",
  });
  assert.deepEqual(
    placement.groups.map(({ head }) => head),
    [[0], [2], [4]],
  );
});

test("spans are cut by work, not by number of layers, and memory bounds them", () => {
  const steep = { embed: 1, layers: [1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 8], head: 4 };
  const ample = [worker("a", 139), worker("b", 139)];
  const [first, second] = Object.values(holds(placeModel({ ...request, visits: steep, workers: ample })));
  // Three of the four heads move to the first, which has less to do.
  assert.equal(first, "embed, 0..10, head");
  assert.equal(second, "10..12, head");
  const tight = [worker("a", 75), worker("b", 75)];
  assert.deepEqual(Object.values(holds(placeModel({ ...request, visits: steep, workers: tight }))), [
    "embed, 0..6",
    "6..12, head",
  ]);
});

test("faster workers get more", () => {
  const workers = [worker("a", 139), worker("b", 139, { flopsPerSecond: 300 })];
  const placement = placeModel({ ...request, workers });
  const sizes = partsOfPlaces(placement).map((parts) => parts.filter((part) => part > 0).length);
  assert.deepEqual(
    sizes.toSorted((a, b) => a - b),
    [3, 10],
  );
});

test("devices of one worker split its span and count shared weights once", () => {
  const workers = [worker("a", 80, { devices: 2 }), worker("b", 80, { devices: 2 })];
  const placement = placeModel({ ...request, workers });
  assert.deepEqual(holds(placement), {
    "a/0": "embed, 0..3",
    "a/1": "3..6",
    "b/0": "6..10",
    "b/1": "10..12, head",
  });
  const spread = placeModel({ ...request, workers, objective: "latency" });
  assert.ok(partsOfPlaces(spread).every((parts) => parts.length === 7));
});

test("left-over memory of places with little to do holds replicas of hot layers", () => {
  const visits = { embed: 1, layers: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 40, 40], head: 40 };
  const two = placeModel({ ...request, visits, workers: [worker("a", 139), worker("b", 139)] });
  const { layers, head } = two.groups[0]!;
  assert.ok(layers[11]!.length === 2 || layers[10]!.length === 2 || head.length === 2);
  const even = placeModel({ ...request, workers: [worker("a", 139), worker("b", 139)] });
  assert.ok(
    even.groups[0]!.layers.every((holders) => holders.length === 1),
    "nothing to gain",
  );
});

test("latency holds everything everywhere if it fits, else the most visited and the middle", () => {
  const fitting = placeModel({
    ...request,
    objective: "latency",
    workers: [worker("a", 145), worker("b", 145), worker("c", 145)],
  });
  assert.equal(fitting.groups.length, 1);
  assert.deepEqual(holds(fitting), { "a/0": WHOLE, "b/0": WHOLE, "c/0": WHOLE });
  const visits = { embed: 1, layers: [1, 1, 1, 3, 3, 3, 3, 3, 3, 1, 1, 1], head: 1 };
  const workers = ["a", "b", "c", "d"].map((name) => worker(name, 105));
  const tight = placeModel({ ...request, visits, objective: "latency", workers });
  for (let layer = 3; layer < 9; layer++) assert.equal(tight.groups[0]!.layers[layer]!.length, 4);
});

test("a model that does not fit says how many bytes are missing", () => {
  const workers = [worker("a", 45), worker("b", 65)];
  for (const objective of ["throughput", "latency"] as const) {
    assert.throws(
      () => placeModel({ ...request, objective, workers }),
      (error) => {
        assert.ok(error instanceof UnplaceableError);
        assert.equal(error.exitCode, 2);
        assert.equal(error.missingBytes, 40);
        assert.equal(
          error.message,
          "the model's 140 bytes do not fit: the 2 workers lack 40 bytes in all; " +
            "the largest, b (65 bytes), lacks 80 bytes to hold it alone; add workers or memory",
        );
        return true;
      },
    );
  }
  assert.throws(() => placeModel(request), { message: /there are no workers/ });
});

const anyWorkers = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    devices: fc.integer({ min: 1, max: 3 }),
    memoryBytes: fc.integer({ min: 10, max: 200 }),
    flopsPerSecond: fc.constantFrom(10, 20, 50),
    linkBytesPerSecond: fc.constantFrom(10, 20),
  }),
  { selector: ({ name }) => name, minLength: 1 },
);
const anyParts = (min: number, max: number): fc.Arbitrary<PerPart> =>
  fc.record({
    embed: fc.integer({ min, max }),
    layers: fc.array(fc.integer({ min, max }), { minLength: LAYERS, maxLength: LAYERS }),
    head: fc.integer({ min, max }),
  });

test("placements hold all parts within memory, in any order of workers, and survive printing", (t) => {
  let placed = 0;
  fc.assert(
    fc.property(
      anyWorkers,
      anyParts(1, 30),
      anyParts(0, 40),
      fc.constantFrom("throughput" as const, "latency" as const),
      fc.nat(10),
      (workers, bytes, visits, objective, minStateBytes) => {
        const random = { ...request, workers, bytes, visits, objective, minStateBytes };
        let placement: Placement;
        try {
          placement = placeModel(random);
        } catch (error) {
          assert.ok(error instanceof UnplaceableError && error.missingBytes > 0);
          const usable = workers.reduce(
            (sum, each) => sum + Math.max(0, each.memoryBytes - each.devices * minStateBytes),
            0,
          );
          assert.ok(error.missingBytes >= total(bytes) - usable);
          return;
        }
        placed++;
        for (const { embed, layers, head } of placement.groups) {
          for (const holders of [embed, ...layers, head]) assert.ok(holders.length > 0);
        }
        const weights = weightBytesOf(placement, bytes);
        for (const { name, memoryBytes } of workers) {
          const devices = placement.places.filter((place) => place.worker === name).length;
          assert.ok((weights.get(name) ?? 0) + devices * minStateBytes <= memoryBytes);
        }
        assert.deepEqual(placeModel({ ...random, workers: workers.toReversed() }), placement);
        const again = parsePlacement(JSON.parse(JSON.stringify(printPlacement(placement))), random);
        assert.deepEqual(again, placement);
      },
    ),
    { numRuns: 1000 },
  );
  t.diagnostic(`${placed} of 1000 could be placed`);
  assert.ok(placed > 200);
});

test("the cut into spans is the best there is", () => {
  fc.assert(
    fc.property(anyParts(0, 20), fc.integer({ min: 2, max: 3 }), (visits, count) => {
      const workers = Array.from({ length: count }, (_, i) => worker(`w${i}`, 139));
      const { groups, places } = placeModel({ ...request, visits, workers });
      const work = inOrder({ ...visits, embed: 0 });
      const sum = (start: number, end: number) => work.slice(start, end).reduce((a, b) => a + b, 0);
      // The two largest workers suffice; a third one only helps.
      let best = Infinity;
      for (let i = 1; i < work.length; i++) {
        for (let j = i; j < work.length; j++) {
          if (count === 2 && j > i) continue;
          best = Math.min(best, Math.max(sum(0, i), sum(i, j), sum(j, work.length)));
        }
      }
      // Replicas only lower the slowest: count every part at its first holder... of the spans.
      const holders = [groups[0]!.embed, ...groups[0]!.layers, groups[0]!.head];
      const single = places.map((_, p) =>
        work.reduce((load, value, part) => load + (holders[part]!.join() === String(p) ? value : 0), 0),
      );
      assert.ok(Math.max(...single) <= best);
    }),
    { numRuns: 200 },
  );
});
