// Chunks of frames: our own encoding against a protobuf library's, and what the
// receiver says of wrong ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import fc from "fast-check";
import { painters } from "../../proto/definition.js";
import { type Chunk, chunkAt, decodeChunk, type Frame } from "../../proto/frame.js";
import { FrameAssembler } from "../../proto/frame-assembler.js";
import type { Chunk__Output } from "../../proto/generated/painters/v1/Chunk.js";
import { ProtocolError } from "../../proto/protocol-error.js";
import { record } from "./arbitrary-messages.js";
import { bytesOf } from "./chunk-bytes.js";

const library = (painters["painters.v1.Data"] as ServiceDefinition).Pull as MethodDefinition<object, object>;
const decodeByLibrary = (bytes: Buffer): Chunk__Output => library.responseDeserialize(bytes) as Chunk__Output;

const id = fc.nat(2 ** 32 - 1);
const anyHeader = record({
  epoch: id,
  injection: id,
  state: id,
  from: id,
  to: id,
  shape: fc.array(id, { maxLength: 4 }),
  isRunningSum: fc.boolean(),
});
const anyChunk: fc.Arbitrary<Chunk> = fc
  .tuple(
    record({ header: anyHeader, totalBytes: fc.maxSafeNat(), offset: fc.maxSafeNat() }),
    fc.oneof(
      record({ data: fc.uint8Array({ maxLength: 300 }), shared: fc.constant(null) }),
      record({
        data: fc.constant(new Uint8Array()),
        shared: record({ slot: id, sequence: fc.maxSafeNat(), bytes: fc.integer({ min: 1 }) }),
      }),
    ),
  )
  .map(([of, data]) => ({ ...of, ...data }));

const anyFrame: fc.Arbitrary<Frame> = record({
  header: anyHeader,
  shape: fc.array(fc.nat(6), { maxLength: 3 }),
  bits: id,
}).map(({ header, shape, bits }) => {
  const length = shape.reduce((product, size) => product * size, 1);
  const payload = new Float32Array(
    Uint32Array.from({ length }, (_, at) => (bits ^ (at * 40503)) >>> 0).buffer,
  );
  return { ...header, isRunningSum: false, begin: 0, shape, payload };
});

function chunksOf(frame: Frame, size: number): Chunk[] {
  const chunks = [chunkAt(frame, 0, size)];
  for (let last = chunks[0]!; last.offset + last.data.length < last.totalBytes; last = chunks.at(-1)!) {
    chunks.push(chunkAt(frame, last.offset + last.data.length, size));
  }
  return chunks;
}

/** As grpc-js hands a message out: behind its prefix, in a buffer of its own. */
function overWire(chunk: Chunk): Chunk {
  const bytes = bytesOf(chunk);
  const message = Buffer.allocUnsafeSlow(5 + bytes.length);
  message.set(bytes, 5);
  return decodeChunk(message.subarray(5));
}

test("a protobuf library reads our chunks", () => {
  fc.assert(
    fc.property(anyChunk, (chunk) => {
      const {
        fromPlace: from,
        toPlace: to,
        dtype,
        totalBytes,
        offset,
        data,
        sharedSlot: slot,
        sharedSequence: sequence,
        sharedBytes: bytes,
        ...header
      } = decodeByLibrary(bytesOf(chunk));
      assert.deepEqual(bytes > 0 ? { slot, sequence, bytes } : null, chunk.shared);
      assert.deepEqual({ ...header, from, to }, chunk.header);
      assert.deepEqual([dtype, totalBytes, offset], ["F32", chunk.totalBytes, chunk.offset]);
      assert.deepEqual(Uint8Array.from(data), chunk.data);
    }),
  );
});

test("we read a protobuf library's chunks", () => {
  fc.assert(
    fc.property(anyChunk, ({ header: { from, to, ...header }, data, shared, ...rest }) => {
      const bytes = library.responseSerialize({
        ...header,
        fromPlace: from,
        toPlace: to,
        dtype: "F32",
        ...rest,
        data: Buffer.from(data),
        sharedSlot: shared?.slot,
        sharedSequence: shared?.sequence,
        sharedBytes: shared?.bytes,
      });
      const chunk = decodeChunk(bytes);
      assert.deepEqual(
        { ...chunk, data: Uint8Array.from(chunk.data) },
        { header: { ...header, from, to }, ...rest, data, shared },
      );
    }),
  );
});

test("decodeChunk() passes over fields it does not know", () => {
  const chunk = chunkAt(frameOf([2, 3]), 0);
  // Field 15: varint, then 8 bytes, then a string, then 4 bytes.
  const unknown = [0x78, 0x80, 0x01, 0x79, ...Array(8).fill(7), 0x7a, 2, 1, 2, 0x7d, 1, 2, 3, 4];
  assert.deepEqual(decodeChunk(Buffer.from([...unknown, ...bytesOf(chunk)])).header, chunk.header);
});

