// A chunk's message as grpc-js makes it of what encodeChunk says.
import { type Chunk, encodeChunk } from "../../proto/frame.js";

export function bytesOf(chunk: Chunk): Buffer {
  const encoded = encodeChunk(chunk);
  const bytes = Buffer.alloc(encoded.byteLength);
  encoded.copy(bytes, 0);
  return bytes;
}
