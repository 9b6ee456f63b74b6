// The one method of the Data service. Its chunks cross the stream as bytes on the
// receiving side, so that a malformed one is an error of ours and not of gRPC.
import { method, serviceNames, type TypedMethod } from "./definition.js";
import { type Chunk, encodeChunk } from "./frame.js";
import type {
  PullRequest as Wire,
  PullRequest__Output as WireOutput,
} from "./generated/painters/v1/PullRequest.js";
import type { ProtocolError } from "./protocol-error.js";
import { count, present, text } from "./wire-check.js";

export type PullRequest =
  | { readonly kind: "hello"; readonly protocolVersion: number; readonly worker: string }
  | { readonly kind: "credit"; readonly bytes: number }
  | { readonly kind: "reads-shared" };

/** Of the producer's acceptance: where its shared memory is. */
export const sharedHeader = "painters-shared";

const generic = method(
  serviceNames.data,
  "Pull",
  { toWire, fromWire },
  { toWire: (never: never) => never, fromWire: (never: never) => never },
);

export const pullMethod: Omit<TypedMethod<PullRequest, Chunk>, "responseDeserialize"> & {
  readonly responseDeserialize: (bytes: Buffer) => Buffer;
} = {
  ...generic,
  // grpc-js asks a serialised message for its length and to copy itself behind the prefix, nothing else.
  responseSerialize: (chunk) => encodeChunk(chunk) as Buffer,
  responseDeserialize: (bytes) => bytes,
};

export type ReceivedRequest = PullRequest | ProtocolError;

function toWire(request: PullRequest): Wire {
  switch (request.kind) {
    case "hello":
      return { hello: { protocolVersion: request.protocolVersion, worker: request.worker } };
    case "credit":
      return { creditBytes: request.bytes };
    case "reads-shared":
      return { readsShared: true };
  }
}

function fromWire(wire: WireOutput): PullRequest {
  switch (present("request", wire.request)) {
    case "hello": {
      const { protocolVersion, worker } = present("hello", wire.hello);
      return { kind: "hello", protocolVersion, worker: text("hello.worker", worker) };
    }
    case "creditBytes":
      return { kind: "credit", bytes: count("credit_bytes", present("credit_bytes", wire.creditBytes), 1) };
    case "readsShared":
      return { kind: "reads-shared" };
  }
}