test("frames come out of their chunks bit by bit, whatever the chunk size", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 64 }),
      (frames, size) => {
        const assembler = new FrameAssembler();
        const received = frames.flatMap((frame) =>
          chunksOf(frame, size).flatMap((chunk) => assembler.take(overWire(chunk)) ?? []),
        );
        const plain = ({ payload, ...header }: Frame) => ({
          ...header,
          bits: new Uint32Array(payload.buffer, payload.byteOffset, payload.length),
        });
        assert.deepEqual(received.map(plain), frames.map(plain));
      },
    ),
  );
});

test("FrameAssembler copies nothing of a frame that came in one chunk", () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const chunk = overWire(chunkAt(frame, 0));
      const taken = new FrameAssembler().take(chunk)!;
      assert.equal(taken.payload.buffer, chunk.data.buffer);
      // A pool's buffer is others' too.
      const pooled = decodeChunk(
        Buffer.concat([Buffer.alloc(8192), bytesOf(chunkAt(frame, 0))]).subarray(8192),
      );
      assert.notEqual(new FrameAssembler().take(pooled)!.payload.buffer, pooled.data.buffer);
    }),
  );
});

test("a running sum comes out piece by piece, in the midst of others", () => {
  const sum = { ...frameOf([2, 4]), isRunningSum: true };
  const later = { ...sum, begin: 4, payload: sum.payload.subarray(4) };
  const [begun, ended] = chunksOf(frameOf([1, 3]), 8) as [Chunk, Chunk];
  const assembler = new FrameAssembler();
  const take = (chunk: Chunk): readonly number[] | undefined => {
    const frame = assembler.take(overWire(chunk));
    return frame ? [frame.begin, frame.payload.length, ...frame.shape] : undefined;
  };
  assert.equal(take(begun), undefined);
  assert.deepEqual(chunksOf(sum, 12).map(take), [
    [0, 3, 2, 4],
    [3, 3, 2, 4],
    [6, 2, 2, 4],
  ]);
  assert.deepEqual(take(chunkAt(later, 0)), [4, 4, 2, 4]);
  assert.deepEqual(take(ended), [0, 3, 1, 3]);
  const odd = { ...chunkAt(sum, 0), data: new Uint8Array(5) };
  assert.throws(() => assembler.take(odd), /not whole values/);
  assert.throws(() => assembler.take({ ...chunkAt(sum, 0), totalBytes: 64 }), /total_bytes is 64/);
});

test("any bytes become a chunk or a ProtocolError", () => {
  const mutated = fc.tuple(anyChunk, fc.nat(), fc.nat(255), fc.nat()).map(([chunk, at, value, cut]) => {
    const bytes = bytesOf(chunk);
    bytes[at % bytes.length] = value;
    return bytes.subarray(0, bytes.length - (cut % bytes.length));
  });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (bytes) => {
      try {
        new FrameAssembler(2 ** 20).take(decodeChunk(bytes));
      } catch (error) {
        assert.ok(error instanceof ProtocolError, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});

test("FrameAssembler refuses what is not the next piece of one frame", () => {
  const frame = frameOf([2, 4]);
  const [first, second] = chunksOf(frame, 16) as [Chunk, Chunk];
  const refuses = (chunks: readonly Chunk[], field: string, limit?: number): void => {
    const assembler = new FrameAssembler(limit);
    assert.throws(
      () => {
        for (const chunk of chunks) assembler.take(chunk);
      },
      (error) => error instanceof ProtocolError && error.field === field,
      `${field} was accepted`,
    );
  };
  refuses([second], "chunk.offset");
  refuses([first, first], "chunk.offset");
  refuses([{ ...first, totalBytes: 31 }], "chunk.total_bytes");
  refuses([{ ...first, header: { ...first.header, shape: [2, 5] } }], "chunk.total_bytes");
  refuses([first], "chunk.total_bytes", 31);
  refuses([first, { ...second, data: new Uint8Array(17) }], "chunk.data");
  refuses([first, { ...second, data: new Uint8Array() }], "chunk.data");
  refuses([first, { ...second, header: { ...second.header, injection: 9 } }], "chunk.injection");
  refuses([first, { ...second, header: { ...second.header, shape: [4, 2] } }], "chunk.shape");
  refuses([first, { ...second, totalBytes: 64 }], "chunk.shape");
});

function frameOf(shape: readonly number[]): Frame {
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    epoch: 1,
    injection: 2,
    state: 3,
    from: 4,
    to: 5,
    shape,
    isRunningSum: false,
    begin: 0,
    payload: new Float32Array(length).fill(1),
  };
}
