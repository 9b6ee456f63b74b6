// Placement files: what they say, and every mistake by key and value.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePlacement, printPlacement } from "../../coordinator/placement/placement-file.js";

const worker = (name: string, memoryBytes: number, devices = 1) => ({
  name,
  devices,
  memoryBytes,
  flopsPerSecond: 1,
  linkBytesPerSecond: 1,
});
const model = {
  workers: [worker("w0", 100, 2), worker("w1", 60), worker("a/1", 100)],
  bytes: { embed: 10, layers: [10, 10, 10, 10], head: 10 },
  minStateBytes: 5,
};
const good = { embed: "w0", layers: { "0..2": "w0/0", "2..4": ["w1", "w0/1"] }, head: ["w1"] };

test("parsePlacement() reads devices, lists, single layers and names with a slash", () => {
  assert.deepEqual(
    parsePlacement(
      { groups: [good, { embed: "a/1", layers: { "0..3": "a/1", "3": "a/1" }, head: "a/1" }] },
      model,
    ),
    {
      places: [
        { worker: "w0", device: 0 },
        { worker: "w0", device: 1 },
        { worker: "w1", device: 0 },
        { worker: "a/1", device: 0 },
      ],
      groups: [
        { embed: [0], layers: [[0], [0], [1, 2], [1, 2]], head: [2] },
        { embed: [3], layers: [[3], [3], [3], [3]], head: [3] },
      ],
    },
  );
});

test("printPlacement() writes what parsePlacement() reads", () => {
  const placement = parsePlacement({ groups: [good] }, model);
  assert.deepEqual(printPlacement(placement), {
    groups: [{ embed: ["w0/0"], layers: { "0..2": ["w0/0"], "2..4": ["w0/1", "w1/0"] }, head: ["w1/0"] }],
  });
  assert.deepEqual(parsePlacement(printPlacement(placement), model), placement);
});

test("parsePlacement() names key and value of every mistake", () => {
  const layers = (spans: unknown) => ({ groups: [{ ...good, layers: spans }] });
  const cases: readonly [unknown, RegExp][] = [
    [null, /^the file: .*; a placement is \{groups: /],
    [{ groups: [] }, /^groups: /],
    [{ groups: [{ ...good, tail: "w0" }] }, /^groups\[0\]: .*tail/],
    [{ groups: [{ ...good, head: 3 }] }, /^groups\[0\]\.head: must be a worker or a list of workers/],
    [
      { groups: [{ ...good, embed: "w7" }] },
      /^groups\[0\]\.embed: 'w7' is no worker; the workers are w0, w1, a\/1$/,
    ],
    [layers({ "0..4": "w1/1" }), /^groups\[0\]\.layers\.0\.\.4: 'w1\/1' is no device; w1 has 1, /],
    [
      layers({ "0..2": "w0", "1..4": "w1" }),
      /^groups\[0\]\.layers: layer 1 is in '0\.\.2' and in '1\.\.4'; /,
    ],
    [layers({ "0..1": "w0", "3..4": "w1" }), /^groups\[0\]\.layers: nothing holds layers 1\.\.3; /],
    [layers({ "0..5": "w0" }), /'0\.\.5' is no span of layers within 0\.\.4/],
    [layers({ "2..2": "w0" }), /'2\.\.2' is no span/],
    [layers({ all: "w0" }), /'all' is no span/],
    [{ groups: [good, good] }, /^groups\[1\]\.embed: 'w0' is in groups\[0\] already; groups are replicas/],
    [
      { groups: [{ embed: "w1", layers: { "0..4": "w1" }, head: "w1" }] },
      /^w1: 60 bytes of weights and at least 5 bytes of hidden states on w1\/0 are 5 bytes more than its memory of 60 bytes/,
    ],
  ];
  for (const [value, message] of cases) {
    assert.throws(
      () => parsePlacement(value, model),
      { name: "PlacementFileError", exitCode: 2, message },
      String(message),
    );
  }
});
