// The Sweeps service's methods with our own types.
import { type Codec, method, serviceNames } from "./definition.js";
import type { FileChunk__Output, FileChunk as WireChunk } from "./generated/painters/v1/FileChunk.js";
import type { ListReply, ListReply__Output } from "./generated/painters/v1/ListReply.js";
import type { ListRequest, ListRequest__Output } from "./generated/painters/v1/ListRequest.js";
import type { Progress, Progress__Output } from "./generated/painters/v1/Progress.js";
import type { SubmitReply, SubmitReply__Output } from "./generated/painters/v1/SubmitReply.js";
import type { SubmitRequest, SubmitRequest__Output } from "./generated/painters/v1/SubmitRequest.js";
import type { SweepRequest, SweepRequest__Output } from "./generated/painters/v1/SweepRequest.js";
import { safePath } from "./safe-path.js";
import type { FileChunk, SweepProgress } from "./sweep-words.js";
import { amount, count, jsonValue, oneOf, text } from "./wire-check.js";
import { generateRequest, generationNews } from "./wire-generations.js";

/** Any JSON value; the coordinator's schema judges it. */
const options: Codec<unknown, SubmitRequest, SubmitRequest__Output> = {
  toWire: (value) => ({ optionsJson: JSON.stringify(value) }),
  fromWire: ({ optionsJson }) => jsonValue("options_json", optionsJson),
};

const newId: Codec<string, SubmitReply, SubmitReply__Output> = {
  toWire: (id) => ({ id }),
  fromWire: ({ id }) => text("id", id),
};

const sweepId: Codec<string, SweepRequest, SweepRequest__Output> = newId;

/** Not null, which gRPC takes for no request at all. */
const nothing: Codec<object, ListRequest, ListRequest__Output> = { toWire: () => ({}), fromWire: () => ({}) };

const states = {
  QUEUED: "queued",
  RUNNING: "running",
  DONE: "done",
  FAILED: "failed",
  CANCELLED: "cancelled",
} as const;
const wireStates = {
  queued: "QUEUED",
  running: "RUNNING",
  done: "DONE",
  failed: "FAILED",
  cancelled: "CANCELLED",
} as const;

const progress: Codec<SweepProgress, Progress, Progress__Output> = {
  toWire: ({ state, etaSeconds, ...plain }) => ({
    ...plain,
    state: wireStates[state],
    ...(etaSeconds === null ? {} : { etaSeconds }),
  }),
  fromWire: (wire) => ({
    id: text("id", wire.id),
    state: oneOf("state", wire.state, states),
    recorded: count("recorded", wire.recorded),
    total: count("total", wire.total),
    workers: wire.workers,
    message: wire.message,
    etaSeconds: wire.etaSeconds === undefined ? null : amount("eta_seconds", wire.etaSeconds),
  }),
};

const list: Codec<readonly SweepProgress[], ListReply, ListReply__Output> = {
  toWire: (sweeps) => ({ sweeps: sweeps.map(progress.toWire) }),
  fromWire: ({ sweeps }) => sweeps.map(progress.fromWire),
};

const file: Codec<FileChunk, WireChunk, FileChunk__Output> = {
  toWire: ({ path, bytes }) => ({
    path,
    data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  }),
  fromWire: ({ path, data }) => ({ path: safePath(path), bytes: data }),
};

export const sweepMethods = {
  Submit: method(serviceNames.sweeps, "Submit", options, newId),
  Watch: method(serviceNames.sweeps, "Watch", sweepId, progress),
  List: method(serviceNames.sweeps, "List", nothing, list),
  Cancel: method(serviceNames.sweeps, "Cancel", sweepId, progress),
  Results: method(serviceNames.sweeps, "Results", sweepId, file),
  Generate: method(serviceNames.sweeps, "Generate", generateRequest, generationNews),
} as const;
