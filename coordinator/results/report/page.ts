// The report as one HTML page: no scripts, nothing from elsewhere.
import { formatNumber, MEAN, MEDIAN, sideTable } from "../columns.js";
import type { Similarity } from "../similarity-file.js";
import type { Summary } from "../summary-file.js";
import { type DataTable, tableMarkup } from "./data-table.js";
import type { Section } from "./figure.js";
import { list } from "./findings.js";
import { html, Markup } from "./html.js";
import { type Measure, wordsOf } from "./measure.js";
import { methodsCaption } from "./method-figures.js";
import { pageStyle } from "./page-style.js";
import { type Picture, picturesMarkup } from "./pictures.js";
import type { ReportContent } from "./sections.js";

export interface PageInputs {
  readonly summary: Summary;
  readonly similarity: Similarity | null;
  readonly content: ReportContent;
  /** Of each figure, by name. */
  readonly figures: ReadonlyMap<string, Markup>;
  readonly pictures: readonly Picture[];
}

/** More lines are left to results.csv. */
const mostLines = 1000;

export function reportPage({ summary, similarity, content, figures, pictures }: PageInputs): string {
  const { run } = summary;
  const { sections, findings, leftOut, measure } = content;
  const title = `Layer schedules of ${run.model.name}`;
  const links = [
    ...sections.map(({ id, title: text }) => [id, text] as const),
    ...(pictures.length === 0 ? [] : [["schedules", "Schedules as pictures"] as const]),
    ["all-values", "All values"] as const,
    ["run", "How it was run"] as const,
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="painters ${run.paintersVersion}">
<title>${title}</title>
<style>${new Markup(pageStyle)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the findings</a>
<header>
<h1>${title}</h1>
<p class="lead">${leadText(summary)}</p>
</header>
<nav aria-label="Sections"><ul>${links.map(([id, text]) => html`<li><a href="#${id}">${text}</a></li>`)}</ul></nav>
<main id="main" tabindex="-1">
<section class="look" aria-labelledby="look"><h2 id="look">What to look at</h2>
<ul>${[...findings, ...leftOut].map((text) => html`<li>${text}</li>`)}</ul>
</section>
${sections.map((section) => sectionMarkup(section, figures, measure))}
${
  pictures.length === 0
    ? null
    : html`<section aria-labelledby="schedules"><h2 id="schedules">Schedules as pictures</h2>
<p class="absent intro">Hidden states run from left to right. A box is a layer, from light (first) to dark (last); boxes one above the other get the same input, and the sign behind them says how their outputs are joined; what is under a bracket is run that many times.</p>
${picturesMarkup(pictures, wordsOf(measure).overall)}</section>`
}
<section aria-labelledby="all-values"><h2 id="all-values">All values</h2>
<p>As the tasks score them, not normalised. <code>results.csv</code> beside this file has the same for other programs.</p>
<p class="print-only">The tables are in the HTML file.</p>
${valuesMarkup(summary)}</section>
${runMarkup(summary, similarity)}
</main>
<footer>Made by painters ${run.paintersVersion} from <code>summary.json</code>. The methods are those of “Transformer Layers as Painters” (arXiv 2407.09298).</footer>
</body>
</html>
`;
  return page.text;
}

function leadText({ run, rows }: Summary): string {
  const schedules = new Set(rows.map(({ schedule }) => schedule)).size;
  const tasks = new Map(rows.map(({ task, documents }) => [task, documents]));
  const documents = [...tasks.values()].reduce((sum, count) => sum + count, 0);
  const counted = (count: number, noun: string): string =>
    `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
  return (
    `${counted(schedules, "schedule")} of the ${run.model.layerCount} layers of ${run.model.name}, each on ` +
    `${counted(documents, "document")} of ${list([...tasks.keys()])}. Run on ${run.startedAt.slice(0, 10)}.`
  );
}

function sectionMarkup(
  { id, title, figures, absent }: Section,
  drawn: ReadonlyMap<string, Markup>,
  measure: Measure,
): Markup {
  const markups = figures.flatMap(({ name }) => drawn.get(name) ?? []);
  const isGrid = markups.length > 1;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${id === "each-method" || (id === "one-layer" && markups.length > 0) ? html`<p class="absent intro">${methodsCaption(measure)}</p>` : null}
${isGrid ? html`<div class="grid">${markups}</div>` : markups}
${absent.map((text) => html`<p class="absent">${code(text)}</p>`)}
</section>
`;
}

/** `x` in a sentence of ours. */
function code(text: string): Markup {
  return html`${text.split("`").map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

function valuesMarkup(summary: Summary): Markup {
  const { columns, lines } = sideTable(summary);
  const table: DataTable = {
    caption: "Every schedule",
    columns: [
      "schedule",
      ...columns.map(({ group, metric }) => {
        if (group === MEAN) return "mean over tasks";
        return group === MEDIAN ? `median of normalised (${metric})` : `${group} ${metric}`;
      }),
    ],
    rows: lines.slice(0, mostLines).map(({ name, cells }) => [
      name,
      ...cells.map(({ value, stderr }) => {
        if (value === null) return "–";
        return stderr === null ? formatNumber(value) : `${formatNumber(value)} ± ${formatNumber(stderr)}`;
      }),
    ]),
  };
  const more =
    lines.length > mostLines
      ? html`<p class="absent">The first ${mostLines} of ${lines.length} schedules; all are in results.csv.</p>`
      : null;
  return html`<details><summary>Table: every schedule (${lines.length})</summary><div class="scroll tall" tabindex="0" role="group" aria-label="Table: every schedule">${tableMarkup(table)}</div>${more}</details>`;
}

function runMarkup({ run, rows }: Summary, similarity: Similarity | null): Markup {
  const tasks = new Map(rows.map(({ task, documents }) => [task, documents]));
  const facts: readonly (readonly [string, string | null])[] = [
    ["Model", run.model.name],
    ["Fingerprint", run.model.fingerprint],
    ["Layers", String(run.model.layerCount)],
    ["Parameters", `${run.model.parameterCount.toLocaleString("en")} (${run.model.sourceDtype})`],
    ["Tasks", [...tasks].map(([task, documents]) => `${task} (${documents} documents)`).join(", ")],
    ["Grid", run.grid],
    ["Harness", `lm-evaluation-harness, ${run.harness}`],
    ["Generation", run.kv === null ? null : `kv=${run.kv}`],
    ["Numerics", run.numericsId],
    ["Workers", run.workers === null ? null : String(run.workers)],
    ["Time", durationText(run.wallTimeMs)],
    ["Started", run.startedAt],
    ["painters", run.paintersVersion],
  ];
  return html`<section aria-labelledby="run"><h2 id="run">How it was run</h2>
<dl>${facts.map(([name, text]) => (text === null ? null : html`<dt>${name}</dt><dd>${text}</dd>`))}</dl>
<h3 id="again">To run it again</h3>
<pre aria-labelledby="again" tabindex="0" role="group"><code>${run.command}</code></pre>
<p class="absent">Scores that are in the folder's ledger are not computed again.</p>
${
  similarity === null
    ? null
    : html`<h3 id="similarity-again">Similarity</h3>
<p>${similarity.run.documents} documents of ${similarity.run.task}, ${durationText(similarity.run.wallTimeMs)}, model ${similarity.run.model.fingerprint}${similarity.run.model.fingerprint === run.model.fingerprint ? "" : " (another model than the sweep's)"}.</p>
<pre aria-labelledby="similarity-again" tabindex="0" role="group"><code>${similarity.run.command}</code></pre>`
}
</section>`;
}

function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
