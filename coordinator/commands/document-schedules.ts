// A file that gives every document a schedule of its own (CoLa, arXiv 2507.07996):
// read, checked against the sweep's tasks, and reported as one named schedule.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { parseNamed } from "../schedule/parse-named.js";
import { ScheduleError } from "../schedule/schedule-error.js";
import { canonicalText } from "../schedule/simplify.js";
import type { LoadedTask } from "../suites/load-task.js";
import { findTasks, UnknownTaskError } from "../suites/registry.js";
import type { SweepSchedule } from "./prepare-sweep.js";

/** JSON lines, not yet read. */
export interface DocumentScheduleFile {
  /** Its name without folders: part of the schedule's name in results. */
  readonly name: string;
  readonly text: string;
}

export interface DocumentSchedules {
  /** `per_document(FILE)`: no text of a schedule or variant is this. */
  readonly name: string;
  /** Those that some document has, each once by law. */
  readonly schedules: readonly SweepSchedule[];
  /** By task: of every document within the limit, the index of its schedule. */
  readonly chosen: ReadonlyMap<string, readonly number[]>;
}

/** What is wrong in the file, and in which line. */
export class DocumentScheduleError extends Error {
  override readonly name = "DocumentScheduleError";
  readonly exitCode = 2;
}

const example = '{"task": "arc_easy", "doc_id": 0, "schedule": "0..4, 5..8"}';

const lineSchema = z.strictObject({
  task: z.string(),
  /** Row index in the task's evaluation split, as samples files have it. */
  doc_id: z.int().nonnegative(),
  schedule: z.string(),
});

export async function readDocumentSchedules(file: string): Promise<DocumentScheduleFile> {
  try {
    return { name: path.basename(file), text: await readFile(file, "utf8") };
  } catch (error) {
    throw new DocumentScheduleError(
      `--document-schedules ${file} cannot be read: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * The schedule of every document of `tasks`. Lines of other tasks, and of documents past the limit, are checked and
 * left out, so one file serves smaller sweeps too.
 * @throws DocumentScheduleError naming file and line
 */
export async function chooseDocumentSchedules(
  { name, text }: DocumentScheduleFile,
  tasks: readonly LoadedTask[],
  layerCount: number,
): Promise<DocumentSchedules> {
  const schedules: SweepSchedule[] = [];
  const indexOf = new Map<string, number>();
  /** By the text as written: most files repeat few. */
  const known = new Map<string, number>();
  const lineOf = new Map<string, number>();
  const byTask = new Map(tasks.map((loaded) => [loaded.task.name, loaded]));
  const chosen = new Map(tasks.map(({ task }) => [task.name, [] as (number | undefined)[]]));
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const fail = (problem: string): DocumentScheduleError =>
      new DocumentScheduleError(`${name}:${i + 1}: ${problem}`);
    const { task, doc_id: document, schedule } = parseLine(line, fail);
    const index = known.get(schedule) ?? add(parseSchedule(schedule, layerCount, fail));
    known.set(schedule, index);
    const place = `document ${document} of ${task}`;
    const before = lineOf.get(place);
    if (before !== undefined) throw fail(`${place} has its schedule in line ${before} already`);
    lineOf.set(place, i + 1);
    const loaded = byTask.get(task);
    if (loaded === undefined) {
      await requireTask(task, fail);
      continue;
    }
    if (document >= loaded.original) {
      throw fail(`${place} is outside 0..${loaded.original}: the task has ${loaded.original} documents`);
    }
    if (document < loaded.effective) chosen.get(task)![document] = index;
  }
  for (const { task, effective } of tasks) {
    const own = chosen.get(task.name)!;
    const missing = Array.from({ length: effective }, (_, document) => own[document]).indexOf(undefined);
    if (missing < 0) continue;
    throw new DocumentScheduleError(
      `${name}: no line of ${lineOf.size} gives document ${missing} of ${task.name} a schedule; ` +
        "add it, or choose documents with --tasks and --limit",
    );
  }
  return {
    name: `per_document(${name})`,
    schedules,
    chosen: chosen as ReadonlyMap<string, readonly number[]>,
  };

  function add(schedule: SweepSchedule): number {
    const index = indexOf.get(schedule.canonical) ?? schedules.push(schedule) - 1;
    indexOf.set(schedule.canonical, index);
    return index;
  }
}

type Fail = (problem: string) => DocumentScheduleError;

function parseLine(line: string, fail: Fail): z.infer<typeof lineSchema> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw fail(`is not JSON; a line is like ${example}`);
  }
  const parsed = lineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".");
  throw fail(`${field ? `${field}: ` : ""}${issue?.message}; a line is like ${example}`);
}

function parseSchedule(text: string, layerCount: number, fail: Fail): SweepSchedule {
  try {
    const named = parseNamed(text, layerCount);
    return { ...named, canonical: canonicalText(named.schedule) };
  } catch (error) {
    throw error instanceof ScheduleError ? fail(error.message) : error;
  }
}

async function requireTask(task: string, fail: Fail): Promise<void> {
  try {
    await findTasks([task]);
  } catch (error) {
    throw error instanceof UnknownTaskError ? fail(error.message) : error;
  }
}
