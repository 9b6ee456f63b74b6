// The one way to a model for every command: a folder of the store, or a
// checkpoint folder, which is imported when it has not been.
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ImportOptions, importCheckpoint, type StoredModel } from "./import-checkpoint.js";
import { checkFiles, MANIFEST, readManifest } from "./manifest-file.js";
import { StoreError } from "./store-error.js";

/**
 * Opens the model in `path`.
 * @throws StoreError, CheckpointError, SafetensorsError, UnsupportedConfigError
 */
export async function openModel(
  path: string,
  storeDir: string,
  options: ImportOptions = {},
): Promise<StoredModel> {
  const found = await stat(path).catch((error: unknown) => {
    throw new StoreError(path, "does not exist; give a checkpoint folder or a model of the store", {
      cause: error,
    });
  });
  if (!found.isDirectory()) {
    throw new StoreError(path, "is a file; give the folder of a checkpoint or of a model in the store");
  }
  if (await exists(join(path, MANIFEST))) {
    const manifest = await readManifest(path);
    await checkFiles(path, manifest);
    return { manifest, dir: path };
  }
  if (await exists(join(path, "config.json"))) return await importCheckpoint(path, storeDir, options);
  throw new StoreError(
    path,
    `has neither ${MANIFEST} (a model of the store) nor config.json (a Hugging Face checkpoint)`,
  );
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
