// Everything a sweep needs before anything runs: the model, its schedules as one
// graph, and the tasks' documents as token rows. Mistakes show here.
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { demo } from "../../models/demo/demo.js";
import { loadEosIds } from "../../models/end-of-sequence.js";
import type { Manifest } from "../../models/store/manifest.js";
import { isEncoderFolder } from "../../models/store/model-kind.js";
import { openModel } from "../../models/store/open-model.js";
import type { TokenRow } from "../../models/token-row.js";
import { loadTokenizer } from "../../models/tokenizer.js";
import { buildGraph } from "../graph/build-graph.js";
import type { SweepGraph } from "../graph/sweep-graph.js";
import { type DocumentKey, documentKey } from "../results/document-key.js";
import { generationKey } from "../results/generation-record.js";
import { gridSchedules } from "../schedule/grids.js";
import { parseNamed } from "../schedule/parse-named.js";
import type { NamedSchedule } from "../schedule/schedule.js";
import { canonicalText } from "../schedule/simplify.js";
import { type Generation, prepareGeneration } from "../suites/generation.js";
import { isGenerationTask } from "../suites/generation-task.js";
import {
  type LoadedGenerationTask,
  type LoadedTask,
  loadGenerationTask,
  loadTask,
  loadTrainingDocuments,
} from "../suites/load-task.js";
import { defaultTasks, findAnyTasks } from "../suites/registry.js";
import type { TaskDocument } from "../suites/task.js";
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
  "tasks" | "num-fewshot" | "limit" | "harness" | "classifier" | "kv" | "store" | "grid" | "schedule"
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
  /** The same for texts, whose keys and values may be the mean of a merge's layers. */
  readonly generationGraph: SweepGraph;
  readonly tasks: readonly PreparedTask[];
  /** Tasks whose documents are answered by text that the model writes. */
  readonly generating: readonly PreparedGenerationTask[];
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

export interface PreparedGenerationTask extends LoadedGenerationTask {
  /** Of every document, how it is continued and what its records are found by. */
  readonly generations: readonly Generation[];
  readonly keys: readonly DocumentKey[];
}

export async function prepareSweep(
  options: PrepareOptions,
  { checkpoint, dataDir, documentSchedules: file }: SweepInputs,
  { startProgress: start = startProgress, signal }: PrepareSettings = {},
): Promise<PreparedSweep> {
  const { classifier, harness, kv, limit = null } = options;
  const isEncoder = await isEncoderFolder(checkpoint);
  if (classifier === "frozen" && !isEncoder) {
    throw new SweepOptionsError(`--classifier frozen is for encoders (BERT), which ${checkpoint} is not`);
  }
  if (classifier === "frozen" && file) {
    throw new SweepOptionsError(
      "--document-schedules: --classifier frozen trains a classifier under each schedule for all documents; leave one out",
    );
  }
  const tasks = isEncoder
    ? await encoderTasks(options.tasks, classifier)
    : await findAnyTasks(options.tasks ?? (await defaultTasks()));
  if (kv === "paper" && !tasks.some(isGenerationTask)) {
    throw new SweepOptionsError(
      "--kv paper is for tasks that have the model write text, and none of the sweep's does " +
        `(${tasks.map(({ name }) => name).join(", ")}): name one in --tasks, such as gsm8k, or leave --kv out`,
    );
  }
  const loading = { dataDir, shots: options["num-fewshot"] ?? null, limit, harness };
  const loaded: (LoadedTask & { readonly training: readonly TaskDocument[] })[] = [];
  const generating: LoadedGenerationTask[] = [];
  for (const task of tasks) {
    if (isGenerationTask(task)) {
      generating.push(await loadGenerationTask(task, loading));
      continue;
    }
    const training = classifier === "frozen" ? await loadTrainingDocuments(task, dataDir) : [];
    loaded.push({ ...(await loadTask(task, loading)), training });
  }
  if (file && generating.length > 0) {
    throw new SweepOptionsError(
      `--document-schedules: ${generating[0]!.task.name} has the model write text, which it does under one schedule for all documents`,
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
  const tokenizer = loadTokenizer(modelDir);
  const rowsOf = rowMaker(manifest, tokenizer, options);
  const progress = start(
    "tokenising",
    loaded.reduce((n, task) => n + task.effective + task.training.length, 0) +
      generating.reduce((n, task) => n + task.effective, 0),
    "documents",
  );
  let tokenised = 0;
  let turnEndsMs = performance.now() + longestTurnMs;
  const giveWay = async (): Promise<void> => {
    progress.update(++tokenised);
    if (performance.now() < turnEndsMs) return;
    await nextTurn();
    signal?.throwIfAborted();
    turnEndsMs = performance.now() + longestTurnMs;
  };
  const preparedTasks: PreparedTask[] = [];
  for (const { training, ...task } of loaded) {
    const rows: (readonly TokenRow[])[] = [];
    const documentRows = rowsOf(task.task);
    for (const document of [...task.documents, ...training]) {
      rows.push(documentRows(document));
      await giveWay();
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
  const { maxPositions: maxLength } = manifest.config;
  const preparedGenerating: PreparedGenerationTask[] = [];
  for (const task of generating) {
    const eosIds = loadEosIds(modelDir);
    const generations: Generation[] = [];
    for (const { request } of task.documents) {
      generations.push(prepareGeneration(request, tokenizer, { harness, maxLength, eosIds }));
      await giveWay();
    }
    const keys = generations.map((generation) => generationKey(generation, kv));
    preparedGenerating.push({ ...task, generations, keys });
  }
  progress.stop();
  const all = graphSchedules({ schedules, documentSchedules });
  const written = all.map(({ schedule }) => schedule);
  const graph = buildGraph(written);
  return {
    modelDir,
    manifest,
    schedules,
    documentSchedules,
    graph,
    generationGraph: kv === "own" ? graph : buildGraph(written, kv),
    tasks: preparedTasks,
    generating: preparedGenerating,
  };
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
