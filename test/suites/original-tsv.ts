// Rows of a GLUE task as its publishers' TSV files have them.
import assert from "node:assert/strict";
import type { Dataset } from "../../coordinator/suites/task.js";

/** The rows' lines, a header line first where the file has one; `~` is a field that nothing reads. */
export function originalLines(
  { original }: Dataset,
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  assert.ok(original);
  const header = original.header ?? ["index", ...original.columns.map(({ from }) => from), "extra"];
  const lines = rows.map((row) =>
    header.map((field) => {
      const column = original.columns.find(({ from }) => from === field);
      if (!column) return "~";
      const { [column.name]: value } = row;
      return column.name === "label" ? (original.labels?.[value as number] ?? value) : value;
    }),
  );
  return [...(original.header ? [] : [header]), ...lines]
    .map((fields) => `${fields.join("\t")}\r\n`)
    .join("");
}

/** Where `split` lies in the folder that download_glue_data.py makes. */
export function originalFile({ original }: Dataset, split: string): string {
  assert.ok(original);
  return `glue_data/${original.folder}/${split.replace("validation", "dev")}.tsv`;
}
