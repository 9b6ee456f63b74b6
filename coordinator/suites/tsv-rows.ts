// The original tab-separated files of GLUE, read as the hub's converter read them: no quoting, rows
// without one of the wanted fields left out (QQP has some), labels as numbers, `idx` the line.
import type { Columns } from "./task.js";

/** Where a data set's original files are, and how their columns become the hub's. */
export interface TsvSource {
  /** Folder in the archive: "CoLA". */
  readonly folder: string;
  /** The hub's columns in order, the label last, each with the file's own name of it. */
  readonly columns: readonly { readonly name: string; readonly from: string }[];
  /** Texts of the labels, in the order of the integers they become. null: they are numbers. */
  readonly labels: readonly string[] | null;
  /** Names of the fields where the file's first line does not say them. */
  readonly header?: readonly string[];
}

export interface TsvRows {
  readonly rows: readonly Columns[];
  /** Line of each row, from 1. */
  readonly lines: readonly number[];
}

/** Something in the file is not as its source says. `line` is from 1. */
export class TsvError extends Error {
  override readonly name = "TsvError";
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** What a split's file is called: the publishers say dev for validation. */
export function tsvStem(split: string): string {
  return split.replace("validation", "dev");
}

/** @throws TsvError */
export function parseTsv(text: string, source: TsvSource): TsvRows {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const fieldsOf = (line: string): readonly string[] => line.split("\t");
  const header = source.header ?? fieldsOf(lines[0] ?? "");
  const columns = source.columns.map(({ name, from }) => {
    const field = header.indexOf(from);
    if (field < 0) throw new TsvError(1, `has no column ${JSON.stringify(from)} among ${header.join(", ")}`);
    return { name, field };
  });
  const found: { rows: Columns[]; lines: number[] } = { rows: [], lines: [] };
  let idx = 0;
  for (let i = source.header ? 0 : 1; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === "") continue;
    const fields = fieldsOf(line);
    const values = columns.map(({ field }) => fields[field]);
    const label = values.pop();
    if (label !== undefined && label !== "" && values.every((value) => value !== undefined)) {
      const row = Object.fromEntries(values.map((value, c) => [columns[c]!.name, value]));
      found.rows.push({ ...row, label: labelValue(label, source.labels, i + 1), idx });
      found.lines.push(i + 1);
    }
    idx++;
  }
  return found;
}

function labelValue(label: string, labels: readonly string[] | null, line: number): number {
  const value = labels ? labels.indexOf(label) : Number(label);
  if (value >= 0) return value;
  const expected = labels ? `none of ${labels.join(", ")}` : "no number";
  throw new TsvError(line, `label ${JSON.stringify(label)} is ${expected}`);
}
