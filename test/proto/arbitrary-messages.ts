// Random messages between coordinator and workers, for round trips.
import fc from "fast-check";
import type { Operation, PlaceStep } from "../../coordinator/placement/place-plan.js";
import type { TokenRow } from "../../models/token-row.js";
import { protocolVersion, type ToCoordinator, type ToWorker } from "../../proto/messages.js";

/** Plain objects: a prototype is part of deepEqual. */
export function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

const id = fc.nat(2 ** 32 - 1);
const some = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { maxLength: 5 });
const name = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
const amount = fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const maybe = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(item, { nil: null });

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.constant({ kind: "embed" as const }),
  record({ kind: fc.constant("layer" as const), layer: id, input: id }),
  record({
    kind: fc.constant("layer" as const),
    layer: id,
    sublayer: fc.constantFrom("attn" as const, "mlp" as const),
    input: id,
  }),
  record({
    kind: fc.constant("accumulate" as const),
    rule: fc.constantFrom("mean" as const, "sum" as const),
    sum: maybe(id),
    base: maybe(id),
    branches: fc.array(id, { minLength: 1, maxLength: 5 }),
    divideBy: maybe(fc.integer({ min: 1, max: 2 ** 32 - 1 })),
    isLast: fc.boolean(),
  }),
  record({ kind: fc.constant("layer" as const), layer: id, input: id, slot: id }),
  record({ kind: fc.constant("store" as const), slot: id, input: id }),
  record({ kind: fc.constant("damp" as const), factor: finite, base: id, input: id }),
  record({ kind: fc.constant("head" as const), head: id, input: id }),
  record({
    kind: fc.constant("probe" as const),
    probe: id,
    measure: fc.constantFrom("gram" as const, "states" as const),
    inputs: fc.array(id, { minLength: 1, maxLength: 5 }),
  }),
);

const step: fc.Arbitrary<PlaceStep> = record({ id, operation, sendTo: some(id), depth: id });

const row: fc.Arbitrary<TokenRow> = record({
  prefix: some(id),
  branches: some(some(id)),
  request: id,
  target: id,
  isTyped: fc.boolean(),
}).chain(({ prefix, branches, request, target, isTyped }) => {
  const tokens = [...prefix, ...branches.flat()];
  const shape = {
    tokens,
    ...(isTyped && tokens.length > 0 ? { tokenTypes: tokens.map((token) => token % 3) } : {}),
    prefixLength: prefix.length,
    branchLengths: branches.map((branch) => branch.length),
  };
  const scored = tokens.length === 0 ? fc.constant([]) : some(fc.nat(tokens.length - 1));
  return scored.map((indices) => ({
    ...shape,
    scored: indices.map((index) => ({ request, index, target })),
  }));
});

const slice = record({
  kind: fc.constantFrom("step" as const, "receive" as const, "send" as const),
  state: id,
  startMs: finite,
  endMs: finite,
});

export const anyHello = record({
  kind: fc.constant("hello" as const),
  protocolVersion: fc.constant(protocolVersion),
  name,
  incarnation: name,
  dataAddress: name,
  devices: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  memoryBytes: fc.maxSafeNat(),
  flopsPerSecond: amount,
  linkBytesPerSecond: amount,
  numericsId: name,
  models: some(name),
});

export const anyToCoordinator: fc.Arbitrary<ToCoordinator> = fc.oneof(
  anyHello,
  record({ kind: fc.constant("heartbeat" as const), busyMs: some(amount) }),
  record({ kind: fc.constant("epoch-ready" as const), epoch: id }),
  record({ kind: fc.constant("epoch-failed" as const), epoch: id, reason: fc.string() }),
  record({ epoch: id, injection: id, head: id, bits: some(id) }).map(({ epoch, injection, head, bits }) => ({
    kind: "scored" as const,
    epoch,
    injection,
    head,
    // Any bits: infinities and NaNs must come through too.
    logprobs: new Float32Array(Uint32Array.from(bits).buffer),
    isGreedy: Uint8Array.from(bits, (value) => value % 2),
  })),
  record({
    epoch: id,
    injection: id,
    probe: id,
    offset: fc.nat(),
    data: fc.uint8Array({ minLength: 1, maxLength: 9 }),
    after: fc.nat(),
  }).map(({ after, ...piece }) => ({
    kind: "probed" as const,
    ...piece,
    totalBytes: piece.offset + piece.data.length + after,
  })),
  record({ kind: fc.constant("generated" as const), epoch: id, injection: id, head: id, tokens: some(id) }),
  record({
    kind: fc.constant("finished" as const),
    epoch: id,
    injection: id,
    place: id,
    slices: some(slice),
  }),
  record({ kind: fc.constant("link-broken" as const), epoch: id, peer: name, reason: fc.string() }),
  fc.constant({ kind: "draining" as const }),
);

const openEpoch = record({
  epoch: id,
  model: name,
  places: fc.array(record({ worker: name, device: id, dataAddress: name }), {
    minLength: 1,
    maxLength: 4,
  }),
  parts: some(some(fc.string())),
  pullFrom: some(name),
}).map(({ parts, ...rest }) => ({
  kind: "open-epoch" as const,
  ...rest,
  shards: parts.map((names, index) => ({ place: index % rest.places.length, parts: names })),
}));

export const anyToWorker: fc.Arbitrary<ToWorker> = fc.oneof(
  record({ kind: fc.constant("welcome" as const), heartbeatMs: amount, leaseMs: amount }),
  openEpoch,
  record({
    kind: fc.constant("plan" as const),
    epoch: id,
    plan: id,
    place: id,
    steps: some(step),
    receives: some(record({ state: id, from: id })),
  }),
  record({
    kind: fc.constant("inject" as const),
    epoch: id,
    injection: id,
    plan: id,
    rows: some(row),
  }),
  record({ kind: fc.constant("forget" as const), epoch: id, sequences: some(id) }),
  record({ kind: fc.constant("abort-epoch" as const), epoch: id }),
  record({ kind: fc.constant("close-epoch" as const), epoch: id }),
  record({ kind: fc.constant("goodbye" as const), reason: fc.string() }),
);
