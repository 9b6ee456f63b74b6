// Control messages as bytes and back, and what malformed ones say.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import fc from "fast-check";
import { attachMethod } from "../../proto/control-method.js";
import { painters } from "../../proto/definition.js";
import type { ToCoordinator__Output } from "../../proto/generated/painters/v1/ToCoordinator.js";
import type { ToWorker__Output } from "../../proto/generated/painters/v1/ToWorker.js";
import { protocolVersion } from "../../proto/messages.js";
import { ProtocolError } from "../../proto/protocol-error.js";
import { anyHello, anyToCoordinator, anyToWorker } from "./arbitrary-messages.js";

type Loose<T> = T extends readonly (infer U)[]
  ? Loose<U>[]
  : T extends object
    ? { [K in keyof T]?: unknown }
    : T;

const raw = (painters["painters.v1.Control"] as ServiceDefinition).Attach as MethodDefinition<object, object>;

/** What the receiver makes of a message built by hand. */
function toCoordinator(message: Loose<ToCoordinator__Output>): unknown {
  return attachMethod.requestDeserialize(raw.requestSerialize(message));
}
function toWorker(message: Loose<ToWorker__Output>): unknown {
  return attachMethod.responseDeserialize(raw.responseSerialize(message));
}
function assertMalformed(result: unknown, field: string): void {
  assert.ok(result instanceof ProtocolError, `${field} was accepted`);
  assert.equal(result.field, field);
  assert.match(result.message, /^malformed message: /);
}

test("messages to the coordinator come back as they were", () => {
  fc.assert(
    fc.property(anyToCoordinator, (message) => {
      const back = attachMethod.requestDeserialize(attachMethod.requestSerialize(message));
      assert.deepEqual(back, message);
      if (message.kind !== "scored") return;
      assert.ok(!(back instanceof ProtocolError) && back.kind === "scored");
      assert.deepEqual(new Uint8Array(back.logprobs.buffer), new Uint8Array(message.logprobs.buffer));
    }),
    { numRuns: 500 },
  );
});

test("messages to workers come back as they were", () => {
  fc.assert(
    fc.property(anyToWorker, (message) => {
      assert.deepEqual(attachMethod.responseDeserialize(attachMethod.responseSerialize(message)), message);
    }),
    { numRuns: 500 },
  );
});

test("any bytes become a message or a ProtocolError", () => {
  const mutated = fc
    .tuple(anyToWorker, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat())
    .map(([message, at, value, cut]) => {
      const bytes = Buffer.from(attachMethod.responseSerialize(message));
      if (bytes.length > 0) bytes[at % bytes.length] = value;
      return bytes.subarray(0, bytes.length - (cut % (bytes.length + 1)));
    });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
        mutated,
      ),
      (bytes) => {
        for (const result of [
          attachMethod.requestDeserialize(bytes),
          attachMethod.responseDeserialize(bytes),
        ]) {
          assert.ok(result instanceof ProtocolError || typeof result.kind === "string");
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("a malformed message names its field", () => {
  assertMalformed(toCoordinator({}), "message");
  assertMalformed(toCoordinator({ heartbeat: { busyMs: [0, Number.NaN] } }), "heartbeat.busy_ms[1]");
  assertMalformed(
    toCoordinator({ scored: { logprobs: Buffer.alloc(7), isGreedy: Buffer.alloc(2) } }),
    "scored.logprobs",
  );
  assertMalformed(
    toCoordinator({ scored: { logprobs: Buffer.alloc(8), isGreedy: Buffer.from([1, 2]) } }),
    "scored.is_greedy[1]",
  );
  assertMalformed(toCoordinator({ finished: { slices: [{ kind: "STEP" }, {}] } }), "finished.slices[1].kind");
  assertMalformed(toCoordinator({ linkBroken: {} }), "link_broken.peer");
  assertMalformed(toWorker({ welcome: { heartbeatMs: -1 } }), "welcome.heartbeat_ms");
  assertMalformed(
    toWorker({ openEpoch: { model: "m", shards: [{ place: 0 }] } }),
    "open_epoch.shards[0].place",
  );
  assertMalformed(toWorker({ openEpoch: {} }), "open_epoch.model");
  assertMalformed(toWorker({ plan: { steps: [{ embed: {} }, {}] } }), "plan.steps[1].operation");
  assertMalformed(
    toWorker({ plan: { steps: [{ accumulate: { branches: [1] } }] } }),
    "plan.steps[0].accumulate.rule",
  );
  assertMalformed(
    toWorker({ plan: { steps: [{ accumulate: { rule: "MEAN" } }] } }),
    "plan.steps[0].accumulate.branches",
  );
  assertMalformed(
    toWorker({ plan: { steps: [{ accumulate: { rule: "MEAN", branches: [1], divideBy: 0 } }] } }),
    "plan.steps[0].accumulate.divide_by",
  );
  assertMalformed(
    toWorker({ plan: { steps: [{ damp: { factor: Number.POSITIVE_INFINITY } }] } }),
    "plan.steps[0].damp.factor",
  );
  assertMalformed(toWorker({ inject: { rows: [{ tokens: [1, 2], prefixLength: 1 }] } }), "inject.rows[0]");
  assertMalformed(
    toWorker({ inject: { rows: [{ tokens: [1], prefixLength: 1, scored: [0, 0] }] } }),
    "inject.rows[0].scored",
  );
  assertMalformed(
    toWorker({ inject: { rows: [{ tokens: [1], prefixLength: 1, scored: [0, 1, 0] }] } }),
    "inject.rows[0].scored[0]",
  );
  assertMalformed(
    toWorker({ inject: { rows: [{ tokens: [1, 2], prefixLength: 2, tokenTypes: [0] }] } }),
    "inject.rows[0].token_types",
  );
});

test("a hello is judged by our rules only when it is of our version", () => {
  const hello = fc.sample(anyHello, 1)[0]!;
  assertMalformed(toCoordinator({ hello: { ...hello, name: "" } }), "hello.name");
  assertMalformed(toCoordinator({ hello: { ...hello, devices: 0 } }), "hello.devices");
  assertMalformed(
    toCoordinator({ hello: { ...hello, flopsPerSecond: Number.NaN } }),
    "hello.flops_per_second",
  );
  const newer = toCoordinator({ hello: { protocolVersion: protocolVersion + 1, name: "w" } });
  assert.ok(!(newer instanceof ProtocolError));
});
