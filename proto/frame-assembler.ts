// Puts the chunks of one stream together to states, and hands out those of running sums as they come. What came in one
// chunk stays where it is, in the buffer that grpc-js made for the chunk's message and that nobody else has; what lies in
// shared memory is read straight into its place.
import { bytesIn, type Chunk, type Frame, type FrameHeader, float32Bytes, valuesOf } from "./frame.js";
import { maxFrameBytes } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";
import type { SharedInbox } from "./shared-memory.js";

/** Bytes of a message that are not data. Less than what a pool of buffers has beside a small message. */
const mostBesideData = 256;

export class FrameAssembler {
  /** The state that has begun. */
  #header: FrameHeader | null = null;
  #bytes: Uint8Array = new Uint8Array();
  #received = 0;

  /** Where chunks without data have theirs; null: nowhere. */
  shared: SharedInbox | null = null;

  constructor(private readonly limitBytes = maxFrameBytes) {}

  /**
   * The state that `chunk` completed, or the piece that it is of a running sum; null: there is more to come.
   * Throws ProtocolError; the stream is of no use afterwards.
   */
  take(chunk: Chunk): Frame | null {
    const { header, totalBytes, offset } = chunk;
    const bytes = bytesIn(chunk);
    if (header.isRunningSum) return this.#piece(chunk);
    const begun = this.#header;
    if (begun) this.#checkSame(begun, header, totalBytes);
    else if (bytes === totalBytes) return this.#whole(chunk);
    else this.#begin(header, totalBytes);
    if (offset !== this.#received) {
      throw new ProtocolError(
        "chunk.offset",
        `is ${offset}; ${this.#received} bytes of the frame came before`,
      );
    }
    checkWithin(chunk);
    this.#copy(chunk, this.#bytes.subarray(offset, offset + bytes));
    this.#received += bytes;
    if (this.#received < totalBytes) return null;
    const payload = new Float32Array(this.#bytes.buffer as ArrayBuffer, 0, totalBytes / float32Bytes);
    this.#header = null;
    this.#bytes = new Uint8Array();
    this.#received = 0;
    return { ...header, begin: 0, payload };
  }

  #whole(chunk: Chunk): Frame {
    const { header, totalBytes, offset } = chunk;
    this.#checkTotal(header, totalBytes);
    if (offset !== 0)
      throw new ProtocolError("chunk.offset", `is ${offset}; 0 bytes of the frame came before`);
    return { ...header, begin: 0, payload: this.#valuesOf(chunk) };
  }

  /** Whether pieces come in order is for the reader of the sum to see. */
  #piece(chunk: Chunk): Frame {
    const { header, totalBytes, offset } = chunk;
    const bytes = bytesIn(chunk);
    this.#checkTotal(header, totalBytes);
    checkWithin(chunk);
    if (offset % float32Bytes !== 0 || bytes % float32Bytes !== 0) {
      throw new ProtocolError("chunk.data", `is bytes ${offset}..${offset + bytes}: not whole values`);
    }
    return { ...header, begin: offset / float32Bytes, payload: this.#valuesOf(chunk) };
  }

  /** A view, if the data has its message's buffer to itself and begins at a float32 of it; else a copy. */
  #valuesOf(chunk: Chunk): Float32Array {
    const { data } = chunk;
    const bytes = bytesIn(chunk);
    const length = bytes / float32Bytes;
    const isAlone = bytes === data.length && data.buffer.byteLength - bytes <= mostBesideData;
    if (isAlone && data.byteOffset % float32Bytes === 0) {
      return new Float32Array(data.buffer, data.byteOffset, length);
    }
    const copy = Buffer.allocUnsafeSlow(bytes);
    this.#copy(chunk, copy);
    return new Float32Array(copy.buffer, 0, length);
  }

  #copy({ data, shared }: Chunk, target: Uint8Array): void {
    if (!shared) target.set(data);
    else if (this.shared) this.shared.read(shared, target);
    else throw new ProtocolError("chunk.shared", "says where data lies, but no memory is shared");
  }

  #begin(header: FrameHeader, totalBytes: number): void {
    this.#checkTotal(header, totalBytes);
    this.#header = header;
    // Not zeroed: a frame is given out only when every byte was written.
    this.#bytes = Buffer.allocUnsafeSlow(totalBytes);
  }

  #checkTotal({ shape }: FrameHeader, totalBytes: number): void {
    const expected = float32Bytes * valuesOf(shape);
    if (totalBytes !== expected) {
      throw new ProtocolError(
        "chunk.total_bytes",
        `is ${totalBytes}; float32 of shape [${shape.join(", ")}] has ${expected}`,
      );
    }
    if (totalBytes > this.limitBytes) {
      throw new ProtocolError(
        "chunk.total_bytes",
        `is ${totalBytes}; the limit of a frame is ${this.limitBytes}`,
      );
    }
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

function checkWithin(chunk: Chunk): void {
  const { totalBytes, offset } = chunk;
  const end = offset + bytesIn(chunk);
  if (end > totalBytes) {
    throw new ProtocolError("chunk.data", `ends at byte ${end} of a frame of ${totalBytes}`);
  }
  if (end === offset && totalBytes > 0) throw new ProtocolError("chunk.data", "is empty");
}
