// Finds tasks by name: every file of the compiled tasks/ folder is one, so a
// new task is one new file and no other edit.
import { readdir } from "node:fs/promises";
import { type AnyTask, isGenerationTask } from "./generation-task.js";
import { type ModelKind, modelKindOf, type Task } from "./task.js";

export class UnknownTaskError extends Error {
  override readonly name = "UnknownTaskError";
  readonly exitCode = 2;
  constructor(
    readonly task: string,
    readonly known: readonly string[],
  ) {
    const near = nearest(task, known);
    super(
      `there is no task ${JSON.stringify(task)}${near ? `; did you mean ${near}?` : "."} Tasks: ${known.join(", ")}`,
    );
  }
}

/** The task is there, but asks what a model of this kind cannot tell. */
export class TaskKindError extends Error {
  override readonly name = "TaskKindError";
  readonly exitCode = 2;
  constructor(
    readonly task: string,
    kind: ModelKind,
    readonly known: readonly string[],
  ) {
    const problem = {
      decoder: "is for encoders with a classifier, and the model is a decoder",
      encoder: "scores tokens, and the model is an encoder, which predicts none",
    };
    super(`task ${task} ${problem[kind]}. Tasks for ${kind}s: ${known.join(", ")}`);
  }
}

/** The task is there, but whoever asks needs documents that are scored. */
export class GeneratingTaskError extends Error {
  override readonly name = "GeneratingTaskError";
  readonly exitCode = 2;
  constructor(
    readonly task: string,
    readonly known: readonly string[],
  ) {
    super(
      `task ${task} has the model write text, and here only tasks are of use whose texts are given: ${known.join(", ")}`,
    );
  }
}

/** The tasks for models of a kind whose documents are scored, by name, in alphabetical order. */
export async function loadTasks(kind: ModelKind = "decoder"): Promise<ReadonlyMap<string, Task>> {
  const scored = [...(await loadAnyTasks(kind)).values()].filter((task) => !isGenerationTask(task));
  return new Map(scored.map((task) => [task.name, task]));
}

/** All tasks for models of a kind by name, in alphabetical order. */
export async function loadAnyTasks(kind: ModelKind = "decoder"): Promise<ReadonlyMap<string, AnyTask>> {
  const folder = new URL("./tasks/", import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".js"));
  const modules: { readonly tasks?: readonly AnyTask[] }[] = await Promise.all(
    files.map((file) => import(new URL(file, folder).href)),
  );
  const found = modules.flatMap(({ tasks }, i) => {
    if (!Array.isArray(tasks)) throw new Error(`tasks/${files[i]} does not export \`tasks\`, a list of Task`);
    return tasks as readonly AnyTask[];
  });
  const byName = new Map<string, AnyTask>();
  const kindOf = (task: AnyTask): ModelKind => (isGenerationTask(task) ? "decoder" : modelKindOf(task));
  const ofKind = found.filter((task) => kindOf(task) === kind);
  for (const task of ofKind.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (byName.has(task.name)) throw new Error(`two files of tasks/ define a task ${task.name}`);
    byName.set(task.name, task);
  }
  return byName;
}

/** Names of the tasks that a sweep runs which names none: the paper's. */
export async function defaultTasks(): Promise<readonly string[]> {
  return [...(await loadTasks()).values()]
    .filter(({ onlyWhenNamed }) => !onlyWhenNamed)
    .map(({ name }) => name);
}

/**
/**
 * The tasks of these names for models of a kind, in the order given, each once; all of them scored.
 * @throws UnknownTaskError, TaskKindError, GeneratingTaskError
 */
export async function findTasks(
  names: readonly string[],
  kind: ModelKind = "decoder",
): Promise<readonly Task[]> {
  const found = await findAnyTasks(names, kind);
  const scored = found.filter((task) => !isGenerationTask(task));
  const generating = found.find(isGenerationTask);
  if (generating) throw new GeneratingTaskError(generating.name, [...(await loadTasks(kind)).keys()]);
  return scored;
}

/**
 * The tasks of these names for models of a kind, in the order given, each once.
 * @throws UnknownTaskError, TaskKindError
 */
export async function findAnyTasks(
  names: readonly string[],
  kind: ModelKind = "decoder",
): Promise<readonly AnyTask[]> {
  const known = await loadAnyTasks(kind);
  const others = await loadAnyTasks(kind === "decoder" ? "encoder" : "decoder");
  return [...new Set(names)].map((name) => {
    const task = known.get(name);
    if (task) return task;
    if (others.has(name)) throw new TaskKindError(name, kind, [...known.keys()]);
    throw new UnknownTaskError(name, [...known.keys()]);
  });
}

/**
 * That there are tasks of these names, for models of whatever kind.
 * @throws UnknownTaskError
 */
export async function checkTaskNames(names: readonly string[]): Promise<void> {
  const known = new Set([...(await loadAnyTasks()).keys(), ...(await loadAnyTasks("encoder")).keys()]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw new UnknownTaskError(unknown, [...known].sort());
}

/** The known name a typo away: at most a third of its letters differ, or it begins with what was typed. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const typed = name.toLowerCase().replaceAll("-", "_");
  const close = known
    .map((candidate) => ({ candidate, edits: editDistance(typed, candidate) }))
    .filter(
      ({ candidate, edits }) => edits <= Math.ceil(candidate.length / 3) || startsAlike(typed, candidate),
    )
    .sort((a, b) => a.edits - b.edits);
  return close[0]?.candidate;
}

function startsAlike(typed: string, candidate: string): boolean {
  return typed.length >= 3 && (candidate.startsWith(typed) || typed.startsWith(candidate));
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substituted, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
  }
  return row[b.length] as number;
}
