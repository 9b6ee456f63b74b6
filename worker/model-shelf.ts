// The models of this worker's store, found by fingerprint and checked before
// anything of them is served.
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import type { Part } from "../models/config.js";
import { partName } from "../models/config.js";
import type { Manifest } from "../models/store/manifest.js";
import { readManifest, verifyPart } from "../models/store/manifest-file.js";
import { partsOf } from "../models/store/model-layout.js";
import type { StoredModel } from "./device-messages.js";

export class ModelMissingError extends Error {
  override readonly name = "ModelMissingError";
}

export class ModelShelf {
  readonly #storeDir: string;
  #models: ReadonlyMap<string, StoredModel> = new Map();
  /** Files whose checksum was right, by path, size and time of change. */
  readonly #verified = new Set<string>();

  constructor(storeDir: string) {
    this.#storeDir = storeDir;
  }

  /** Looks at the store anew; folders that hold no whole model are passed over. */
  async scan(): Promise<void> {
    const entries = await readdir(this.#storeDir, { withFileTypes: true }).catch(() => []);
    const models = new Map<string, StoredModel>();
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isDirectory() && !entry.isSymbolicLink()) continue;
      const dir = path.join(this.#storeDir, entry.name);
      const manifest = await readManifest(dir).catch(() => null);
      if (manifest) models.set(manifest.fingerprint, { dir, manifest });
    }
    this.#models = models;
  }

  get fingerprints(): readonly string[] {
    return [...this.#models.keys()];
  }

  /**
   * A model, these parts of which were found undamaged.
   * @throws ModelMissingError, StoreError naming the damaged file
   */
  async open(fingerprint: string, parts: readonly string[]): Promise<StoredModel> {
    if (!this.#models.has(fingerprint)) await this.scan();
    const model = this.#models.get(fingerprint);
    if (!model) {
      const held = this.fingerprints.map((each) => each.slice(0, 12)).join(", ") || "none";
      throw new ModelMissingError(
        `the store ${this.#storeDir} has no model ${fingerprint.slice(0, 12)} (it has ${held}); import it there`,
      );
    }
    for (const part of withTiedEmbedding(model.manifest, parts)) await this.#verify(model, part);
    return model;
  }

  async #verify({ dir, manifest }: StoredModel, part: Part): Promise<void> {
    const files = manifest.parts.find((each) => each.part === partName(part));
    const stored = [files?.graph, files?.weights].filter((file) => file !== undefined);
    const marks = await Promise.all(
      stored.map(async ({ file }) => {
        const found = await stat(path.join(dir, file), { bigint: true }).catch(() => null);
        return `${path.join(dir, file)} ${found?.size} ${found?.mtimeNs}`;
      }),
    );
    if (marks.every((mark) => this.#verified.has(mark))) return;
    await verifyPart(dir, manifest, part);
    for (const mark of marks) this.#verified.add(mark);
  }
}

/** A tied head reads the embedding's file. */
function withTiedEmbedding({ config }: Manifest, names: readonly string[]): readonly Part[] {
  const wanted = partsOf(config).filter((part) => names.includes(partName(part)));
  return config.tiedEmbeddings && wanted.includes("head") && !wanted.includes("embed")
    ? ["embed", ...wanted]
    : wanted;
}
