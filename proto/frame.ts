// Frames: hidden states on their way from place to place, cut into Chunk messages
// of painters.proto. Written and read here without a protobuf library, so that a
// state's bytes are copied once when sent and once when received.
import { endianness } from "node:os";
import type { StateId } from "../coordinator/placement/place-plan.js";
import type { PlaceIndex } from "../coordinator/placement/placement.js";
import { chunkBytes, maxFrameBytes } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";
import { WireReader } from "./wire-reader.js";
import { varintLength, writeVarint } from "./wire-varint.js";

if (endianness() !== "LE") throw new Error("frames are little-endian; this machine is not");

export interface FrameHeader {
  readonly epoch: number;
  readonly injection: number;
  readonly state: StateId;
  readonly from: PlaceIndex;
  readonly to: PlaceIndex;
  /** [batch, seq, hidden] */
  readonly shape: readonly number[];
}

/** A whole hidden state, float32. */
export interface Frame extends FrameHeader {
  /** As many values as `shape` says. The receiver owns its own; the sender must not change it while it is sent. */
  readonly payload: Float32Array;
}

export interface Chunk {
  readonly header: FrameHeader;
  /** Of the whole frame. */
  readonly totalBytes: number;
  readonly offset: number;
  /** A view, not a copy. */
  readonly data: Uint8Array;
}

const float32Bytes = 4;
const float32Dtype = 1;
const varint = 0;
const lengthDelimited = 2;
const field = {
  epoch: 1,
  injection: 2,
  state: 3,
  from: 4,
  to: 5,
  dtype: 6,
  shape: 7,
  totalBytes: 8,
  offset: 9,
  data: 10,
} as const;

/** The chunk of a frame that begins at byte `offset`: a view of its payload. */
export function chunkAt({ payload, ...header }: Frame, offset: number, size = chunkBytes): Chunk {
  const totalBytes = payload.byteLength;
  const length = Math.min(size, totalBytes - offset);
  return {
    header,
    totalBytes,
    offset,
    data: new Uint8Array(payload.buffer, payload.byteOffset + offset, length),
  };
}

let scratch = Buffer.allocUnsafe(2 * chunkBytes);

/** In memory that the next call overwrites: grpc-js copies a message before it serialises another. */
export function encodeChunk({ header, totalBytes, offset, data }: Chunk): Buffer {
  const numbers: readonly (readonly [number, number])[] = [
    [field.epoch, header.epoch],
    [field.injection, header.injection],
    [field.state, header.state],
    [field.from, header.from],
    [field.to, header.to],
    [field.dtype, float32Dtype],
    [field.totalBytes, totalBytes],
    [field.offset, offset],
  ];
  const shapeLength = header.shape.reduce((sum, size) => sum + varintLength(size), 0);
  // Every field number is below 16, so each tag is one byte.
  const length =
    numbers.reduce((sum, [, value]) => sum + 1 + varintLength(value), 0) +
    (1 + varintLength(shapeLength) + shapeLength) +
    (1 + varintLength(data.length) + data.length);
  if (scratch.length < length) scratch = Buffer.allocUnsafe(length);
  const bytes = scratch.subarray(0, length);
  let at = 0;
  for (const [number, value] of numbers) {
    bytes[at++] = (number << 3) | varint;
    at = writeVarint(bytes, at, value);
  }
  bytes[at++] = (field.shape << 3) | lengthDelimited;
  at = writeVarint(bytes, at, shapeLength);
  for (const size of header.shape) at = writeVarint(bytes, at, size);
  bytes[at++] = (field.data << 3) | lengthDelimited;
  at = writeVarint(bytes, at, data.length);
  bytes.set(data, at);
  return bytes;
}

/** Throws ProtocolError. The chunk's data is a view of `bytes`. */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const numbers = new Map<number, number>();
  const shape: number[] = [];
  let data: Uint8Array = bytes.subarray(0, 0);
  const reader = new WireReader("chunk", bytes);
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag();
    if (number === field.shape) reader.numbers(wireType, shape);
    else if (number === field.data) data = reader.bytes(wireType);
    else if (number < field.data) numbers.set(number, reader.number(wireType));
    else reader.skip(wireType);
  }
  const read = (number: number): number => numbers.get(number) ?? 0;
  if (read(field.dtype) !== float32Dtype) {
    throw new ProtocolError("chunk.dtype", `is ${read(field.dtype)}; only ${float32Dtype} (F32) is known`);
  }
  const [epoch, injection, state, from, to] = [
    read(field.epoch),
    read(field.injection),
    read(field.state),
    read(field.from),
    read(field.to),
  ];
  return {
    header: { epoch, injection, state, from, to, shape },
    totalBytes: read(field.totalBytes),
    offset: read(field.offset),
    data,
  };
}

/** Puts the chunks of one stream together, writing each straight into its frame. */
export class FrameAssembler {
  #header: FrameHeader | null = null;
  #bytes: Uint8Array = new Uint8Array();
  #received = 0;

  constructor(private readonly limitBytes = maxFrameBytes) {}

  /** The frame that `chunk` completed, or null. Throws ProtocolError; the stream is of no use afterwards. */
  take({ header, totalBytes, offset, data }: Chunk): Frame | null {
    const begun = this.#header;
    if (begun) this.#checkSame(begun, header, totalBytes);
    else this.#begin(header, totalBytes);
    if (offset !== this.#received) {
      throw new ProtocolError(
        "chunk.offset",
        `is ${offset}; ${this.#received} bytes of the frame came before`,
      );
    }
    if (offset + data.length > totalBytes) {
      throw new ProtocolError(
        "chunk.data",
        `ends at byte ${offset + data.length} of a frame of ${totalBytes}`,
      );
    }
    if (data.length === 0 && totalBytes > 0) throw new ProtocolError("chunk.data", "is empty");
    this.#bytes.set(data, offset);
    this.#received += data.length;
    if (this.#received < totalBytes) return null;
    const payload = new Float32Array(this.#bytes.buffer as ArrayBuffer, 0, totalBytes / float32Bytes);
    this.#header = null;
    this.#bytes = new Uint8Array();
    this.#received = 0;
    return { ...header, payload };
  }

  #begin(header: FrameHeader, totalBytes: number): void {
    const expected = header.shape.reduce((product, size) => product * size, float32Bytes);
    if (totalBytes !== expected) {
      throw new ProtocolError(
        "chunk.total_bytes",
        `is ${totalBytes}; float32 of shape [${header.shape.join(", ")}] has ${expected}`,
      );
    }
    if (totalBytes > this.limitBytes) {
      throw new ProtocolError(
        "chunk.total_bytes",
        `is ${totalBytes}; the limit of a frame is ${this.limitBytes}`,
      );
    }
    this.#header = header;
    // Not zeroed: a frame is given out only when every byte was written.
    this.#bytes = Buffer.allocUnsafeSlow(totalBytes);
  }

  #checkSame(begun: FrameHeader, header: FrameHeader, totalBytes: number): void {
    for (const name of ["epoch", "injection", "state", "from", "to"] as const) {
      if (header[name] !== begun[name]) {
        throw new ProtocolError(
          `chunk.${name}`,
          `is ${header[name]} inside a frame whose ${name} is ${begun[name]}`,
        );
      }
    }
    if (totalBytes !== this.#bytes.length || header.shape.join() !== begun.shape.join()) {
      throw new ProtocolError(
        "chunk.shape",
        `is [${header.shape.join(", ")}] inside a frame of [${begun.shape.join(", ")}]`,
      );
    }
  }
}
