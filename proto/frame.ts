// Frames: hidden states on their way from place to place, cut into Chunk messages
// of painters.proto. Written and read here without a protobuf library, so that a
// state's bytes are copied once when sent, and when received only if it came in several chunks (frame-assembler.ts)
// or lies in shared memory.
import { endianness } from "node:os";
import type { StateId } from "../coordinator/placement/place-plan.js";
import type { PlaceIndex } from "../coordinator/placement/placement.js";
import { chunkBytes, pieceBytes } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";
import type { SharedPlace } from "./shared-memory.js";
import { WireReader } from "./wire-reader.js";
import { varintLength, writeVarint } from "./wire-varint.js";

if (endianness() !== "LE") throw new Error("frames are little-endian; this machine is not");

export interface FrameHeader {
  readonly epoch: number;
  readonly injection: number;
  readonly state: StateId;
  readonly from: PlaceIndex;
  readonly to: PlaceIndex;
  /** [batch, seq, hidden] of the whole state. */
  readonly shape: readonly number[];
  /** Its pieces are handed out as they come, not put together. */
  readonly isRunningSum: boolean;
}

/** A hidden state, float32, or a piece of a running sum. */
export interface Frame extends FrameHeader {
  /** Where the payload begins in the state, in values. */
  readonly begin: number;
  /** The receiver owns its own; the sender must not change its any more. */
  readonly payload: Float32Array;
}

/** How many values a state of this shape has. */
export function valuesOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export interface Chunk {
  readonly header: FrameHeader;
  /** Of the whole state. */
  readonly totalBytes: number;
  readonly offset: number;
  /** A view, not a copy; empty if it was shared. */
  readonly data: Uint8Array;
  /** Where the data lies instead. */
  readonly shared: SharedPlace | null;
}

/** Of its data, wherever that is. */
export function bytesIn({ data, shared }: Chunk): number {
  return shared?.bytes ?? data.length;
}

export const float32Bytes = 4;
const float32Dtype = 1;
/** Before each message of gRPC. Both lie in one buffer of the receiver, so data is padded to begin there at a float32. */
const grpcPrefixBytes = 5;
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
  isRunningSum: 11,
  sharedSlot: 12,
  sharedSequence: 13,
  sharedBytes: 14,
} as const;

/** The chunk of a frame that begins at byte `offset` of its payload: a view. */
export function chunkAt({ payload, begin, ...header }: Frame, offset: number, size?: number): Chunk {
  const most = size ?? (header.isRunningSum ? pieceBytes : chunkBytes);
  const length = Math.min(most, payload.byteLength - offset);
  return {
    header,
    totalBytes: float32Bytes * valuesOf(header.shape),
    offset: float32Bytes * begin + offset,
    data: new Uint8Array(payload.buffer, payload.byteOffset + offset, length),
    shared: null,
  };
}

/** A chunk's message. It is written once, to where it is sent from. */
export interface EncodedChunk {
  readonly byteLength: number;
  copy(target: Uint8Array, at: number): void;
}

/** The data is read when it is copied. */
export function encodeChunk({ header, totalBytes, offset, data, shared }: Chunk): EncodedChunk {
  const numbers: readonly (readonly [number, number])[] = [
    [field.epoch, header.epoch],
    [field.injection, header.injection],
    [field.state, header.state],
    [field.from, header.from],
    [field.to, header.to],
    [field.totalBytes, totalBytes],
    [field.offset, offset],
    [field.isRunningSum, header.isRunningSum ? 1 : 0],
    ...(shared
      ? ([
          [field.sharedSlot, shared.slot],
          [field.sharedSequence, shared.sequence],
          [field.sharedBytes, shared.bytes],
        ] as const)
      : []),
  ];
  const shapeLength = header.shape.reduce((sum, size) => sum + varintLength(size), 0);
  // Every field number is below 16, so each tag is one byte.
  const unpadded =
    numbers.reduce((sum, [, value]) => sum + 1 + varintLength(value), 0) +
    2 +
    (1 + varintLength(shapeLength) + shapeLength) +
    (1 + varintLength(data.length));
  const padding = -(grpcPrefixBytes + unpadded) & (float32Bytes - 1);
  const head = new Uint8Array(unpadded + padding);
  let at = 0;
  for (const [number, value] of numbers) {
    head[at++] = (number << 3) | varint;
    at = writeVarint(head, at, value);
  }
  head[at++] = (field.dtype << 3) | varint;
  at = writeVarint(head, at, float32Dtype, 1 + padding);
  head[at++] = (field.shape << 3) | lengthDelimited;
  at = writeVarint(head, at, shapeLength);
  for (const size of header.shape) at = writeVarint(head, at, size);
  head[at++] = (field.data << 3) | lengthDelimited;
  writeVarint(head, at, data.length);
  return {
    byteLength: head.length + data.length,
    copy(target, start) {
      target.set(head, start);
      target.set(data, start + head.length);
    },
  };
}

/** Throws ProtocolError. The chunk's data is a view of `bytes`. */
export function decodeChunk(bytes: Uint8Array): Chunk {
  let [epoch, injection, state, from, to, dtype, totalBytes, offset, isRunningSum] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0,
  ];
  let [slot, sequence, sharedBytes] = [0, 0, 0];
  const shape: number[] = [];
  let data: Uint8Array | null = null;
  const reader = new WireReader("chunk", bytes);
  while (!reader.isAtEnd) {
    const { number, wireType } = reader.tag();
    if (number === field.epoch) epoch = reader.number(wireType);
    else if (number === field.injection) injection = reader.number(wireType);
    else if (number === field.state) state = reader.number(wireType);
    else if (number === field.from) from = reader.number(wireType);
    else if (number === field.to) to = reader.number(wireType);
    else if (number === field.dtype) dtype = reader.number(wireType);
    else if (number === field.shape) reader.numbers(wireType, shape);
    else if (number === field.totalBytes) totalBytes = reader.number(wireType);
    else if (number === field.offset) offset = reader.number(wireType);
    else if (number === field.data) data = reader.bytes(wireType);
    else if (number === field.isRunningSum) isRunningSum = reader.number(wireType);
    else if (number === field.sharedSlot) slot = reader.number(wireType);
    else if (number === field.sharedSequence) sequence = reader.number(wireType);
    else if (number === field.sharedBytes) sharedBytes = reader.number(wireType);
    else reader.skip(wireType);
  }
  if (dtype !== float32Dtype) {
    throw new ProtocolError("chunk.dtype", `is ${dtype}; only ${float32Dtype} (F32) is known`);
  }
  if (data !== null && data.length > 0 && sharedBytes > 0) {
    throw new ProtocolError("chunk.shared_bytes", `is ${sharedBytes} beside ${data.length} bytes of data`);
  }
  return {
    header: { epoch, injection, state, from, to, shape, isRunningSum: isRunningSum !== 0 },
    totalBytes,
    offset,
    data: data ?? bytes.subarray(0, 0),
    shared: sharedBytes > 0 ? { slot, sequence, bytes: sharedBytes } : null,
  };
}
