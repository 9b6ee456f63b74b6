// The .safetensors format: 8 bytes of header length (little-endian), a JSON
// header, then the tensors' bytes without gaps. Reading a checkpoint begins
// here: the header tells where each tensor lies; the data is not touched.
import { type FileHandle, open } from "node:fs/promises";
import { findDuplicateKey } from "./json-keys.js";
import { SafetensorsError } from "./safetensors-error.js";

const DTYPE_BITS = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U16: 16,
  I16: 16,
  F16: 16,
  BF16: 16,
  U32: 32,
  I32: 32,
  F32: 32,
  U64: 64,
  I64: 64,
  F64: 64,
  C64: 64,
} as const;

export type Dtype = keyof typeof DTYPE_BITS;

/** A tensor's place in a file. */
export interface TensorEntry {
  readonly name: string;
  readonly file: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Byte offset of the first element, from the beginning of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export type TensorEntries = ReadonlyMap<string, TensorEntry>;

/** The reference implementation's bound. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads where the tensors of a file lie; nothing but the header is read.
 * @throws SafetensorsError
 */
export async function readSafetensorsHeader(file: string): Promise<TensorEntries> {
  const handle = await openToRead(file);
  try {
    const fileBytes = (await handle.stat()).size;
    const start = await readAt(handle, file, { offset: 0, bytes: Math.min(8, fileBytes) });
    const headerBytes = parseHeaderLength(file, start, fileBytes);
    return parseSafetensorsHeader(
      file,
      await readAt(handle, file, { offset: 8, bytes: headerBytes }),
      fileBytes,
    );
  } catch (error) {
    if (error instanceof SafetensorsError) throw error;
    throw new SafetensorsError(file, `cannot be read: ${messageOf(error)}`, { cause: error });
  } finally {
    await handle.close();
  }
}

/** The bytes of one tensor. */
export async function readTensor(entry: TensorEntry): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await openToRead(entry.file);
  try {
    return await readAt(handle, entry.file, entry);
  } finally {
    await handle.close();
  }
}

async function openToRead(file: string): Promise<FileHandle> {
  try {
    return await open(file, "r");
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new SafetensorsError(file, missing ? "does not exist" : `cannot be opened: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function readAt(
  handle: FileHandle,
  file: string,
  place: { readonly offset: number; readonly bytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(place.bytes);
  let done = 0;
  while (done < place.bytes) {
    const { bytesRead } = await handle.read(buffer, done, place.bytes - done, place.offset + done);
    if (bytesRead === 0) {
      throw new SafetensorsError(file, `ends at byte ${place.offset + done} while being read`);
    }
    done += bytesRead;
  }
  return buffer;
}

function parseHeaderLength(file: string, start: Uint8Array, fileBytes: number): number {
  if (Buffer.from(start).toString("latin1") === "version ") {
    throw new SafetensorsError(
      file,
      "is a Git LFS pointer, not the weights; run `git lfs pull` in its folder",
    );
  }
  if (start.length < 8) {
    throw new SafetensorsError(file, `has ${fileBytes} bytes; even an empty safetensors file has 10`);
  }
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw new SafetensorsError(
      file,
      `says its header has ${length} bytes, the format allows ${MAX_HEADER_BYTES}; is it a safetensors file?`,
    );
  }
  if (8n + length > BigInt(fileBytes)) {
    throw new SafetensorsError(
      file,
      `is truncated: its header should end at byte ${8n + length}, the file has ${fileBytes}; download it again`,
    );
  }
  return Number(length);
}

/**
 * Checks a header (the JSON after the length) of a file of `fileBytes` bytes.
 * Every byte after the header must belong to exactly one tensor.
 * @throws SafetensorsError
 */
export function parseSafetensorsHeader(file: string, header: Uint8Array, fileBytes: number): TensorEntries {
  const dataStart = 8 + header.length;
  const entries = Object.entries(parseJsonObject(file, header))
    .filter(([name]) => name !== "__metadata__")
    .map(([name, value]) => parseEntry({ file, name, dataStart, fileBytes }, value))
    .sort((a, b) => a.offset - b.offset || a.bytes - b.bytes);
  let end = dataStart;
  let before = "the header";
  for (const entry of entries) {
    const at = (offset: number): number => offset - dataStart;
    if (entry.offset < end) {
      throw new SafetensorsError(
        file,
        `tensors ${before} and ${entry.name} overlap: the first ends at data byte ${at(end)}, the second begins at ${at(entry.offset)}`,
      );
    }
    if (entry.offset > end) {
      throw new SafetensorsError(
        file,
        `data bytes ${at(end)}..${at(entry.offset)}, between ${before} and ${entry.name}, belong to no tensor`,
      );
    }
    end = entry.offset + entry.bytes;
    before = entry.name;
  }
  if (end !== fileBytes) {
    throw new SafetensorsError(
      file,
      `has ${fileBytes} bytes, its tensors end at byte ${end}; the rest belongs to no tensor`,
    );
  }
  return new Map(entries.map((entry) => [entry.name, entry]));
}

function parseJsonObject(file: string, header: Uint8Array): object {
  let json: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    json = JSON.parse(text);
  } catch (error) {
    throw new SafetensorsError(file, `its header is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (!isObject(json)) throw new SafetensorsError(file, `its header is ${show(json)}, not a JSON object`);
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) throw new SafetensorsError(file, `its header holds ${show(duplicate)} twice`);
  return json;
}

interface EntryPlace {
  readonly file: string;
  readonly name: string;
  readonly dataStart: number;
  readonly fileBytes: number;
}

function parseEntry({ file, name, dataStart, fileBytes }: EntryPlace, value: unknown): TensorEntry {
  const fail = (problem: string): never => {
    throw new SafetensorsError(file, `tensor ${name}: ${problem}`);
  };
  if (!isObject(value)) return fail(`its entry is ${show(value)}, not an object`);
  const { dtype, shape, data_offsets: offsets } = value as Partial<Record<string, unknown>>;
  if (!isDtype(dtype)) {
    return fail(`dtype ${show(dtype)} is not one of ${Object.keys(DTYPE_BITS).join(", ")}`);
  }
  if (!isCounts(shape)) return fail(`shape ${show(shape)} is not a list of sizes`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    return fail(`data_offsets ${show(offsets)} are not two byte offsets`);
  }
  const [begin = 0, end = 0] = offsets;
  if (begin > end) return fail(`data_offsets ${show(offsets)} end before they begin`);
  if (dataStart + end > fileBytes) {
    return fail(
      `its data ends at byte ${dataStart + end}, the file has ${fileBytes}; it is truncated, download it again`,
    );
  }
  const bits = shape.reduce((product, size) => product * size, DTYPE_BITS[dtype]);
  if (bits !== (end - begin) * 8) {
    return fail(
      `data_offsets ${show(offsets)} span ${end - begin} bytes, ${dtype} of shape ${show(shape)} needs ${bits / 8}`,
    );
  }
  return { name, file, dtype, shape, offset: dataStart + begin, bytes: end - begin };
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === "string" && Object.hasOwn(DTYPE_BITS, value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Shallow: a hostile header may nest deeper than JSON.stringify can follow. */
function show(value: unknown): string {
  const flat = (item: unknown): string =>
    typeof item === "object" && item !== null
      ? Array.isArray(item)
        ? "[...]"
        : "{...}"
      : JSON.stringify(item);
  if (value === undefined) return "(missing)";
  const text = Array.isArray(value) ? `[${value.map(flat).join(",")}]` : flat(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
