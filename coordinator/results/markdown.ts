// results.md: the sweep for people, what it was and a table with a line per schedule.
import { formatNumber, MEAN, MEDIAN, type SummarisedRows, sideTable } from "./columns.js";
import type { Summary } from "./summary-file.js";

export function formatMarkdown(summary: Summary): string {
  const { run, rows } = summary;
  const { columns, lines } = sideTable(summary);
  const tasks = new Map(rows.map(({ task, documents }) => [task, documents]));
  const facts = [
    ["Model", `${run.model.name}, ${run.model.layerCount} layers, fingerprint \`${run.model.fingerprint}\``],
    ["Schedules", `${lines.length}${run.grid === null ? "" : `, grid ${run.grid}`}`],
    ["Tasks", [...tasks].map(([task, documents]) => `${task} (${documents} documents)`).join(", ")],
    ["Harness", run.harness],
    ...(run.kv === null ? [] : [["Generation", `kv=${run.kv}`]]),
    ["Numerics", run.numericsId],
    ["Started", `${run.startedAt}, ${(run.wallTimeMs / 1000).toFixed(1)} s`],
    ["painters", run.paintersVersion],
    ["Command", `\`${run.command.replaceAll("`", "'").replaceAll(/\s+/g, " ")}\``],
  ];
  const table = [
    [
      "schedule",
      ...columns.map(({ group, metric }) => {
        if (group === MEAN) return "mean over tasks";
        return group === MEDIAN ? `median (${metric})` : `${group} ${metric}`;
      }),
    ],
    ["---", ...columns.map(() => "---:")],
    ...lines.map((line) => [
      line.name,
      ...line.cells.map(({ value, stderr }) => {
        if (value === null) return "";
        return stderr === null ? formatNumber(value) : `${formatNumber(value)} ± ${formatNumber(stderr)}`;
      }),
    ]),
  ];
  return [
    "# Results of a sweep",
    "",
    ...facts.map(([name, text]) => `- ${name}: ${text}`),
    "",
    ...table.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`),
    "",
    ...notes(summary).map((note) => `${note}\n`),
  ].join("\n");
}

/** What a reader of any table must know besides the numbers. */
export function notes({ rows, medians, means }: SummarisedRows): readonly string[] {
  const found: string[] = [];
  if (medians.some(({ acc }) => acc !== null)) {
    found.push("The medians are over tasks, of values normalised so that chance is 0 and the full model 1.");
  }
  if (means.length > 0) {
    found.push(
      "The means are over tasks, of values that are not normalised; a task of several metrics enters with its combined_score.",
    );
  }
  const bad = rows.filter((row) => row.nonFinite > 0);
  if (bad.length > 0) {
    const places = new Map(bad.map((row) => [`${row.schedule} ${row.task}`, row.nonFinite]));
    const documents = [...places.values()].reduce((sum, own) => sum + own, 0);
    const schedules = new Set(bad.map((row) => row.schedule)).size;
    found.push(
      `Scores that are not finite: ${count(documents, "document")}, under ${count(schedules, "schedule")} (nonFinite in summary.json says which).`,
    );
  }
  return found;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function escapeCell(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}
