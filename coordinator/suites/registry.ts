// Finds tasks by name: every file of the compiled tasks/ folder is one, so a
// new task is one new file and no other edit.
import { readdir } from "node:fs/promises";
import { type AnyTask, isGenerationTask } from "./generation-task.js";
import type { Task } from "./task.js";

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

/** The tasks whose documents are scored by name, in alphabetical order. */
export async function loadTasks(): Promise<ReadonlyMap<string, Task>> {
  const scored = [...(await loadAnyTasks()).values()].filter((task) => !isGenerationTask(task));
  return new Map(scored.map((task) => [task.name, task]));
}

/** All tasks by name, in alphabetical order. */
export async function loadAnyTasks(): Promise<ReadonlyMap<string, AnyTask>> {
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
  for (const task of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
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
 * The tasks of these names, in the order given, each once; all of them scored.
 * @throws UnknownTaskError, GeneratingTaskError
 */
export async function findTasks(names: readonly string[]): Promise<readonly Task[]> {
  const found = await findAnyTasks(names);
  const scored = found.filter((task) => !isGenerationTask(task));
  const generating = found.find(isGenerationTask);
  if (generating) throw new GeneratingTaskError(generating.name, [...(await loadTasks()).keys()]);
  return scored;
}

/**
 * The tasks of these names, in the order given, each once.
 * @throws UnknownTaskError
 */
export async function findAnyTasks(names: readonly string[]): Promise<readonly AnyTask[]> {
  const known = await loadAnyTasks();
  return [...new Set(names)].map((name) => {
    const task = known.get(name);
    if (!task) throw new UnknownTaskError(name, [...known.keys()]);
    return task;
  });
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
