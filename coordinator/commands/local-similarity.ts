// A similarity run on this machine, from the options to the files.
import { access, constants, mkdir } from "node:fs/promises";
import path from "node:path";
import { numericsId } from "../../models/runtime/numerics.js";
import { ResultsWriteError, writeAtomically } from "../results/atomic-file.js";
import {
  formatSimilarityCsv,
  formatSimilarityStatesCsv,
  similarityCsvName,
  similarityStatesCsvName,
} from "../results/similarity-csv.js";
import { formatSimilarity, type Similarity, similarityFileName } from "../results/similarity-file.js";
import { formatHeatMap } from "../results/similarity-table.js";
import { CaptureFile, captureFileName } from "./capture-file.js";
import { capturedTensors, captureMetadata } from "./capture-tensors.js";
import { commandLine } from "./command-line.js";
import { computeLocally } from "./compute-locally.js";
import { type Measured, measureSimilarity } from "./measure-similarity.js";
import {
  type PreparedSimilarity,
  parseCapture,
  prepareSimilarity,
  SimilarityOptionsError,
} from "./prepare-similarity.js";
import { localInputs } from "./prepare-sweep.js";
import { readSweepOptions, type SweepOptions } from "./sweep-options.js";
import { InterruptedError, untilInterrupted } from "./until-interrupted.js";
import { paintersVersion } from "./version.js";

/** Documents were given up: an average over the others would be another number. */
export class SimilarityFailedError extends Error {
  override readonly name = "SimilarityFailedError";
  readonly exitCode = 1;
}

/** Heat maps on a terminal; the files have all. */
const shownSchedules = 4;

export interface SimilarityFlags {
  readonly task: string | undefined;
  readonly limit: string | undefined;
  readonly schedule: readonly string[] | undefined;
  readonly capture: readonly string[] | undefined;
}

export async function measureLocally(
  argv: Readonly<Record<string, unknown>> & SimilarityFlags,
): Promise<void> {
  const startedAt = new Date();
  const options = await readSweepOptions({
    ...argv,
    tasks: argv.task ?? "lambada_openai",
    limit: argv.limit ?? "100",
    schedule: argv.schedule ?? ["baseline"],
  });
  const captured = parseCapture(argv.capture ?? []);
  await requireFolder(options.out);
  const prepared = await prepareSimilarity(options, captured, await localInputs(options));
  const { manifest, schedules, documents, task, graph } = prepared;
  const say = (line: string): void => void (options.json || process.stdout.write(`${line}\n`));
  const visits = graph.visits.filter(({ kind }) => kind === "layer").length;
  say(
    `${manifest.name}: ${schedules.length} ${schedules.length === 1 ? "schedule" : "schedules"} (${visits} layer visits a document, shared) x ` +
      `${documents.length} documents of ${task}`,
  );
  const capture =
    captured.length === 0
      ? null
      : new CaptureFile(options.out, capturedTensors(prepared), captureMetadata(prepared));
  let measured: readonly Similarity["schedules"][number][];
  try {
    measured = await measure(prepared, capture, options, say);
    capture?.finish();
  } catch (error) {
    capture?.discard();
    throw error;
  }
  const similarity: Similarity = {
    formatVersion: 1,
    run: {
      paintersVersion: paintersVersion(),
      command: commandLine(),
      startedAt: startedAt.toISOString(),
      wallTimeMs: Date.now() - startedAt.getTime(),
      model: {
        name: manifest.name,
        fingerprint: manifest.fingerprint,
        layerCount: manifest.config.layerCount,
      },
      numericsId: numericsId(),
      harness: options.harness,
      task,
      documents: documents.length,
    },
    schedules: measured,
  };
  await writeFiles(similarity, options.out);
  if (options.json) process.stdout.write(formatSimilarity(similarity));
  else show(similarity, options.out, capture);
}

async function measure(
  prepared: PreparedSimilarity,
  capture: CaptureFile | null,
  options: SweepOptions,
  say: (line: string) => void,
): Promise<readonly Similarity["schedules"][number][]> {
  const found: Measured = await untilInterrupted((signal) =>
    computeLocally(
      { modelDir: prepared.modelDir, options, numericsId: numericsId(), unit: "probes", say },
      (settings, until) => measureSimilarity(prepared, capture, options, settings, until),
      signal,
    ),
  );
  if (found.outcome === "cancelled") {
    throw new InterruptedError("interrupted; nothing was written, run the same command again");
  }
  if (found.schedules === null) {
    throw new SimilarityFailedError(
      `${found.failed.size} documents could not be measured, nothing was written; first: ${[...found.failed.values()][0]}; ` +
        "all states of a document are held at once to be compared: raise --state-memory-mb if it is memory that lacks",
    );
  }
  return found.schedules;
}

/** Before anything is computed. */
async function requireFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new SimilarityOptionsError(`--out ${folder} cannot be written to: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function writeFiles(similarity: Similarity, folder: string): Promise<void> {
  try {
    await writeAtomically(path.join(folder, similarityCsvName), [formatSimilarityCsv(similarity)]);
    await writeAtomically(path.join(folder, similarityStatesCsvName), [
      formatSimilarityStatesCsv(similarity),
    ]);
    await writeAtomically(path.join(folder, similarityFileName), [formatSimilarity(similarity)]);
  } catch (error) {
    if (!(error instanceof ResultsWriteError)) throw error;
    // Its own words speak of a ledger.
    throw new SimilarityFailedError(
      `cannot write ${error.file}: ${String(error.cause)}; make room or name another folder with --out`,
      { cause: error },
    );
  }
}

function show({ schedules }: Similarity, folder: string, capture: CaptureFile | null): void {
  const width = process.stdout.columns || 100;
  const maps = schedules.slice(0, shownSchedules).map((schedule) => formatHeatMap(schedule, width));
  const more = schedules.length - maps.length;
  const states = capture ? `, ${captureFileName} (${(capture.bytes / 2 ** 20).toFixed(1)} MiB)` : "";
  process.stdout.write(
    `\n${maps.join("\n")}\n${more > 0 ? `${more} more schedules are in the files.\n` : ""}` +
      `Written to ${folder}: ${similarityFileName}, ${similarityCsvName}, ${similarityStatesCsvName}${states}\n`,
  );
}
