// What workers say to the coordinator, on the wire and back.
import type { Codec } from "./definition.js";
import type { Hello__Output } from "./generated/painters/v1/Hello.js";
import type { Probed__Output } from "./generated/painters/v1/Probed.js";
import type { Scored__Output } from "./generated/painters/v1/Scored.js";
import type { Slice__Output, Slice as WireSlice } from "./generated/painters/v1/Slice.js";
import type {
  ToCoordinator as Wire,
  ToCoordinator__Output as WireOutput,
} from "./generated/painters/v1/ToCoordinator.js";
import { type Hello, protocolVersion, type Slice, type ToCoordinator } from "./messages.js";
import { ProtocolError } from "./protocol-error.js";
import { amount, count, finite, oneOf, present, text } from "./wire-check.js";

export const toCoordinatorCodec: Codec<ToCoordinator, Wire, WireOutput> = { toWire, fromWire };

function toWire(message: ToCoordinator): Wire {
  switch (message.kind) {
    case "hello": {
      const { kind: _, models, ...hello } = message;
      return { hello: { ...hello, models: [...models] } };
    }
    case "heartbeat":
      return { heartbeat: { busyMs: [...message.busyMs] } };
    case "epoch-ready":
      return { epochReady: { epoch: message.epoch } };
    case "epoch-failed":
      return { epochFailed: { epoch: message.epoch, reason: message.reason } };
    case "scored": {
      const { epoch, injection, head, logprobs, isGreedy } = message;
      return {
        scored: { epoch, injection, head, logprobs: bytesOf(logprobs), isGreedy: bytesOf(isGreedy) },
      };
    }
    case "generated": {
      const { epoch, injection, head, tokens } = message;
      return { generated: { epoch, injection, head, tokens: [...tokens] } };
    }
    case "probed": {
      const { kind: _, data, ...probed } = message;
      return { probed: { ...probed, data: bytesOf(data) } };
    }
    case "finished": {
      const { epoch, injection, place, slices } = message;
      return { finished: { epoch, injection, place, slices: slices.map(sliceToWire) } };
    }
    case "link-broken":
      return { linkBroken: { epoch: message.epoch, peer: message.peer, reason: message.reason } };
    case "draining":
      return { draining: {} };
  }
}

function fromWire(wire: WireOutput): ToCoordinator {
  switch (present("message", wire.message)) {
    case "hello":
      return helloFromWire(present("hello", wire.hello));
    case "heartbeat":
      return {
        kind: "heartbeat",
        busyMs: present("heartbeat", wire.heartbeat).busyMs.map((ms, device) =>
          amount(`heartbeat.busy_ms[${device}]`, ms),
        ),
      };
    case "epochReady":
      return { kind: "epoch-ready", epoch: present("epoch_ready", wire.epochReady).epoch };
    case "epochFailed": {
      const { epoch, reason } = present("epoch_failed", wire.epochFailed);
      return { kind: "epoch-failed", epoch, reason };
    }
    case "scored":
      return scoredFromWire(present("scored", wire.scored));
    case "generated": {
      const { epoch, injection, head, tokens } = present("generated", wire.generated);
      return { kind: "generated", epoch, injection, head, tokens };
    }
    case "probed":
      return probedFromWire(present("probed", wire.probed));
    case "finished": {
      const { epoch, injection, place, slices } = present("finished", wire.finished);
      return { kind: "finished", epoch, injection, place, slices: slices.map(sliceFromWire) };
    }
    case "linkBroken": {
      const { epoch, peer, reason } = present("link_broken", wire.linkBroken);
      return { kind: "link-broken", epoch, peer: text("link_broken.peer", peer), reason };
    }
    case "draining":
      return { kind: "draining" };
  }
}

function helloFromWire(wire: Hello__Output): Hello {
  // Refused for its version, so not judged by our rules before.
  if (wire.protocolVersion !== protocolVersion) return { kind: "hello", ...wire };
  return {
    kind: "hello",
    protocolVersion: wire.protocolVersion,
    name: text("hello.name", wire.name),
    incarnation: text("hello.incarnation", wire.incarnation),
    dataAddress: text("hello.data_address", wire.dataAddress),
    devices: count("hello.devices", wire.devices, 1),
    memoryBytes: count("hello.memory_bytes", wire.memoryBytes),
    flopsPerSecond: amount("hello.flops_per_second", wire.flopsPerSecond),
    linkBytesPerSecond: amount("hello.link_bytes_per_second", wire.linkBytesPerSecond),
    numericsId: text("hello.numerics_id", wire.numericsId),
    models: wire.models.map((model, index) => text(`hello.models[${index}]`, model)),
  };
}

function scoredFromWire({ epoch, injection, head, logprobs, isGreedy }: Scored__Output): ToCoordinator {
  if (logprobs.length !== 4 * isGreedy.length) {
    throw new ProtocolError(
      "scored.logprobs",
      `has ${logprobs.length} bytes; ${isGreedy.length} scored tokens have ${4 * isGreedy.length}`,
    );
  }
  const wrong = isGreedy.findIndex((value) => value > 1);
  if (wrong >= 0)
    throw new ProtocolError(`scored.is_greedy[${wrong}]`, `is ${isGreedy[wrong]}; it must be 0 or 1`);
  // Copied: the message's bytes have any alignment and share memory with other messages.
  const copy = Uint8Array.from(logprobs);
  return {
    kind: "scored",
    epoch,
    injection,
    head,
    logprobs: new Float32Array(copy.buffer, 0, isGreedy.length),
    isGreedy: Uint8Array.from(isGreedy),
  };
}

function probedFromWire(wire: Probed__Output): ToCoordinator {
  const { epoch, injection, probe, data } = wire;
  const totalBytes = count("probed.total_bytes", wire.totalBytes, 1);
  const offset = count("probed.offset", wire.offset);
  if (data.length === 0) throw new ProtocolError("probed.data", "is empty");
  if (offset + data.length > totalBytes) {
    throw new ProtocolError(
      "probed.data",
      `has ${data.length} bytes at ${offset}; there are ${totalBytes} in all`,
    );
  }
  // A view of the message's bytes.
  const view = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { kind: "probed", epoch, injection, probe, totalBytes, offset, data: view };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

const sliceKinds = { STEP: "step", RECEIVE: "receive", SEND: "send" } as const;
const wireSliceKinds = { step: "STEP", receive: "RECEIVE", send: "SEND" } as const;

function sliceToWire({ kind, state, startMs, endMs }: Slice): WireSlice {
  return { kind: wireSliceKinds[kind], state, startMs, endMs };
}

function sliceFromWire({ kind, state, startMs, endMs }: Slice__Output, index: number): Slice {
  const field = `finished.slices[${index}]`;
  return {
    kind: oneOf(`${field}.kind`, kind, sliceKinds),
    state,
    startMs: finite(`${field}.start_ms`, startMs),
    endMs: finite(`${field}.end_ms`, endMs),
  };
}
