// Finds the files of a task's split under the user's data folder, in the shapes
// in which data sets of the hub end up on a disk. Reading them: data-rows.ts.
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Dataset, Split } from "./task.js";
import { tsvStem } from "./tsv-rows.js";

/** Nothing was found; `places` are path beginnings, each tried with every ending. */
export class DataNotFoundError extends Error {
  override readonly name = "DataNotFoundError";
  readonly exitCode = 2;
  constructor(
    readonly task: string,
    readonly split: Split,
    readonly places: readonly string[],
    endings: readonly string[],
  ) {
    super(
      `found no ${split} split of ${task}. Put its files, as published on the hub, in one of these places, ` +
        `each ending in -00000-of-00001.parquet, /0000.parquet, ${endings.join(", ")}:\n  ${places.join("\n  ")}`,
    );
  }
}

export class IncompleteDataError extends Error {
  override readonly name = "IncompleteDataError";
  readonly exitCode = 2;
  constructor(
    readonly folder: string,
    readonly missing: string,
  ) {
    super(`${folder} holds some parts of a split but not ${missing}; download it too`);
  }
}

export interface SplitOf {
  readonly dataDir: string;
  /** The task's name: a folder or file may be called by it. */
  readonly task: string;
  readonly dataset: Dataset;
  readonly split: Split;
}

/**
 * The split's files in row order: the first place that has any.
 * @throws DataNotFoundError, IncompleteDataError
 */
export async function findSplitFiles(wanted: SplitOf): Promise<readonly string[]> {
  const places = await candidatePlaces(wanted);
  const endings = [".parquet", ".jsonl", ".json", ...(wanted.dataset.original ? [".tsv"] : [])];
  const listings = new Map<string, Promise<readonly string[]>>();
  const list = (folder: string): Promise<readonly string[]> => {
    const listing = listings.get(folder) ?? listFolder(folder);
    listings.set(folder, listing);
    return listing;
  };
  for (const place of places) {
    const files = await filesAt(place, endings, list);
    if (files.length > 0) return files;
  }
  throw new DataNotFoundError(wanted.task, wanted.split, places, endings);
}

/** Path beginnings where the split may be, likeliest first: `DIR/allenai/ai2_arc/ARC-Easy/test`. */
async function candidatePlaces({ dataDir, task, dataset, split }: SplitOf): Promise<readonly string[]> {
  const { path, config } = dataset;
  const shortName = basename(path);
  const renamed = split === dataset.evaluationSplit ? dataset.fileName : undefined;
  // `ai2_arc-test.parquet` is what the hub's converter wrote until 2023.
  const stems = [split, ...(renamed ? [renamed] : []), `${shortName}-${split}`];
  const isDefault = config === null || config === "default";

  const configured = (root: string): string[] => [join(root, config ?? "default")];
  const plain = (root: string): string[] => [join(root, "data"), root];
  const own = [task, ...(dataset.folder ? [dataset.folder] : [])].map((name) => join(dataDir, name));
  const repositories = [
    join(dataDir, path),
    join(dataDir, shortName),
    ...(await hubSnapshots(join(dataDir, `datasets--${path.replace("/", "--")}`))),
  ];
  const folders = [
    ...repositories.flatMap((root) => [...configured(root), ...(isDefault ? plain(root) : [])]),
    // A folder called by the task needs no other level to tell configurations apart.
    ...own.flatMap((root) => [...configured(root), ...plain(root)]),
    // The data folder may be the repository itself, where its configuration tells which.
    ...(isDefault ? [] : configured(dataDir)),
  ];
  const { original } = dataset;
  const archives = ["", "glue_data", "glue", "GLUE"].map((archive) => join(dataDir, archive));
  const originals = original ? archives.map((root) => join(root, original.folder, tsvStem(split))) : [];
  const named = [`${task}_${split}`, `${task}-${split}`, ...(renamed ? [renamed] : [])];
  return [
    ...new Set([
      ...folders.flatMap((folder) => stems.map((stem) => join(folder, stem))),
      ...named.map((stem) => join(dataDir, stem)),
      ...originals,
    ]),
  ];
}

/** The revisions in a repository's folder of the hub's cache, that of `main` first. */
async function hubSnapshots(repository: string): Promise<readonly string[]> {
  const snapshots = join(repository, "snapshots");
  const revisions = [...(await listFolder(snapshots))].sort();
  if (revisions.length === 0) return [];
  const main = await readFile(join(repository, "refs", "main"), "utf8").catch(() => "");
  const rank = (revision: string): number => (revision === main.trim() ? 0 : 1);
  return revisions.sort((a, b) => rank(a) - rank(b)).map((revision) => join(snapshots, revision));
}

type ListFolder = (folder: string) => Promise<readonly string[]>;

async function filesAt(
  place: string,
  endings: readonly string[],
  list: ListFolder,
): Promise<readonly string[]> {
  const folder = dirname(place);
  const stem = basename(place);
  const names = await list(folder);

  const shards = names.flatMap((name) => {
    if (!name.startsWith(`${stem}-`)) return [];
    const match = /^(\d+)-of-(\d+)(-[0-9a-f]+)?\.parquet$/.exec(name.slice(stem.length + 1));
    return match ? [{ name, index: Number(match[1]), count: Number(match[2]) }] : [];
  });
  if (shards.length > 0) {
    const count = shards[0]?.count ?? 0;
    return inOrder(folder, shards, count, (i) => `${stem}-${digits(i)}-of-${digits(count)}.parquet`);
  }

  const parts = (await list(place)).flatMap((name) => {
    const match = /^(\d{4})\.parquet$/.exec(name);
    return match ? [{ name, index: Number(match[1]) }] : [];
  });
  if (parts.length > 0) {
    const count = Math.max(...parts.map((part) => part.index)) + 1;
    return inOrder(place, parts, count, (i) => `${String(i).padStart(4, "0")}.parquet`);
  }

  const single = endings.map((ending) => stem + ending).find((name) => names.includes(name));
  return single === undefined ? [] : [join(folder, single)];
}

interface Part {
  readonly name: string;
  readonly index: number;
}

function inOrder(
  folder: string,
  parts: readonly Part[],
  count: number,
  nameOf: (index: number) => string,
): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const part = parts.find(({ index }) => index === i);
    if (!part) throw new IncompleteDataError(folder, nameOf(i));
    return join(folder, part.name);
  });
}

function digits(index: number): string {
  return String(index).padStart(5, "0");
}

/** Names in a folder; none where there is no such folder. */
async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
