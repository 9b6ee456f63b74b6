// Rows as a parquet file of the hub: strings, integers, single precision, lists of strings and
// ARC's struct of lists, with optional fields as pyarrow writes them.
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

/** The file's bytes; columns and their types are those of the first row, but for numbers that are not all whole. */
export function parquetBytes(rows: readonly Readonly<Record<string, unknown>>[]): Uint8Array {
  const first = rows[0] ?? {};
  const names = Object.keys(first);
  const schema: SchemaElement[] = [
    { name: "schema", num_children: names.length },
    ...names.flatMap((name) => elements(name, rows.map((row) => row[name]).find(isFraction) ?? first[name])),
  ];
  const columnData = names.map((name) => ({ name, data: rows.map((row) => row[name]) }));
  return new Uint8Array(parquetWriteBuffer({ columnData, schema }));
}

function isFraction(value: unknown): boolean {
  return typeof value === "number" && !Number.isInteger(value);
}

function elements(name: string, value: unknown): SchemaElement[] {
  const repetition_type = "OPTIONAL";
  if (typeof value === "bigint") return [{ name, type: "INT64", repetition_type }];
  if (typeof value === "number") {
    return [{ name, type: isFraction(value) ? "FLOAT" : "INT32", repetition_type }];
  }
  if (Array.isArray(value)) {
    return [
      { name, repetition_type, converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...elements("element", value[0]),
    ];
  }
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value);
    return [
      { name, repetition_type, num_children: fields.length },
      ...fields.flatMap(([field, item]) => elements(field, item)),
    ];
  }
  return [{ name, type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type }];
}
