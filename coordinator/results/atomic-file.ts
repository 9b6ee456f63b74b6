// Writes a file so that it is whole or absent: under a temporary name, flushed to
// the disk, then renamed over what stood there.
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A results file could not be written; the ledger is untouched. */
export class ResultsWriteError extends Error {
  override readonly name = "ResultsWriteError";
  readonly exitCode = 1;

  constructor(
    readonly file: string,
    options: { readonly cause: unknown },
  ) {
    const isFull = ["ENOSPC", "EDQUOT"].includes(systemErrorCode(options.cause) ?? "");
    const problem = isFull ? "the disk is full" : String(options.cause);
    const advice = isFull
      ? "make room, or leave out the samples (--no-samples),"
      : "name another folder (--out), or repair this one,";
    super(
      `cannot write ${file}: ${problem}; ${advice} and run the same command again: all scores are in the ledger and are not computed anew`,
      options,
    );
  }
}

/** Bytes gathered before they go to the disk. */
const BUFFER_BYTES = 1 << 20;
const TEMPORARY = /^\..*\.tmp$/;

/** Chunks are taken as the disk accepts them, so a file may be larger than memory. */
export async function writeAtomically(file: string, chunks: Iterable<string>): Promise<void> {
  const temporary = join(dirname(file), `.${basename(file).slice(0, 200)}.${process.pid}.tmp`);
  try {
    await mkdir(dirname(file), { recursive: true });
    try {
      await writeChunks(temporary, chunks);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new ResultsWriteError(file, { cause: error });
  }
}

/** Whether a file is what a killed process left of writeAtomically(). */
export function isTemporary(fileName: string): boolean {
  return TEMPORARY.test(fileName);
}

async function writeChunks(file: string, chunks: Iterable<string>): Promise<void> {
  const handle = await open(file, "w");
  try {
    let gathered: string[] = [];
    let length = 0;
    for (const chunk of chunks) {
      gathered.push(chunk);
      length += chunk.length;
      if (length < BUFFER_BYTES) continue;
      await handle.writeFile(gathered.join(""));
      gathered = [];
      length = 0;
    }
    await handle.writeFile(gathered.join(""));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** ENOSPC and its like; undefined where the error is not the system's but of whoever made the chunks. */
function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
