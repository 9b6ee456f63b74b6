// `painters results`: prints again what a sweep found, from the summary.json in its
// folder, which is fetched first if a coordinator is named.
import type { CommandModule } from "yargs";
import { formatCsv } from "../results/csv.js";
import { formatSummary, readSummary, type Summary } from "../results/summary-file.js";
import { formatTable } from "../results/table.js";
import { addConnectionFlags, type ConnectionFlags, readConnection, withSweeps } from "./connection.js";

interface ResultsOptions extends ConnectionFlags {
  readonly dir: string | undefined;
  readonly out: string | undefined;
  readonly task: readonly string[] | undefined;
  readonly metric: readonly string[] | undefined;
  readonly method: readonly string[] | undefined;
  readonly json: boolean | undefined;
  readonly csv: boolean | undefined;
}

/** A filter that leaves nothing over. */
export class ResultsFilterError extends Error {
  override readonly name = "ResultsFilterError";
  readonly exitCode = 2;
}

const FILTERS = ["task", "metric", "method"] as const;
/** A terminal's height and a bit; past it a line is a method. */
const MAX_LINES = 40;

export const resultsCommand: CommandModule<object, ResultsOptions> = {
  builder: (yargs) =>
    addConnectionFlags(yargs)
      .positional("dir", {
        type: "string",
        describe:
          "Results folder, as given to sweep --out [default: results]; with --coordinator a sweep's id",
      })
      .option("out", {
        type: "string",
        requiresArg: true,
        describe: "With --coordinator: folder to fetch into",
      })
      .option("task", { type: "string", array: true, nargs: 1, describe: "Only this task; may be repeated" })
      .option("metric", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "Only this metric; may be repeated",
      })
      .option("method", {
        type: "string",
        array: true,
        nargs: 1,
        describe: "Only this method's schedules, one by one; may be repeated",
      })
      .option("json", { type: "boolean", describe: "Print the summary as one JSON document" })
      .option("csv", {
        type: "boolean",
        describe: "Print a line per schedule, task and metric",
      })
      .conflicts({ json: "csv" })
      .example("$0 results", "the table of the sweep in results/")
      .example(
        "$0 results results/llama --task hellaswag --method reverse",
        "one method, schedule by schedule",
      )
      .example("$0 results results/llama --csv > llama.csv", "for a spreadsheet")
      .example(
        "$0 results sweep-3 --coordinator 127.0.0.1:7070 --out results/three",
        "fetched, then printed",
      ),
  handler: async (options) => {
    const dir = options.coordinator === undefined ? (options.dir ?? "results") : await fetchResults(options);
    const summary = filterSummary(await readSummary(dir), options);
    if (options.json) process.stdout.write(formatSummary(summary));
    else if (options.csv) process.stdout.write(formatCsv(summary.rows));
    else {
      const width = process.stdout.columns || 100;
      const maxLines = options.method === undefined ? MAX_LINES : Number.POSITIVE_INFINITY;
      process.stdout.write(formatTable(summary, { width, maxLines }));
    }
  },
};

/** The folder they are in now. */
async function fetchResults(options: ResultsOptions): Promise<string> {
  const { dir: id, out } = options;
  if (id === undefined)
    throw new ResultsFilterError("name a sweep, such as sweep-3; `painters status` lists them");
  if (out === undefined)
    throw new ResultsFilterError("--out is missing: name a folder to fetch the results into");
  const { saveResultFiles } = await import("./result-files.js");
  const connection = await readConnection(options);
  await withSweeps(connection, (client) => saveResultFiles(client.results(id), out));
  connection.credentials.close();
  return out;
}

/** The rows that pass all filters, and the medians or means of their schedules, which stay over all tasks. */
export function filterSummary(
  summary: Summary,
  filters: Readonly<Partial<Record<(typeof FILTERS)[number], readonly string[] | undefined>>>,
): Summary {
  let rows = summary.rows;
  for (const name of FILTERS) {
    const wanted = filters[name];
    if (wanted === undefined) continue;
    const present = [...new Set(rows.map((row) => row[name]))];
    const unknown = wanted.find((value) => !present.includes(value));
    if (unknown !== undefined) {
      throw new ResultsFilterError(
        `no ${name} ${JSON.stringify(unknown)} in these results; there is ${present.join(", ")}`,
      );
    }
    rows = rows.filter((row) => wanted.includes(row[name]));
  }
  const schedules = new Set(rows.map((row) => row.schedule));
  const isThere = ({ schedule }: { readonly schedule: string }): boolean => schedules.has(schedule);
  return {
    ...summary,
    rows,
    medians: summary.medians.filter(isThere),
    means: summary.means.filter(isThere),
  };
}
