// Checkpoint folder -> model in the store. The model is written beside its
// place and renamed into it whole, so a folder with a manifest is always complete.
import { realpath, statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import { architectureNamed } from "../architectures/registry.js";
import { type Checkpoint, openCheckpoint, readConfigJson, statSources } from "../checkpoint/checkpoint.js";
import { CheckpointError } from "../checkpoint/checkpoint-error.js";
import { loadTokenizer } from "../tokenizer.js";
import { canonicalJson } from "./canonical-json.js";
import { type ImportPlan, planImport } from "./import-plan.js";
import { findImport, recordImport, sameSources } from "./import-record.js";
import type { Manifest } from "./manifest.js";
import { checkFiles, isCurrent, readManifest } from "./manifest-file.js";
import { storedTensors } from "./model-layout.js";
import { placeModel } from "./place-model.js";
import { createStaging, removeAbandoned, removeStaging } from "./staging.js";
import { StoreError } from "./store-error.js";
import { type OnProgress, writeModel } from "./write-model.js";

export interface StoredModel {
  readonly manifest: Manifest;
  readonly dir: string;
}

export interface ImportOptions {
  readonly onProgress?: OnProgress;
}

/**
 * Imports the checkpoint, unless the store holds it already and none of its files has changed.
 * @throws CheckpointError, SafetensorsError, UnsupportedConfigError, StoreError
 */
export async function importCheckpoint(
  checkpointDir: string,
  storeDir: string,
  { onProgress = () => undefined }: ImportOptions = {},
): Promise<StoredModel> {
  const known = await findCurrentImport(checkpointDir, storeDir);
  if (known) return known;
  const checkpoint = await openCheckpoint(checkpointDir);
  const plan = planImport(checkpoint);
  // A tokenizer that cannot be used shows now and by the user's own file, not after gigabytes of weights.
  loadTokenizer(checkpointDir);
  try {
    const model = await writeAndPlace(checkpoint, storeDir, { plan, onProgress });
    await recordImport(storeDir, {
      checkpoint: await realpath(checkpointDir),
      sources: checkpoint.sources,
      folder: basename(model.dir),
    });
    return model;
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new StoreError(storeDir, `the import failed: ${error.message}`, { cause: error });
  }
}

/** What the store remembers of the checkpoint, if it is what an import would give today. */
async function findCurrentImport(checkpointDir: string, storeDir: string): Promise<StoredModel | undefined> {
  const sources = await statSources(checkpointDir);
  const folder = await findImport(storeDir, await realpath(checkpointDir), sources);
  if (folder === undefined) return undefined;
  const dir = join(storeDir, folder);
  try {
    const manifest = await readManifest(dir);
    await checkFiles(dir, manifest);
    const json = await readConfigJson(checkpointDir);
    const architecture = architectureNamed(json);
    const read = architecture.readConfig(json);
    const stored = storedTensors(manifest.config);
    const config = architecture.completeConfig?.(read, (name) => stored.has(name)) ?? read;
    const same = canonicalJson(config) === canonicalJson(manifest.config) && isCurrent(manifest);
    return same ? { manifest, dir } : undefined;
  } catch {
    return undefined; // removed or damaged since: the import says what else is wrong
  }
}

async function writeAndPlace(
  checkpoint: Checkpoint,
  storeDir: string,
  { plan, onProgress }: { readonly plan: ImportPlan; readonly onProgress: OnProgress },
): Promise<StoredModel> {
  const staging = await createStaging(storeDir);
  try {
    await removeAbandoned(storeDir);
    await checkSpace(storeDir, plan.weightBytes);
    const manifest = await writeModel(staging, checkpoint, { plan, onProgress });
    if (!sameSources(await statSources(checkpoint.dir), checkpoint.sources)) {
      throw new CheckpointError(checkpoint.dir, "changed while it was being imported; import it again");
    }
    return { manifest, dir: await placeModel(staging, storeDir, manifest) };
  } finally {
    await removeStaging(staging);
  }
}

async function checkSpace(storeDir: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(storeDir);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new StoreError(
    storeDir,
    `the model needs ${gigabytes(neededBytes)} as float32, ${gigabytes(freeBytes)} are free; free some or use another store`,
  );
}
