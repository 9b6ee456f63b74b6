// A drawn figure -> HTML: the drawing in its own box, caption, legend and the table behind it.
import type { ChartSize } from "./chart-config.js";
import { tableMarkup } from "./data-table.js";
import type { Figure, LegendEntry } from "./figure.js";
import { html, Markup, svg } from "./html.js";

export interface Drawing {
  /** null: the only one. */
  readonly size: ChartSize | null;
  readonly svg: string;
}

export function figureMarkup(figure: Figure, drawings: readonly Drawing[]): Markup {
  const { name, title, finding, caption, legend, key, tables } = figure;
  const tall = tables.reduce((sum, { rows }) => sum + rows.length, 0);
  return html`<figure id="figure-${name}"><h3>${title}</h3>
<p class="finding">${finding}</p>
${drawings.map(
  (drawing) =>
    html`<div class="drawing${drawing.size === null ? "" : ` ${drawing.size}`}">${inlineSvg(drawing, figure)}</div>`,
)}
${legend.length === 0 ? null : html`<ul class="legend${figure.name === "pareto" ? " pareto" : ""}" aria-hidden="true">${legend.map(legendItem)}</ul>`}
${key.length === 0 ? null : html`<ol class="key" aria-label="The numbered schedules">${key.map((line) => html`<li>${line}</li>`)}</ol>`}
${caption === "" ? null : html`<figcaption>${caption}</figcaption>`}
<details><summary>Table: ${title}</summary>${tables.map(
    (table) =>
      html`<div class="scroll${tall > 24 ? " tall" : ""}" tabindex="0" role="group" aria-label="Table: ${table.caption}">${tableMarkup(table)}</div>`,
  )}</details>
</figure>
`;
}

/** With a name for readers who do not see it, and ids of its own. */
function inlineSvg({ svg: text, size }: Drawing, { name, title, finding }: Figure): Markup {
  const prefix = `${name}-${size ?? "one"}-`;
  const label = html`${title}. ${finding}`.text;
  const own = text
    .replace(/<svg[^>]*>/, (tag) =>
      tag.replace(/ xmlns="[^"]*"/, "").replace("<svg", `<svg role="img" aria-label="${label}"`),
    )
    .replaceAll(/ id="([^"]*)"/g, ` id="${prefix}$1"`)
    .replaceAll(/url\(#([^)]*)\)/g, `url(#${prefix}$1)`);
  return new Markup(own);
}

function legendItem(entry: LegendEntry): Markup {
  if (entry.kind === "rule")
    return html`<li>${swatch('<path d="M1,8H33" stroke="var(--rule)" stroke-width="1.25" stroke-dasharray="5 4"/>')}${entry.label}</li>`;
  const { style, isMain, hasLine } = entry;
  const line = hasLine
    ? svg`<path d="M1,8H33" stroke="${style.color}" stroke-width="${isMain ? 3 : 1.75}" stroke-dasharray="${style.dash.join(" ")}"/>`
    : svg``;
  const shape = svg`<path transform="translate(17,8)" d="${shapePaths[style.shape] ?? null}" fill="${style.color}"/>`;
  return html`<li>${swatch(line.text + shape.text)}${style.label}</li>`;
}

function swatch(inner: string): Markup {
  return new Markup(`<svg width="34" height="16" viewBox="0 0 34 16" fill="none">${inner}</svg>`);
}

/** As Vega draws them, at the size of marks. */
const shapePaths: Readonly<Record<string, string>> = {
  circle: "M3.7,0A3.7,3.7,0,1,1,-3.7,0A3.7,3.7,0,1,1,3.7,0",
  square: "M-3.3,-3.3h6.6v6.6h-6.6Z",
  "triangle-up": "M0,-4.2L4,3H-4Z",
  "triangle-down": "M0,4.2L4,-3H-4Z",
  "triangle-right": "M4.2,0L-3,4V-4Z",
  "triangle-left": "M-4.2,0L3,4V-4Z",
  diamond: "M-4,0L0,-4.6L4,0L0,4.6Z",
  cross: "M-4.2,-1.4h2.8v-2.8h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8Z",
};
