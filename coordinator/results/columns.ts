// The summary turned on its side, as tables show it: a line per schedule, a column
// per task and metric, and the medians or means. Both kinds of table are printed from this.
import { median } from "./summary.js";
import type { Summary } from "./summary-file.js";

/** What tables are made of. */
export type SummarisedRows = Pick<Summary, "rows" | "medians" | "means">;

export interface SideTable {
  readonly columns: readonly Column[];
  readonly lines: readonly Line[];
}

export interface Column {
  /** Task, or "median", or "mean". */
  readonly group: string;
  /** Metric; of a median, the one it is over; of a mean "tasks". */
  readonly metric: string;
}

export interface Line {
  readonly name: string;
  readonly method: string;
  /** One for each column. */
  readonly cells: readonly Cell[];
}

/** null: there is no such value. */
export interface Cell {
  readonly value: number | null;
  readonly stderr: number | null;
}

/** What sums the tasks up. */
export const MEDIAN = "median";
export const MEAN = "mean";
const MEAN_METRIC = "tasks";
const MEDIAN_METRICS = ["acc", "acc_norm"] as const;

export function sideTable({ rows, medians, means }: SummarisedRows): SideTable {
  const columns = new Map<string, Column>();
  const lines = new Map<string, { readonly method: string; readonly cells: Map<string, Cell> }>();
  for (const { schedule, method, task, metric, value, stderr } of rows) {
    columns.set(keyOf(task, metric), { group: task, metric });
    if (!lines.has(schedule)) lines.set(schedule, { method, cells: new Map() });
    lines.get(schedule)?.cells.set(keyOf(task, metric), { value, stderr });
  }
  for (const metric of MEDIAN_METRICS) {
    const shown = medians.filter((row) => row[metric] !== null && lines.has(row.schedule));
    // Where no task has an acc_norm both medians are one.
    if (metric === "acc_norm" && shown.every((row) => Object.is(row.acc, row.acc_norm))) continue;
    if (shown.length > 0) columns.set(keyOf(MEDIAN, metric), { group: MEDIAN, metric });
    for (const row of shown) {
      lines.get(row.schedule)?.cells.set(keyOf(MEDIAN, metric), { value: row[metric], stderr: null });
    }
  }
  for (const { schedule, value } of means) {
    columns.set(keyOf(MEAN, MEAN_METRIC), { group: MEAN, metric: MEAN_METRIC });
    lines.get(schedule)?.cells.set(keyOf(MEAN, MEAN_METRIC), { value, stderr: null });
  }
  return {
    columns: [...columns.values()],
    lines: [...lines].map(([name, { method, cells }]) => ({
      name,
      method,
      cells: [...columns.keys()].map((key) => cells.get(key) ?? { value: null, stderr: null }),
    })),
  };
}

/** A line per method: the median of its schedules in each column. */
export function groupByMethod({ columns, lines }: SideTable): SideTable {
  const methods = [...new Set(lines.map((line) => line.method))];
  return {
    columns,
    lines: methods.map((method) => {
      const members = lines.filter((line) => line.method === method);
      const cells = columns.map((_, c) => {
        const values = members.map((line) => line.cells[c]?.value ?? null).filter((value) => value !== null);
        return { value: values.length === 0 ? null : median(values), stderr: null };
      });
      return { name: `${method} (${members.length})`, method, cells };
    }),
  };
}

/** Four decimals, as the harness prints. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  return Math.abs(value) >= 1e6 ? value.toExponential(3) : value.toFixed(4);
}

function keyOf(group: string, metric: string): string {
  return `${group} ${metric}`;
}
