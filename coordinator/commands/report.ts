// `painters report`: draws the report of a results folder again, or one of its figures as
// an SVG file.
import path from "node:path";
import type { CommandModule } from "yargs";
import { writeAtomically } from "../results/atomic-file.js";
import { readSimilarity } from "../results/similarity-file.js";
import { readSummary } from "../results/summary-file.js";
import { startProgress } from "./progress.js";
import { reportFileName, writeReport } from "./report-file.js";

interface ReportFlags {
  readonly dir: string | undefined;
  readonly out: string | undefined;
  readonly figure: string | undefined;
  readonly svg: string | undefined;
}

/** Flags that do not go together. */
export class ReportFlagsError extends Error {
  override readonly name = "ReportFlagsError";
  readonly exitCode = 2;
}

export const reportCommand: CommandModule<object, ReportFlags> = {
  builder: (yargs) =>
    yargs
      .positional("dir", {
        type: "string",
        describe: "Results folder, as given to sweep --out [default: results]",
      })
      .option("out", {
        type: "string",
        requiresArg: true,
        describe: "HTML file to write [default: report.html in the folder]",
      })
      .option("figure", {
        type: "string",
        requiresArg: true,
        describe: "One figure, by name; goes with --svg",
      })
      .option("svg", { type: "string", requiresArg: true, describe: "SVG file for the figure; - prints it" })
      .example("$0 report results/llama", "draws results/llama/report.html again")
      .example("$0 report results/llama --out llama.html", "somewhere else")
      .example(
        "$0 report results/llama --figure all-methods --svg docs/methods.svg",
        "a figure for a README or a paper",
      )
      .example(
        '$0 report results/llama --figure "schedule:reverse(start=8)" --svg reverse.svg',
        "a schedule as a picture",
      )
      .epilogue(
        "The report is one file that needs nothing else: it opens offline, prints, and follows the reader's choice of " +
          "light or dark. A sweep draws it at its end; draw it again after `painters similarity`, or with a newer painters.\n" +
          "Figures: all-methods; one method: skip, middle_repeat, reverse, random, parallel, loop_parallel; skip-one; " +
          "switch-neighbours; loops; pareto; similarity (similarity-2, .. for more schedules); and schedule:NAME for the " +
          "schedules it pictures. Each is there if the sweep has schedules for it; an unknown name lists those that are.",
      ),
  handler: async ({ dir = "results", out, figure, svg }) => {
    if ((figure === undefined) !== (svg === undefined)) {
      throw new ReportFlagsError(
        figure === undefined
          ? "--svg is one figure as a file: name it with --figure, such as --figure all-methods"
          : `--figure ${figure} needs a file to go to: --svg FILE, or --svg - to print it`,
      );
    }
    if (figure !== undefined && svg !== undefined) {
      if (out !== undefined)
        throw new ReportFlagsError("--out is for the whole report; with --figure the file is --svg");
      await writeFigure(dir, figure, svg);
      return;
    }
    const file = out ?? path.join(dir, reportFileName);
    const progress = startProgress("drawing", 0, "figures");
    await writeReport(dir, file, (done, total) => progress.update(done, total)).finally(() =>
      progress.stop(),
    );
    process.stdout.write(`${file}\n`);
  },
};

async function writeFigure(dir: string, figure: string, file: string): Promise<void> {
  const [summary, similarity] = [await readSummary(dir), await readSimilarity(dir)];
  const { drawFigure } = await import("../results/report/draw-report.js");
  const text = await drawFigure(summary, similarity, figure);
  if (file === "-") {
    process.stdout.write(text);
    return;
  }
  await writeAtomically(file, [text]);
  process.stdout.write(`${file}\n`);
}
