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
import { type LoadedTask, loadTask, loadTrainingDocuments } from "../suites/load-task.js";
import { defaultTasks, findTasks } from "../suites/registry.js";
import type { TaskDocument } from "../suites/task.js";
import { type StartProgress, startProgress } from "./progress.js";
import { encoderTasks, rowMaker } from "./row-maker.js";
import { type SweepOptions, SweepOptionsError } from "./sweep-options.js";

/** Where a sweep's model and tasks are read from. */
export interface SweepInputs {
  /** A checkpoint's folder, or a model of a store. */
  readonly checkpoint: string;
  readonly dataDir: string;
}

export type PrepareOptions = Pick<
  SweepOptions,
  "tasks" | "num-fewshot" | "limit" | "harness" | "classifier" | "store" | "grid" | "schedule"
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
  readonly schedules: readonly SweepSchedule[];
  /** Its heads are in the order of `schedules`. */
  readonly graph: SweepGraph;
  readonly tasks: readonly PreparedTask[];
}

export interface SweepSchedule extends NamedSchedule {
  /** What records know it by. */
  readonly canonical: string;
}

export interface PreparedTask extends LoadedTask {
  /** Of every document, what the model sees of it and what its records are found by. */
  readonly rows: readonly (readonly TokenRow[])[];
  readonly keys: readonly DocumentKey[];
  /** What a classifier is trained on under each schedule. null: the model has its own, or needs none. */
  readonly training: TrainingSet | null;
}

export interface TrainingSet extends Pick<PreparedTask, "documents" | "rows" | "keys"> {}

/** Everything to be computed: the documents evaluated and those trained on. */
export function documentSets({
  tasks,
}: Pick<PreparedSweep, "tasks">): readonly Pick<PreparedTask, "rows" | "keys">[] {
  return tasks.flatMap((task) => [task, ...(task.training ? [task.training] : [])]);
}

export async function prepareSweep(
  options: PrepareOptions,
  { checkpoint, dataDir }: SweepInputs,
  { startProgress: start = startProgress, signal }: PrepareSettings = {},
): Promise<PreparedSweep> {
  const { classifier } = options;
  const isEncoder = await isEncoderFolder(checkpoint);
  if (classifier === "frozen" && !isEncoder) {
    throw new SweepOptionsError(`--classifier frozen is for encoders (BERT), which ${checkpoint} is not`);
  }
  const tasks = isEncoder
    ? await encoderTasks(options.tasks, classifier)
    : await findTasks(options.tasks ?? (await defaultTasks()));
  const loaded: (LoadedTask & { readonly training: readonly TaskDocument[] })[] = [];
  for (const task of tasks) {
    const training = classifier === "frozen" ? await loadTrainingDocuments(task, dataDir) : [];
    const evaluated = await loadTask(task, {
      dataDir,
      shots: options["num-fewshot"] ?? null,
      limit: options.limit ?? null,
      harness: options.harness,
    });
    loaded.push({ ...evaluated, training });
  }
  signal?.throwIfAborted();
  const importing = start("importing", 100, "%");
  const { dir: modelDir, manifest } = await openModel(checkpoint, options.store, {
    onProgress: (done, total) => importing.update(Math.floor((100 * done) / total)),
  }).finally(() => importing.stop());
  const schedules = chooseSchedules(options, manifest.config.layerCount);
  const rowsOf = rowMaker(manifest, loadTokenizer(modelDir), options);
  const progress = start(
    "tokenising",
    loaded.reduce((n, task) => n + task.effective + task.training.length, 0),
    "documents",
  );
  let tokenised = 0;
  let turnEndsMs = performance.now() + longestTurnMs;
  const preparedTasks: PreparedTask[] = [];
  for (const { training, ...task } of loaded) {
    const rows: (readonly TokenRow[])[] = [];
    const documentRows = rowsOf(task.task);
    for (const document of [...task.documents, ...training]) {
      progress.update(++tokenised);
      rows.push(documentRows(document));
      if (performance.now() < turnEndsMs) continue;
      await nextTurn();
      signal?.throwIfAborted();
      turnEndsMs = performance.now() + longestTurnMs;
    }
    const keys = rows.map(documentKey);
    const own = task.documents.length;
    preparedTasks.push({
      ...task,
      rows: rows.slice(0, own),
      keys: keys.slice(0, own),
      training:
        classifier === "frozen"
          ? { documents: training, rows: rows.slice(own), keys: keys.slice(own) }
          : null,
    });
  }
  progress.stop();
  const graph = buildGraph(schedules.map(({ schedule }) => schedule));
  return { modelDir, manifest, schedules, graph, tasks: preparedTasks };
}

/** Of a sweep on this machine: paths as the user gave them. */
export async function localInputs(options: Pick<SweepOptions, "model" | "data">): Promise<SweepInputs> {
  if (options.model === "demo") {
    return { checkpoint: demo.checkpointDir, dataDir: options.data ?? demo.dataDir };
  }
  if (options.data === undefined) {
    throw new SweepOptionsError(
      "--data is missing: name the folder with the tasks' files (only the demo brings its own)",
    );
  }
  return { checkpoint: path.resolve(options.model), dataDir: options.data };
}

function chooseSchedules(options: PrepareOptions, layerCount: number): readonly SweepSchedule[] {
  const grid = options.grid ?? (options.schedule.length === 0 ? "main" : undefined);
  const chosen = [
    ...(grid === undefined ? [] : gridSchedules(grid, layerCount)),
    ...options.schedule.map((text) => parseNamed(text, layerCount)),
  ];
  const byName = new Map(chosen.map((schedule) => [schedule.name, schedule]));
  return [...byName.values()].map((named) => ({ ...named, canonical: canonicalText(named.schedule) }));
}
