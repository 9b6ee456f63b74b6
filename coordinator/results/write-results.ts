// The end of a sweep's path: from summary and scores to the files in its results folder.
// Each file is whole or absent, and summary.json, which speaks for all, comes last.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isTemporary, writeAtomically } from "./atomic-file.js";
import { formatCsv } from "./csv.js";
import { generationLines, generationParts } from "./generation-samples.js";
import {
  dateId,
  harnessModelName,
  isOtherDate,
  resultsFileName,
  samplesFileName,
  sanitiseModelName,
} from "./harness-names.js";
import { formatHarnessResults } from "./harness-results.js";
import { sampleLines, sampleParts, taskHash } from "./harness-samples.js";
import { formatMarkdown } from "./markdown.js";
import type { Outputs, Sweep, SweepSummary } from "./summary.js";
import {
  formatSummary,
  type RunHeader,
  type ScheduleLatency,
  SUMMARY_FILE,
  type Summary,
} from "./summary-file.js";
import { isGenerated } from "./task-values.js";

export interface WriteResultsOptions {
  readonly outDir: string;
  readonly sweep: Sweep;
  readonly summary: SweepSummary;
  readonly run: RunHeader;
  readonly latencies?: readonly ScheduleLatency[];
  readonly outputs: Outputs;
  /** Whether to write a line per document and schedule: some 2 KiB each. */
  readonly samples: boolean;
  readonly finishedAt: Date;
  /** Told after each file of samples. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes summary.json, results.csv, results.md and, in harness/, a folder per schedule in lm-evaluation-harness's
 * layout. Files of an earlier run of the same schedules are removed once theirs are complete.
 */
export async function writeResults(options: WriteResultsOptions): Promise<Summary> {
  const { outDir, sweep, run } = options;
  const { rows } = options.summary;
  const summary: Summary = {
    formatVersion: 1,
    run,
    ...options.summary,
    latencies: options.latencies ?? [],
  };
  const id = dateId(options.finishedAt);
  const folderOf = (schedule: string) =>
    join(outDir, "harness", sanitiseModelName(harnessModelName(run.model.name, schedule)));

  const taskHashes = options.samples ? await writeSamples(options, folderOf, id) : {};
  for (const { name } of sweep.schedules) {
    const own = rows.filter((row) => row.schedule === name);
    if (own.length === 0) continue;
    const file = join(folderOf(name), resultsFileName(id));
    await writeAtomically(file, [formatHarnessResults({ run, sweep, rows: own, taskHashes })]);
    await removeEarlier(folderOf(name), id);
  }
  await writeAtomically(join(outDir, "results.csv"), [formatCsv(rows)]);
  await writeAtomically(join(outDir, "results.md"), [formatMarkdown(summary)]);
  await writeAtomically(join(outDir, SUMMARY_FILE), [formatSummary(summary)]);
  return summary;
}

/** Task by task, since what lines have in common is made once a task; returns the tasks' hashes. */
async function writeSamples(
  { sweep, outputs, onProgress }: WriteResultsOptions,
  folderOf: (schedule: string) => string,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const hashes: Record<string, string> = {};
  let written = 0;
  for (const sweepTask of sweep.tasks) {
    const { name } = sweepTask.task;
    const parts = isGenerated(sweepTask)
      ? generationParts(sweepTask)
      : sweepTask.documents.map((document) => sampleParts(sweepTask, document));
    hashes[name] = taskHash(parts);
    for (const schedule of sweep.schedules) {
      const file = join(folderOf(schedule.name), samplesFileName(name, id));
      const lines = isGenerated(sweepTask)
        ? generationLines(sweepTask, parts, outputs.textsOf(schedule, sweepTask))
        : sampleLines(sweepTask, parts, outputs.scoresOf(schedule, sweepTask));
      await writeAtomically(file, lines);
      onProgress?.(++written, sweep.tasks.length * sweep.schedules.length);
    }
  }
  return hashes;
}

async function removeEarlier(folder: string, id: string): Promise<void> {
  for (const fileName of await readdir(folder)) {
    if (isTemporary(fileName) || isOtherDate(fileName, id)) await rm(join(folder, fileName), { force: true });
  }
}
