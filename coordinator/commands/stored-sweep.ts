// A sweep as a coordinator keeps it over restarts: STATE/sweeps/ID/sweep.json. Its
// scores are in the ledger, its results in the folder beside the file.
import { mkdir, open, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { sweepStates } from "../../proto/sweep-words.js";
import { writeAtomically } from "../results/atomic-file.js";

const count = z.number().int().nonnegative();

const storedSchema = z.strictObject({
  formatVersion: z.literal(1),
  id: z.string().regex(/^sweep-[1-9]\d{0,14}$/),
  /** ISO 8601. */
  submittedAt: z.string(),
  /** As accepted; checked again when it runs. */
  options: z.record(z.string(), z.unknown()),
  state: z.enum(sweepStates),
  /** Why it failed, or what came of it. */
  message: z.string(),
  /** Of the first worker that had the model; null: none yet. */
  numericsId: z.string().nullable(),
  recorded: count,
  total: count,
});

export type StoredSweep = Readonly<z.infer<typeof storedSchema>>;

/** A file of the state folder is not what it must be. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
  readonly exitCode = 2;

  constructor(
    readonly file: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file} ${problem}; repair it, or move its folder away`, options);
  }
}

export function sweepFolder(stateDir: string, id: string): string {
  return path.join(stateDir, "sweeps", id);
}

export function resultsFolder(stateDir: string, id: string): string {
  return path.join(sweepFolder(stateDir, id), "results");
}

/** Of ids in the order in which they were given out. */
export function sweepNumber(id: string): number {
  return Number(id.slice("sweep-".length));
}

/** All sweeps of a state folder, oldest first. Throws StateFileError. */
export async function readSweeps(stateDir: string): Promise<readonly StoredSweep[]> {
  const folder = path.join(stateDir, "sweeps");
  await mkdir(folder, { recursive: true });
  const sweeps: StoredSweep[] = [];
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name, "sweep.json");
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      // Killed before the sweep was acknowledged: nobody knows of it.
      if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
      throw new StateFileError(file, `cannot be read (${error.message})`, { cause: error });
    });
    if (text !== null) sweeps.push(parseStored(text, file, name));
  }
  return sweeps.sort((a, b) => sweepNumber(a.id) - sweepNumber(b.id));
}

/** On the disk, and found there after a power cut, when it resolves. */
export async function writeSweep(stateDir: string, sweep: StoredSweep): Promise<void> {
  const folder = sweepFolder(stateDir, sweep.id);
  await writeAtomically(path.join(folder, "sweep.json"), [`${JSON.stringify(sweep, null, 2)}\n`]);
  for (const dir of [folder, path.dirname(folder)]) {
    const handle = await open(dir, "r");
    await handle.sync().finally(() => handle.close());
  }
}

function parseStored(text: string, file: string, folderName: string): StoredSweep {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new StateFileError(file, `is not JSON (${(error as Error).message})`, { cause: error });
  }
  const parsed = storedSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StateFileError(
      file,
      `is no sweep of a coordinator: ${issue?.path.join(".")} ${issue?.message}`,
    );
  }
  if (parsed.data.id !== folderName) throw new StateFileError(file, `is of ${parsed.data.id}`);
  return parsed.data;
}
