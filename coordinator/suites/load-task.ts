// From a task and the user's data folder to documents ready to be tokenised:
// the whole path files -> rows -> shots -> requests.
import { findSplitFiles } from "./data-files.js";
import { DataFileError, readSplitRows, type SplitRows } from "./data-rows.js";
import { FewshotSampler, fewshotBlock } from "./fewshot.js";
import type { GenerationDocument, GenerationTask } from "./generation-task.js";
import { type Columns, type Harness, RowError, type Split, type Task, type TaskDocument } from "./task.js";

export interface LoadTaskOptions {
  readonly dataDir: string;
  /** null: the task's own number. */
  readonly shots: number | null;
  /** The first N documents, or with 0 < N < 1 that part of them, rounded up. null: all. */
  readonly limit: number | null;
  readonly harness: Harness;
}

/** What reading documents needs of a task, whatever they become. */
export interface LoadableTask<Document>
  extends Omit<Task, "outputType" | "metrics" | "document" | "score" | "at262f879"> {
  document(docId: number, row: Columns, fewshotBlock: string): Document;
  readonly at262f879?: Pick<LoadableTask<Document>, "version" | "fewshotText" | "document">;
}

export interface LoadedTask<AsTask = Task, Document = TaskDocument> {
  readonly task: AsTask;
  readonly documents: readonly Document[];
  readonly shots: number;
  /** Documents in the evaluation split. */
  readonly original: number;
  /** Documents within the limit. */
  readonly effective: number;
}

export class TaskOptionError extends Error {
  override readonly name = "TaskOptionError";
  readonly exitCode = 2;
}

export type LoadedGenerationTask = LoadedTask<GenerationTask, GenerationDocument>;

/** Documents are in file order, never shuffled. */
export async function loadTask(today: Task, options: LoadTaskOptions): Promise<LoadedTask> {
  return load<Task, TaskDocument>(today, options);
}

/** The same of a task that generates. */
export async function loadGenerationTask(
  today: GenerationTask,
  options: LoadTaskOptions,
): Promise<LoadedGenerationTask> {
  return load<GenerationTask, GenerationDocument>(today, options);
}

async function load<AsTask extends LoadableTask<Document>, Document>(
  today: AsTask,
  options: LoadTaskOptions,
): Promise<LoadedTask<AsTask, Document>> {
  const { dataDir, limit, harness } = options;
  const task = harness === "262f879" ? { ...today, ...today.at262f879 } : today;
  const shots = options.shots ?? task.defaultShots ?? 0;
  if (!Number.isInteger(shots) || shots < 0) {
    throw new TaskOptionError(`${shots} shots: give a whole number, 0 or more`);
  }
  if (limit !== null && !(limit > 0 && (limit < 1 || Number.isInteger(limit)))) {
    throw new TaskOptionError(`limit ${limit}: give a number of documents, or a fraction between 0 and 1`);
  }
  if (shots > 0 && !task.fewshotText) {
    throw new TaskOptionError(`${shots} shots: ${task.name} of an encoder has no prompts; leave them out`);
  }
  const { evaluationSplit, fewshotSplit, drawsOneMore } = task.dataset;
  const split = await readSplit(task, dataDir, evaluationSplit);
  // Zero shots need no training file.
  const pool =
    shots === 0
      ? undefined
      : fewshotSplit === evaluationSplit
        ? split
        : await readSplit(task, dataDir, fewshotSplit);
  const sampler = new FewshotSampler(pool?.rows ?? [], { shots, drawsOneMore, harness });
  const poolRows = new Map(pool?.rows.map((row, i) => [row, i]));

  const original = split.rows.length;
  const effective =
    limit === null ? original : Math.min(original, limit < 1 ? Math.ceil(original * limit) : limit);
  const documents = split.rows.slice(0, effective).map((row, docId) => {
    const examples = sampler
      .draw(row)
      .map((example) =>
        atRow(pool, poolRows.get(example), () => task.fewshotText!(processed(task, example))),
      );
    return atRow(split, docId, () => task.document(docId, processed(task, row), fewshotBlock(examples)));
  });
  return { task, documents, shots, original, effective };
}

/** All documents of the task's training split, in file order: what a classifier is trained on. */
export async function loadTrainingDocuments(task: Task, dataDir: string): Promise<readonly TaskDocument[]> {
  const split = await readSplit(task, dataDir, "train");
  return split.rows.map((row, docId) =>
    atRow(split, docId, () => task.document(docId, processed(task, row), "")),
  );
}

async function readSplit(task: LoadableTask<unknown>, dataDir: string, split: Split): Promise<SplitRows> {
  const files = await findSplitFiles({ dataDir, task: task.name, dataset: task.dataset, split });
  return readSplitRows(files, task.columns, task.dataset.original);
}

function processed(task: LoadableTask<unknown>, row: Columns): Columns {
  return task.processRow ? task.processRow(row) : row;
}

/** Runs a task's code on a row; an error of the row's gets its place. */
function atRow<T>(split: SplitRows | undefined, row: number | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RowError) || !split || row === undefined) throw error;
    throw new DataFileError(split.place(row), error.message, { cause: error });
  }
}
