// The report in a results folder: drawn from the files there, in this thread or, at the end of a
// sweep, in one of its own, so that a coordinator goes on hearing its workers.
import { rm } from "node:fs/promises";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { writeAtomically } from "../results/atomic-file.js";
import { readSimilarity } from "../results/similarity-file.js";
import { readSummary } from "../results/summary-file.js";

export const reportFileName = "report.html";

export async function writeReport(
  dir: string,
  file: string,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const [summary, similarity] = [await readSummary(dir), await readSimilarity(dir)];
  const { drawReport } = await import("../results/report/draw-report.js");
  await writeAtomically(file, [await drawReport(summary, similarity, onProgress)]);
}

/**
 * Writes report.html from the summary that lies in the folder. Never throws: a sweep's results stand without
 * it; what went wrong is returned, and no older report is left beside newer numbers. null: it is written.
 */
export async function tryWriteReport(dir: string): Promise<string | null> {
  const file = path.join(dir, reportFileName);
  try {
    await new Promise<void>((resolve, reject) => {
      const thread = new Worker(new URL("./report-thread.js", import.meta.url), {
        workerData: { dir, file },
      });
      thread.once("error", reject);
      thread.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}`))));
    });
    return null;
  } catch (error) {
    await removeReport(dir);
    const reason = error instanceof Error ? error.message : String(error);
    return `the results are complete, but ${reportFileName} could not be drawn (${reason}); try \`painters report ${dir}\``;
  }
}

/** No older report stays beside newer numbers. Never throws. */
export async function removeReport(dir: string): Promise<null> {
  await rm(path.join(dir, reportFileName), { force: true }).catch(() => {});
  return null;
}
