// The store remembers which checkpoint files became which folder, so that
// opening the same checkpoint again costs a few stat calls. Only a cache: a
// record that is lost or unreadable costs an import.
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { SourceFile } from "../checkpoint/checkpoint.js";
import { canonicalJson } from "./canonical-json.js";
import { createStaging, removeStaging } from "./staging.js";

const RECORD = "imports.json";

const recordSchema = z.object({
  formatVersion: z.literal(1),
  imports: z.array(
    z.object({
      /** Real path of the checkpoint's folder. */
      checkpoint: z.string(),
      sources: z.array(
        z.object({ file: z.string(), realPath: z.string(), bytes: z.number(), modifiedNs: z.string() }),
      ),
      /** Relative to the store. */
      folder: z.string().regex(/^[^/\\]+$/),
    }),
  ),
});

type ImportRecord = Readonly<z.infer<typeof recordSchema>["imports"][number]>;

/** The folder that the checkpoint was imported to, if none of its files has changed since. */
export async function findImport(
  storeDir: string,
  checkpoint: string,
  sources: readonly SourceFile[],
): Promise<string | undefined> {
  const records = await readRecords(storeDir);
  const record = records.find((each) => each.checkpoint === checkpoint);
  return record && sameSources(record.sources, sources) ? record.folder : undefined;
}

export function sameSources(a: readonly SourceFile[], b: readonly SourceFile[]): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** Replaces what was recorded of this checkpoint. Of two imports at once, one may be forgotten. */
export async function recordImport(
  storeDir: string,
  { checkpoint, sources, folder }: { checkpoint: string; sources: readonly SourceFile[]; folder: string },
): Promise<void> {
  const others = (await readRecords(storeDir)).filter((each) => each.checkpoint !== checkpoint);
  const record = { formatVersion: 1, imports: [...others, { checkpoint, sources, folder }] };
  const staging = await createStaging(storeDir);
  try {
    const next = join(staging, RECORD);
    await writeFile(next, `${JSON.stringify(record, null, 2)}\n`, { flush: true });
    await rename(next, join(storeDir, RECORD));
  } finally {
    await removeStaging(staging);
  }
}

async function readRecords(storeDir: string): Promise<readonly ImportRecord[]> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(storeDir, RECORD), "utf8"))).imports;
  } catch {
    return [];
  }
}
