// What a finished sweep says on stdout, wherever it was computed.
import { statSync } from "node:fs";
import path from "node:path";
import { formatSummary, type RunHeader, type Summary } from "../results/summary-file.js";
import { formatTable } from "../results/table.js";
import { reportFileName } from "./report-file.js";
import type { SweepOptions } from "./sweep-options.js";

/** A terminal's height and a bit. */
const maxLines = 40;

export function showSummary(summary: Summary, { out, json }: Pick<SweepOptions, "out" | "json">): void {
  if (json) {
    process.stdout.write(formatSummary(summary));
    return;
  }
  const table = formatTable(summary, { width: process.stdout.columns || 100, maxLines });
  const report = path.join(out, reportFileName);
  const isDrawn = statSync(report, { throwIfNoEntry: false })?.isFile() ?? false;
  const look = isDrawn ? `Open ${report} in a browser to see it as figures.\n` : "";
  process.stdout.write(
    `${table}\n${look}${restOf(summary.run)}Results are in ${out}: results.md, results.csv, summary.json, harness/ (lm-evaluation-harness layout)\n`,
  );
}

/** How to score what a limit left out. */
function restOf({ limit, command }: RunHeader): string {
  if (limit === null) return "";
  // Their file need not have a schedule for the documents that were left out.
  if (command.includes("--document-schedules")) return "";
  const part = limit < 1 ? `${100 * limit} % of the documents` : `the first ${limit} documents`;
  return `This was ${part} of each task; all of them: ${command.replace(/ --limit[ =]\S+/, "")}\n`;
}
