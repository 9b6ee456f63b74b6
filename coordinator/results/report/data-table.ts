// The table behind a figure: texts in rows under headings, as plain data, and as HTML.
import type { CurvePoint } from "./curves.js";
import { html, type Markup } from "./html.js";
import type { Estimate } from "./schedule-values.js";

export interface DataTable {
  readonly caption: string;
  /** The first is over the rows' own headings. */
  readonly columns: readonly string[];
  /** Each as long as `columns`; the first cell is the row's heading. */
  readonly rows: readonly (readonly string[])[];
}

export function tableMarkup({ caption, columns, rows }: DataTable): Markup {
  return html`<table><caption>${caption}</caption><thead><tr>${columns.map(
    (column) => html`<th scope="col">${column}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ([heading = "", ...cells]) =>
      html`<tr><th scope="row">${heading}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** A line per point: every task, then what is over tasks. */
export function pointsTable(
  points: readonly CurvePoint[],
  options: {
    readonly caption: string;
    readonly heading: string;
    readonly tasks: readonly string[];
    /** What the last column is called. */
    readonly overall: string;
    readonly name?: (x: number) => string;
  },
): DataTable {
  const { caption, heading, tasks, overall: overallName, name = String } = options;
  return {
    caption,
    columns: [heading, ...tasks, overallName],
    rows: points.map(({ x, tasks: values, overall }) => [
      name(x),
      ...tasks.map((task) => estimateText(values.get(task))),
      estimateText(overall),
    ]),
  };
}

export function estimateText(estimate: Estimate | undefined): string {
  if (!estimate) return "–";
  const { value, error } = estimate;
  return error === null ? value.toFixed(3) : `${value.toFixed(3)} ± ${error.toFixed(3)}`;
}
