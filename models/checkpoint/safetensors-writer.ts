// Writes a .safetensors file tensor by tensor without holding one in memory:
// the layout is computed first, then the bytes stream to disk, hashed on the way.
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import type { TensorEntry } from "./safetensors.js";
import { SafetensorsError } from "./safetensors-error.js";

/** Every store file's tensor data begins at a multiple of this, for aligned loads from the mapped file. */
const ALIGNMENT_BYTES = 64;

interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Float32Layout {
  /** Length, JSON and padding: all that comes before the data. */
  readonly header: Uint8Array;
  readonly entries: readonly TensorEntry[];
  readonly fileBytes: number;
}

/**
 * Where each of `tensors` will lie in a float32 file called `file`, in the order given.
 * @param metadata free texts, as the format has them beside the tensors
 */
export function layoutFloat32(
  file: string,
  tensors: readonly NamedShape[],
  metadata?: Readonly<Record<string, string>>,
): Float32Layout {
  let end = 0;
  const places = tensors.map(({ name, shape }) => {
    const bytes = shape.reduce((product, size) => product * size, 4);
    const offset = end;
    end += bytes;
    return { name, shape, offset, bytes };
  });
  const json = JSON.stringify({
    ...(metadata === undefined ? {} : { __metadata__: metadata }),
    ...Object.fromEntries(
      places.map(({ name, shape, offset, bytes }) => [
        name,
        { dtype: "F32", shape, data_offsets: [offset, offset + bytes] },
      ]),
    ),
  });
  const jsonBytes = Buffer.byteLength(json);
  const dataStart = Math.ceil((8 + jsonBytes) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const header = Buffer.alloc(dataStart, " ");
  header.writeBigUInt64LE(BigInt(dataStart - 8));
  header.write(json, 8);
  return {
    header,
    entries: places.map((place) => ({ ...place, file, dtype: "F32", offset: dataStart + place.offset })),
    fileBytes: dataStart + end,
  };
}

/**
 * Writes the layout's file (which must not exist) from `data`, the tensors' bytes in
 * the layout's order, in chunks of any size. A chunk is not used after the next is asked
 * for twice, so a producer may alternate between two buffers.
 * @returns the file's sha256; making the bytes durable is left to the caller
 */
export async function writeSafetensors(
  file: string,
  layout: Float32Layout,
  data: AsyncIterable<Uint8Array>,
): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(file, "wx");
  let bytes = 0;
  let pending: Promise<void> = Promise.resolve();
  // One write is under way while the next chunk is read, converted and hashed.
  const append = async (chunk: Uint8Array): Promise<void> => {
    hash.update(chunk);
    await pending;
    pending = writeAll(handle, chunk);
    pending.catch(() => undefined); // reported by the next await
    bytes += chunk.length;
  };
  try {
    await append(layout.header);
    for await (const chunk of data) await append(chunk);
    await pending;
    if (bytes !== layout.fileBytes) {
      throw new SafetensorsError(
        file,
        `${bytes} bytes were written where its layout has ${layout.fileBytes}`,
      );
    }
  } finally {
    await pending.catch(() => undefined);
    await handle.close();
  }
  return hash.digest("hex");
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  while (done < chunk.length) done += (await handle.write(chunk, done)).bytesWritten;
}
