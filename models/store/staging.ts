// The folder an import writes into before it is renamed into place. A killed
// import leaves one behind; its name says whose it was, the next import removes it.
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

const PREFIX = ".importing-";

/** An import creates a file every few seconds; this long without one, on any machine, it is dead. */
const ABANDONED_MS = 3_600_000;

const active = new Set<string>();

export async function createStaging(storeDir: string): Promise<string> {
  await mkdir(storeDir, { recursive: true });
  // mkdtemp would make a folder that only its owner may read, and it is renamed into the store.
  const dir = join(storeDir, `${PREFIX}${hostname()}-${process.pid}-${randomBytes(6).toString("hex")}`);
  active.add(dir);
  await mkdir(dir);
  return dir;
}

export async function removeStaging(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  active.delete(dir);
}

/** Removes what killed imports left in the store. */
export async function removeAbandoned(storeDir: string): Promise<void> {
  for (const name of await readdir(storeDir)) {
    const match = /^\.importing-(.+)-(\d+)-[^-]+$/.exec(name);
    const dir = join(storeDir, name);
    if (!match || active.has(dir)) continue;
    const ownerDied = match[1] === hostname() && !isOtherProcess(Number(match[2]));
    const touchedMs = (await stat(dir).catch(() => undefined))?.mtimeMs ?? 0;
    if (ownerDied || Date.now() - touchedMs > ABANDONED_MS) await removeStaging(dir);
  }
}

/** A folder of our own process id that is not active was left by a process that had the id before us. */
function isOtherProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Makes a file's bytes, or the names in a folder, durable. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
