// Reads the files of a split, parquet, JSON or TSV, into rows and checks that they
// hold what the task needs. From here on rows are typed.
import { readFile } from "node:fs/promises";
import zlib from "node:zlib";
import { type Compressors, type ParquetParsers, parquetReadObjects } from "hyparquet";
import { type ColumnKind, type Columns, quoteValue } from "./task.js";
import { parseTsv, TsvError, type TsvSource } from "./tsv-rows.js";

/** A file that cannot be read as rows, or a row that is not what the task needs. `place` is file and row. */
export class DataFileError extends Error {
  override readonly name = "DataFileError";
  readonly exitCode = 2;
  constructor(
    readonly place: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${place}: ${message}`, options);
  }
}

export interface SplitRows {
  readonly rows: readonly Columns[];
  /** Where a row comes from, for messages: `test.jsonl:18`, `test.parquet, row 17`. */
  place(row: number): string;
}

type ColumnKinds = Readonly<Record<string, ColumnKind>>;

/**
 * All rows of the files, in order. TSV files are read as `original` says.
 * @throws DataFileError
 */
export async function readSplitRows(
  files: readonly string[],
  columns: ColumnKinds,
  original?: TsvSource,
): Promise<SplitRows> {
  const parts: SplitRows[] = [];
  for (const file of files) {
    const part = await readFileRows(file, original);
    checkColumns(part, columns);
    parts.push(part);
  }
  const rows = parts.flatMap((part) => part.rows);
  if (rows.length === 0) throw new DataFileError(files.join(", "), "holds no rows");
  return {
    rows,
    place(row) {
      let rest = row;
      for (const part of parts) {
        if (rest < part.rows.length) return part.place(rest);
        rest -= part.rows.length;
      }
      throw new Error(`row ${row} is outside 0..${rows.length}`);
    },
  };
}

async function readFileRows(file: string, original: TsvSource | undefined): Promise<SplitRows> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new DataFileError(file, "cannot be read", { cause: error });
  }
  if (bytes.subarray(0, 64).toString("latin1").startsWith("version https://git-lfs")) {
    throw new DataFileError(file, "is a Git LFS pointer, not the data; run `git lfs pull` in its repository");
  }
  if (file.endsWith(".parquet")) return readParquet(file, bytes);
  return original && file.endsWith(".tsv") ? readTsv(file, bytes, original) : readJson(file, bytes);
}

function readTsv(file: string, bytes: Buffer, source: TsvSource): SplitRows {
  const text = decodeUtf8(file, bytes);
  try {
    const { rows, lines } = parseTsv(text, source);
    return { rows, place: (row) => `${file}:${lines[row]}` };
  } catch (error) {
    if (error instanceof TsvError)
      throw new DataFileError(`${file}:${error.line}`, error.message, { cause: error });
    throw error;
  }
}

async function readParquet(file: string, bytes: Buffer): Promise<SplitRows> {
  const place = (row: number): string => `${file}, row ${row}`;
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  try {
    const rows: Record<string, unknown>[] = await parquetReadObjects({
      file: buffer as ArrayBuffer,
      compressors,
      parsers,
    });
    return { rows: rows.map((row, i) => plainRow(row, place(i))), place };
  } catch (error) {
    if (error instanceof DataFileError) throw error;
    throw new DataFileError(file, `is no parquet file we can read (${(error as Error).message})`, {
      cause: error,
    });
  }
}

// Node has zstd from 22.15 on; before, such a file is refused by name of its codec.
const { zstdDecompressSync } = zlib as { readonly zstdDecompressSync?: (input: Uint8Array) => Buffer };

/** Codecs besides the reader's own snappy. */
const compressors: Compressors = {
  GZIP: (input) => zlib.gunzipSync(input),
  BROTLI: (input) => zlib.brotliDecompressSync(input),
  ...(zstdDecompressSync ? { ZSTD: (input: Uint8Array) => zstdDecompressSync(input) } : {}),
};

// The reader's own decoder takes U+FEFF at the start of a cell for a byte order mark; it is text.
const cellDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const parsers: Partial<ParquetParsers> = {
  stringFromBytes: (bytes: Uint8Array | null | undefined) => bytes && cellDecoder.decode(bytes),
};

// Parquet's 64-bit integers come as bigint; JSON, hashes and comparisons want numbers.
function plainRow(row: Readonly<Record<string, unknown>>, place: string): Columns {
  const plain = (value: unknown, column: string): unknown => {
    if (typeof value === "bigint") {
      if (Number.isSafeInteger(Number(value))) return Number(value);
      throw new DataFileError(
        place,
        `column ${JSON.stringify(column)} is ${value}, beyond what a number holds (2^53)`,
      );
    }
    if (value === undefined) return null;
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map((item) => plain(item, column));
    if (ArrayBuffer.isView(value))
      return Array.from(value as Int32Array, (item: unknown) => plain(item, column));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, column)]));
  };
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value, column)]));
}

// JSON lines, or one array of rows; which of the two shows in the first character.
function readJson(file: string, bytes: Buffer): SplitRows {
  const text = decodeUtf8(file, bytes);
  if (text.trimStart().startsWith("[")) {
    const place = (row: number): string => `${file}, row ${row}`;
    const items = parseJson(text, file);
    if (!Array.isArray(items)) throw new DataFileError(file, "is neither a list of rows nor JSON lines");
    return { rows: items.map((item, i) => asRow(item, place(i))), place };
  }
  const lines: number[] = [];
  const rows: Columns[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    rows.push(asRow(parseJson(line, `${file}:${i + 1}`), `${file}:${i + 1}`));
    lines.push(i + 1);
  }
  return { rows, place: (row) => `${file}:${lines[row]}` };
}

function decodeUtf8(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new DataFileError(file, "is not UTF-8 text", { cause: error });
  }
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DataFileError(place, `is not JSON (${(error as Error).message})`, { cause: error });
  }
}

function asRow(value: unknown, place: string): Columns {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Columns;
  throw new DataFileError(place, `is ${quoteValue(value)}; expected an object, one row`);
}

function checkColumns(part: SplitRows, columns: ColumnKinds): void {
  const wanted = Object.entries(columns);
  for (const [i, row] of part.rows.entries()) {
    for (const [column, kind] of wanted) {
      const { expected, accepts } = KINDS[kind];
      if (accepts(row[column])) continue;
      const found =
        column in row ? `is ${quoteValue(row[column])}` : `is missing among ${Object.keys(row).join(", ")}`;
      throw new DataFileError(
        part.place(i),
        `column ${JSON.stringify(column)} ${found}; expected ${expected}`,
      );
    }
  }
}

interface Kind {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

const isString = (value: unknown): boolean => typeof value === "string";
const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(isString);

const KINDS: Readonly<Record<ColumnKind, Kind>> = {
  string: { expected: "a string", accepts: isString },
  integer: { expected: "an integer", accepts: Number.isInteger },
  number: { expected: "a number", accepts: Number.isFinite },
  strings: {
    expected: "a list of strings, not empty",
    accepts: (value) => isStrings(value) && value.length > 0,
  },
  choices: {
    expected: "{text, label}, two lists of as many strings",
    accepts(value) {
      if (typeof value !== "object" || value === null) return false;
      const { text, label } = value as Readonly<Record<string, unknown>>;
      return isStrings(text) && isStrings(label) && text.length === label.length && text.length > 0;
    },
  },
};
