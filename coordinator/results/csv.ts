// results.csv: the summary's rows for spreadsheets and notebooks, as RFC 4180 has it.
import type { SummaryRow } from "./summary.js";

/** Numbers in full precision; what is null is empty. Each schedule parameter is a column. */
export function formatCsv(rows: readonly SummaryRow[]): string {
  const parameters = [...new Set(rows.flatMap((row) => Object.keys(row.parameters)))];
  const header = [
    ...["schedule", "method", ...parameters, "task", "metric", "value", "stderr", "normalised"],
    ...["documents", "non_finite", "text"],
  ];
  const lines = rows.map((row) => [
    ...[row.schedule, row.method, ...parameters.map((name) => row.parameters[name] ?? null)],
    ...[row.task, row.metric, row.value, row.stderr, row.normalised, row.documents, row.nonFinite, row.text],
  ]);
  return csvText([header, ...lines]);
}

export function csvText(lines: readonly (readonly (string | number | null)[])[]): string {
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

function field(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
