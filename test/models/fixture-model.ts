// The checkpoints that test/oracle/architectures makes, imported and loaded, with
// config.json changed where a test wants it wrong.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { importCheckpoint, type StoredModel } from "../../models/store/import-checkpoint.js";
import type { FixtureCase } from "./difference.js";

export type ConfigJson = Record<string, unknown>;

export interface Fixture<Row, Outputs> {
  readonly rows: readonly Row[];
  readonly cases: readonly FixtureCase<Outputs>[];
}

const testdata = fileURLToPath(new URL("../../../test/testdata/", import.meta.url));
const folder = await mkdtemp(path.join(os.tmpdir(), "painters-oracle-"));
after(() => rm(folder, { recursive: true }));

/** @param name such as `neox-classic`, of the family `neox` */
export async function readFixture<Row, Outputs>(name: string): Promise<Fixture<Row, Outputs>> {
  const text = await readFile(path.join(fixtureFolder(name), "expected.json"), "utf8");
  return JSON.parse(text) as Fixture<Row, Outputs>;
}

/** A checkpoint folder of its own, with a tokenizer, which checkpoints need. */
export async function copyFixture(
  name: string,
  change?: (config: ConfigJson) => ConfigJson,
): Promise<string> {
  const checkpoint = await mkdtemp(path.join(folder, `${name}-`));
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
    await cp(path.join(testdata, "suites/neox-like", file), path.join(checkpoint, file));
  }
  await cp(fixtureFolder(name), checkpoint, { recursive: true });
  if (change) {
    const file = path.join(checkpoint, "config.json");
    await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")) as ConfigJson)));
  }
  return checkpoint;
}

export async function importFixture(
  name: string,
  change?: (config: ConfigJson) => ConfigJson,
): Promise<StoredModel> {
  return await importCheckpoint(await copyFixture(name, change), path.join(folder, "store"));
}

export async function loadFixture(
  name: string,
  change?: (config: ConfigJson) => ConfigJson,
): Promise<ModelRuntime> {
  const { dir, manifest } = await importFixture(name, change);
  return await ModelRuntime.load(dir, manifest, 2);
}

function fixtureFolder(name: string): string {
  const family = name.split("-")[0]!;
  return path.join(testdata, family === "mistral" ? "llama" : family, name);
}
