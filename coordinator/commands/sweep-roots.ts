// What the names in a client's sweep stand for on the coordinator's machine: folders
// under its roots, and nothing else.
import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { demo } from "../../models/demo/demo.js";
import { safePath } from "../../proto/safe-path.js";
import type { SweepInputs } from "./prepare-sweep.js";
import type { SubmittedSweep } from "./submitted-sweep.js";

export interface SweepRoots {
  /** Imported models. */
  readonly storeDir: string;
  /** Checkpoints; null: none are offered. */
  readonly modelsDir: string | null;
  /** Tasks' files; null: only the demo's. */
  readonly dataDir: string | null;
}

/** A name leaves its root, or nothing is there. */
export class SweepRootError extends Error {
  override readonly name = "SweepRootError";
  readonly exitCode = 2;
}

const listedNames = 20;

/** Throws SweepRootError. */
export async function resolveUnderRoots(
  { model, data }: Pick<SubmittedSweep, "model" | "data">,
  roots: SweepRoots,
): Promise<SweepInputs> {
  const checkpoint = await modelUnderRoots(model, roots);
  const isDemo = model === "demo" && data === undefined;
  return { checkpoint, dataDir: isDemo ? demo.dataDir : await dataUnderRoot(data, roots) };
}

/** Throws SweepRootError. */
export async function modelUnderRoots(
  model: string,
  roots: Pick<SweepRoots, "modelsDir" | "storeDir">,
): Promise<string> {
  if (model === "demo") return demo.checkpointDir;
  const modelRoots = [roots.modelsDir, roots.storeDir].filter((root) => root !== null);
  for (const root of modelRoots) {
    const checkpoint = await folderUnder(root, model, "model");
    if (checkpoint !== null) return checkpoint;
  }
  const imported = (await folderNames(roots.storeDir)).filter((name) => importedNameOf(name) === model);
  const only = imported.length === 1 ? await folderUnder(roots.storeDir, imported[0]!, "model") : null;
  if (only !== null) return only;
  const names = (await Promise.all(modelRoots.map(folderNames))).flat();
  throw new SweepRootError(
    `the coordinator has no model ${JSON.stringify(model)}; it has ${listed(["demo", ...names])}`,
  );
}

/** Of a folder of the store: what was imported goes by its name and the beginning of its fingerprint there. */
function importedNameOf(folder: string): string | undefined {
  return /^(.+)-[0-9a-f]{8}$/.exec(folder)?.[1];
}

async function dataUnderRoot(data: string | undefined, { dataDir }: SweepRoots): Promise<string> {
  if (dataDir === null) {
    throw new SweepRootError(
      "the coordinator was started without --data: it has the tasks' files of the demo only",
    );
  }
  if (data === undefined) return dataDir;
  const found = await folderUnder(dataDir, data, "data");
  if (found !== null) return found;
  throw new SweepRootError(
    `the coordinator has no data folder ${JSON.stringify(data)}; it has ${listed(await folderNames(dataDir))}`,
  );
}

/** Its path without symbolic links; null: there is no such folder. */
async function folderUnder(root: string, name: string, what: "model" | "data"): Promise<string | null> {
  const refused = (why: string): SweepRootError =>
    new SweepRootError(
      `the ${what} ${JSON.stringify(name)} is refused: ${why}; name a folder under the coordinator's --${what === "data" ? "data" : "models or --store"}`,
    );
  try {
    safePath(name);
  } catch {
    throw refused("it must be a relative path without '..'");
  }
  const realRoot = await realpath(root).catch(() => null);
  const found = await realpath(path.join(root, name)).catch(() => null);
  if (realRoot === null || found === null || !(await stat(found)).isDirectory()) return null;
  if (!found.startsWith(`${realRoot}${path.sep}`)) throw refused("it is a link that leads out of its folder");
  return found;
}

async function folderNames(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .sort();
}

function listed(names: readonly string[]): string {
  const more = names.length > listedNames ? ` and ${names.length - listedNames} more` : "";
  return names.length === 0 ? "none" : `${names.slice(0, listedNames).join(", ")}${more}`;
}
