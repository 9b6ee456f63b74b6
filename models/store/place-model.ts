// Gives a freshly written model its place in the store: `NAME-FINGERPRINT8`,
// or, where other files already have that name, `NAME-FINGERPRINT8-2` and so on.
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "./manifest.js";
import { checkFiles, isCurrent, MANIFEST, readManifest } from "./manifest-file.js";
import { createStaging, removeStaging, sync } from "./staging.js";

/** @returns the model's folder: `staging` renamed, or one that was there and is the same */
export async function placeModel(staging: string, storeDir: string, manifest: Manifest): Promise<string> {
  const name = `${manifest.name}-${manifest.fingerprint.slice(0, 8)}`;
  for (let n = 1; ; n++) {
    const dir = join(storeDir, n === 1 ? name : `${name}-${n}`);
    const outcome = await placeAt(dir, { staging, storeDir, manifest });
    if (outcome === "placed") return dir;
  }
}

async function placeAt(
  dir: string,
  { staging, storeDir, manifest }: { staging: string; storeDir: string; manifest: Manifest },
): Promise<"placed" | "taken"> {
  if (await renameIfFree(staging, dir)) {
    await sync(storeDir);
    return "placed";
  }
  const there = await readManifest(dir).catch(() => undefined);
  if (there?.fingerprint !== manifest.fingerprint) return "taken";
  if (!(await sameTextFiles(staging, dir, manifest))) return "taken"; // the same weights, another tokenizer
  const whole = await checkFiles(dir, there).then(
    () => isCurrent(there),
    () => false,
  );
  if (whole) return "placed";
  // Damaged, or its graphs are an older version's. A kill between the renames costs an import.
  const old = await createStaging(storeDir);
  try {
    await rename(dir, join(old, "model"));
    await rename(staging, dir);
    await sync(storeDir);
  } finally {
    await removeStaging(old);
  }
  return "placed";
}

async function renameIfFree(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOTEMPTY" || code === "EEXIST" || code === "ENOTDIR") return false;
    throw error;
  }
}

/** Config, tokenizer and generation files: all that the fingerprint does not cover. */
async function sameTextFiles(a: string, b: string, { parts }: Manifest): Promise<boolean> {
  const covered = new Set([MANIFEST, ...parts.flatMap(({ graph, weights }) => [graph.file, weights?.file])]);
  const list = async (dir: string): Promise<readonly string[]> =>
    (await readdir(dir)).filter((file) => !covered.has(file)).sort();
  const [inA, inB] = [await list(a), await list(b)];
  if (inA.join("\0") !== inB.join("\0")) return false;
  for (const file of inA) {
    if (!(await readFile(join(a, file))).equals(await readFile(join(b, file)))) return false;
  }
  return true;
}
