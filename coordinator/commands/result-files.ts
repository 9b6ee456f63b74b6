// Result folders on their way from a coordinator to a client: read there as
// chunks, written here so that each file is whole or absent.
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { safePath } from "../../proto/safe-path.js";
import type { FileChunk } from "../../proto/sweep-words.js";
import { isTemporary } from "../results/atomic-file.js";
import { SUMMARY_FILE } from "../results/summary-file.js";
import { reportFileName } from "./report-file.js";

const readBytes = 2 ** 20;
const harnessFile = /^(?:results|samples)_.*\.jsonl?$/;

/** Every file of a folder; the summary, which speaks for all, comes last. */
export async function* readResultFiles(folder: string, signal: AbortSignal): AsyncGenerator<FileChunk> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !isTemporary(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort((a, b) => Number(a === SUMMARY_FILE) - Number(b === SUMMARY_FILE) || (a < b ? -1 : 1));
  for (const file of files) {
    const handle = await open(path.join(folder, file), "r");
    try {
      for (let read = -1; read !== 0 && !signal.aborted; ) {
        const buffer = Buffer.allocUnsafe(readBytes);
        const isFirst = read === -1;
        ({ bytesRead: read } = await handle.read(buffer, 0, readBytes));
        if (read > 0 || isFirst) yield { path: file, bytes: buffer.subarray(0, read) };
      }
    } finally {
      await handle.close();
    }
  }
}

/** A file that is being received. */
interface Arriving {
  readonly file: string;
  readonly temporary: string;
  readonly handle: FileHandle;
}

/** Writes the files under `folder`; an earlier sweep's files and report go when these are complete. */
export async function saveResultFiles(chunks: AsyncIterable<FileChunk>, folder: string): Promise<void> {
  const saved = new Set<string>();
  const arriving: Arriving[] = [];
  const finish = async (): Promise<void> => {
    for (const { file, temporary, handle } of arriving.splice(0)) {
      await handle.sync().finally(() => handle.close());
      await rename(temporary, file);
      saved.add(file);
    }
  };
  try {
    for await (const { path: name, bytes } of chunks) {
      const file = path.join(folder, ...safePath(name).split("/"));
      if (arriving[0]?.file !== file) {
        await finish();
        arriving.push(await begin(file));
      }
      await arriving[0]!.handle.writeFile(bytes);
    }
    await finish();
  } finally {
    for (const { temporary, handle } of arriving) {
      await handle.close();
      await rm(temporary, { force: true });
    }
  }
  await removeEarlier(saved);
  // A report that did not come is not left to speak for newer numbers.
  const report = path.join(folder, reportFileName);
  if (!saved.has(report)) await rm(report, { force: true });
}

async function begin(file: string): Promise<Arriving> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  const temporary = path.join(folder, `.${path.basename(file).slice(0, 200)}.${process.pid}.tmp`);
  return { file, temporary, handle: await open(temporary, "w") };
}

async function removeEarlier(saved: ReadonlySet<string>): Promise<void> {
  const folders = new Set(
    [...saved].filter((file) => harnessFile.test(path.basename(file))).map(path.dirname),
  );
  for (const folder of folders) {
    for (const name of await readdir(folder)) {
      const file = path.join(folder, name);
      if (harnessFile.test(name) && !saved.has(file)) await rm(file, { force: true });
    }
  }
}
