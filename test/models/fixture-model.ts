// The checkpoints that test/oracle/architectures makes, imported and loaded, with
// config.json changed where a test wants it wrong.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { importCheckpoint, type StoredModel } from "../../models/store/import-checkpoint.js";

export type ConfigJson = Record<string, unknown>;

/** One schedule; of every row what transformers computed. */
export interface FixtureCase<Outputs> {
  readonly method: string;
  readonly schedule: string;
  readonly outputs: readonly Outputs[];
}

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

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values, ${expected.length} expected`);
  return Array.from(actual).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
}

/** The largest difference, as a share of the largest value. */
export function relativeDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const scale = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largestDifference(actual, expected) / scale;
}

function fixtureFolder(name: string): string {
  return path.join(testdata, name.split("-")[0]!, name);
}
