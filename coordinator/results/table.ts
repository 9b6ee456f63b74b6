// The table a sweep ends with on the terminal: aligned plain text no wider than the
// window. Too many schedules are grouped by method, too many columns go into tables below.
import {
  type Cell,
  formatNumber,
  groupByMethod,
  type SideTable,
  type SummarisedRows,
  sideTable,
} from "./columns.js";
import { notes } from "./markdown.js";

export interface TableOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** More schedules than this are grouped by method. */
  readonly maxLines: number;
}

const GAP = "  ";
const NAME_WIDTH = 12;

export function formatTable(summary: SummarisedRows, { width, maxLines }: TableOptions): string {
  const all = sideTable(summary);
  const isGrouped = all.lines.length > maxLines;
  const table = isGrouped ? groupByMethod(all) : all;
  // The errors are what a narrow window goes without first.
  const withErrors = print(table, (cell) => formatCell(cell, true));
  const fits = widthOf(withErrors) <= width;
  const printed = fits ? withErrors : print(table, (cell) => formatCell(cell, false));
  const remarks = [...notes(summary)];
  if (isGrouped) {
    remarks.unshift(
      `Each line is the median over a method's schedules, their number in brackets; results.md lists all ${all.lines.length}.`,
    );
  }
  return [
    ...split(printed, width).map((block) => `${block}\n`),
    ...remarks.map((remark) => `${wrap(remark, width)}\n`),
  ].join("\n");
}

/** Every row of the table as texts, two rows of headings first. */
function print(
  { columns, lines }: SideTable,
  format: (cell: Cell) => string,
): readonly (readonly string[])[] {
  return [
    ["", ...columns.map(({ group }) => group)],
    ["schedule", ...columns.map(({ metric }) => metric)],
    ...lines.map(({ name, cells }) => [name, ...cells.map(format)]),
  ];
}

function formatCell({ value, stderr }: Cell, withError: boolean): string {
  if (value === null) return "-";
  return withError && stderr !== null
    ? `${formatNumber(value)} ±${formatNumber(stderr)}`
    : formatNumber(value);
}

/** As many columns beside the names as fit, then the next below. */
function split(rows: readonly (readonly string[])[], width: number): readonly string[] {
  const widths = columnWidths(rows);
  const widest = Math.max(...widths.slice(1), 0);
  const nameWidth = Math.min(widths[0] ?? 0, Math.max(NAME_WIDTH, width - GAP.length - widest));
  const blocks: string[] = [];
  for (let column = 1; column < widths.length; ) {
    let end = column + 1;
    let used = nameWidth + GAP.length + widths[column]!;
    while (end < widths.length && used + GAP.length + widths[end]! <= width) {
      used += GAP.length + widths[end]!;
      end++;
    }
    const [start, stop] = [column, end];
    blocks.push(
      rows
        .map((row) => {
          const cells = row.slice(start, stop).map((text, i) => text.padStart(widths[start + i]!));
          return [shorten(row[0]!, nameWidth).padEnd(nameWidth), ...cells].join(GAP).trimEnd();
        })
        .join("\n"),
    );
    column = end;
  }
  return blocks;
}

function widthOf(rows: readonly (readonly string[])[]): number {
  const widths = columnWidths(rows);
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
}

function columnWidths(rows: readonly (readonly string[])[]): readonly number[] {
  return (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function wrap(text: string, width: number): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
