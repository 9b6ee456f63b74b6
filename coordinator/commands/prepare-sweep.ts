// Everything a sweep needs before anything runs: the model, its schedules as one
// graph, and the tasks' documents as token rows. Mistakes show here.
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { demo } from "../../models/demo/demo.js";
import type { Manifest } from "../../models/store/manifest.js";
import { isEncoderFolder } from "../../models/store/model-kind.js";
import { openModel } from "../../models/store/open-model.js";
import type { TokenRow } from "../../models/token-row.js";
import { loadTokenizer } from "../../models/tokenizer.js";
import { buildGraph } from "../graph/build-graph.js";
import type { SweepGraph } from "../graph/sweep-graph.js";
import { type DocumentKey, documentKey } from "../results/document-key.js";
import { gridSchedules } from "../schedule/grids.js";
import { parseNamed } from "../schedule/parse-named.js";
import type { NamedSchedule } from "../schedule/schedule.js";
import { canonicalText } from "../schedule/simplify.js";
import { type LoadedTask, loadTask } from "../suites/load-task.js";
import { defaultTasks, findTasks } from "../suites/registry.js";
import {
  chooseDocumentSchedules,
  type DocumentScheduleFile,
  type DocumentSchedules,
  readDocumentSchedules,
} from "./document-schedules.js";
import { type StartProgress, startProgress } from "./progress.js";
import { encoderTasks, rowMaker } from "./row-maker.js";
import { type SweepOptions, SweepOptionsError } from "./sweep-options.js";

/** Where a sweep's model and tasks are read from. */
export interface SweepInputs {
  /** A checkpoint's folder, or a model of a store. */
  readonly checkpoint: string;
  readonly dataDir: string;
  /** Of a sweep that gives every document a schedule of its own. */
  readonly documentSchedules?: DocumentScheduleFile;
}

export type PrepareOptions = Pick<
  SweepOptions,
  "tasks" | "num-fewshot" | "limit" | "harness" | "store" | "grid" | "schedule"
>;

export interface PrepareSettings {
  readonly startProgress?: StartProgress;
  readonly signal?: AbortSignal;
}

/** Tokenising gives way to whatever else this process does, such as hearing workers. */
const longestTurnMs = 50;

export interface PreparedSweep {
  readonly modelDir: string;
  readonly manifest: Manifest;
  /** Those that all documents are scored under. */
  readonly schedules: readonly SweepSchedule[];
  /** Those that each only some documents are scored under. */
  readonly documentSchedules: DocumentSchedules | null;
  /** Its heads are in the order of `schedules`, then of the documents' schedules: graphSchedules(). */
  readonly graph: SweepGraph;
  readonly tasks: readonly PreparedTask[];
}

export interface SweepSchedule extends NamedSchedule {
  /** What records know it by. */
  readonly canonical: string;
}

/** In the order of the graph's heads. */
export function graphSchedules({
  schedules,
  documentSchedules,
}: Pick<PreparedSweep, "schedules" | "documentSchedules">): readonly SweepSchedule[] {
  return [...schedules, ...(documentSchedules?.schedules ?? [])];
}

export interface PreparedTask extends LoadedTask {
  /** Of every document, what the model sees of it and what its records are found by. */
  readonly rows: readonly (readonly TokenRow[])[];
  readonly keys: readonly DocumentKey[];
}

export async function prepareSweep(
  options: PrepareOptions,
  { checkpoint, dataDir, documentSchedules: file }: SweepInputs,
  { startProgress: start = startProgress, signal }: PrepareSettings = {},
): Promise<PreparedSweep> {
  const tasks = (await isEncoderFolder(checkpoint))
    ? await encoderTasks(options.tasks)
    : await findTasks(options.tasks ?? (await defaultTasks()));
  const loaded: LoadedTask[] = [];
  for (const task of tasks) {
    loaded.push(
      await loadTask(task, {
        dataDir,
        shots: options["num-fewshot"] ?? null,
        limit: options.limit ?? null,
        harness: options.harness,
      }),
    );
  }
  signal?.throwIfAborted();
  const importing = start("importing", 100, "%");
  const { dir: modelDir, manifest } = await openModel(checkpoint, options.store, {
    onProgress: (done, total) => importing.update(Math.floor((100 * done) / total)),
  }).finally(() => importing.stop());
  const { layerCount } = manifest.config;
  const schedules = chooseSchedules(options, layerCount, file !== undefined);
  const documentSchedules = file ? await chooseDocumentSchedules(file, loaded, layerCount) : null;
  const rowsOf = rowMaker(manifest, loadTokenizer(modelDir), options.harness);
  const progress = start(
    "tokenising",
    loaded.reduce((n, task) => n + task.effective, 0),
    "documents",
  );
  let tokenised = 0;
  let turnEndsMs = performance.now() + longestTurnMs;
  const preparedTasks: PreparedTask[] = [];
  for (const task of loaded) {
    const rows: (readonly TokenRow[])[] = [];
    const documentRows = rowsOf(task.task);
    for (const document of task.documents) {
      progress.update(++tokenised);
      rows.push(documentRows(document));
      if (performance.now() < turnEndsMs) continue;
      await nextTurn();
      signal?.throwIfAborted();
      turnEndsMs = performance.now() + longestTurnMs;
    }
    preparedTasks.push({ ...task, rows, keys: rows.map(documentKey) });
  }
  progress.stop();
  const all = graphSchedules({ schedules, documentSchedules });
  const graph = buildGraph(all.map(({ schedule }) => schedule));
  return { modelDir, manifest, schedules, documentSchedules, graph, tasks: preparedTasks };
}

/** Of a sweep on this machine: paths as the user gave them. */
export async function localInputs(
  options: Pick<SweepOptions, "model" | "data" | "document-schedules">,
): Promise<SweepInputs> {
  const file = options["document-schedules"];
  const extra = file === undefined ? {} : { documentSchedules: await readDocumentSchedules(file) };
  if (options.model === "demo") {
    return { checkpoint: demo.checkpointDir, dataDir: options.data ?? demo.dataDir, ...extra };
  }
  if (options.data === undefined) {
    throw new SweepOptionsError(
      "--data is missing: name the folder with the tasks' files (only the demo brings its own)",
    );
  }
  return { checkpoint: path.resolve(options.model), dataDir: options.data, ...extra };
}

function chooseSchedules(
  options: PrepareOptions,
  layerCount: number,
  hasOthers: boolean,
): readonly SweepSchedule[] {
  const grid = options.grid ?? (options.schedule.length === 0 && !hasOthers ? "main" : undefined);
  const chosen = [
    ...(grid === undefined ? [] : gridSchedules(grid, layerCount)),
    ...options.schedule.map((text) => parseNamed(text, layerCount)),
  ];
  const byName = new Map(chosen.map((schedule) => [schedule.name, schedule]));
  return [...byName.values()].map((named) => ({ ...named, canonical: canonicalText(named.schedule) }));
}
