// Every fixture checkpoint under every method, against log-probabilities that
// Hugging Face transformers computed (test/oracle/llama).
import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { importCheckpoint } from "../../models/store/import-checkpoint.js";
import { scoreContinuation } from "../reference/interpreter.js";

interface Fixture {
  readonly rows: readonly (readonly number[])[];
  /** Where the rows' predictions are recorded; all positions if absent. */
  readonly positions?: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly method: string;
    readonly schedule: string;
    readonly logprobs: readonly (readonly number[])[];
    /** The likeliest next token; -1 where two are nearly equal. */
    readonly argmax: readonly (readonly number[])[];
  }[];
}

const tolerance = 1e-4;
const fixtures = fileURLToPath(new URL("../../../test/testdata/llama/", import.meta.url));
const folder = await mkdtemp(path.join(os.tmpdir(), "painters-oracle-"));
after(() => rm(folder, { recursive: true }));

type ConfigJson = Record<string, unknown>;

/** Imports a fixture, with its config.json changed where a test wants it wrong. */
async function load(name: string, change?: (config: ConfigJson) => ConfigJson): Promise<ModelRuntime> {
  const checkpoint = await mkdtemp(path.join(folder, `${name}-`));
  // Only one fixture has a tokenizer; a checkpoint needs one.
  await cp(path.join(fixtures, "llama-mha", "tokenizer.json"), path.join(checkpoint, "tokenizer.json"));
  await cp(path.join(fixtures, name), checkpoint, { recursive: true });
  if (change) {
    const file = path.join(checkpoint, "config.json");
    await writeFile(file, JSON.stringify(change(JSON.parse(await readFile(file, "utf8")) as ConfigJson)));
  }
  const { dir, manifest } = await importCheckpoint(checkpoint, path.join(folder, "store"));
  return ModelRuntime.load(dir, manifest, 2);
}

async function readFixture(name: string): Promise<Fixture> {
  return JSON.parse(await readFile(path.join(fixtures, name, "expected.json"), "utf8")) as Fixture;
}

/** The largest difference in any log-probability of one case; asserts on the way that greedy tokens agree. */
async function largestGap(
  model: ModelRuntime,
  fixture: Fixture,
  one: Fixture["cases"][number],
  checkGreedy = true,
): Promise<number> {
  let largest = 0;
  for (const [r, row] of fixture.rows.entries()) {
    const scores = await scoreContinuation(
      parseSchedule(one.schedule),
      row.slice(0, -1),
      row.slice(1),
      model,
    );
    const positions = fixture.positions?.[r] ?? row.slice(1).map((_, i) => i);
    assert.equal(positions.length, one.logprobs[r]!.length);
    for (const [i, position] of positions.entries()) {
      largest = Math.max(largest, Math.abs(scores.logprobs[position]! - one.logprobs[r]![i]!));
      const likeliest = one.argmax[r]![i]!;
      if (likeliest >= 0 && checkGreedy) {
        assert.equal(scores.isGreedy[position] === 1, likeliest === row[position + 1]);
      }
    }
  }
  return largest;
}

for (const name of (await readdir(fixtures, { withFileTypes: true }))
  .filter((e) => e.isDirectory())
  .map((e) => e.name)) {
  test(`${name} agrees with transformers under every method`, async () => {
    const fixture = await readFixture(name);
    const model = await load(name);
    for (const one of fixture.cases) {
      const gap = await largestGap(model, fixture, one);
      assert.ok(gap < tolerance, `${one.method} ${one.schedule}: log-probabilities differ by ${gap}`);
    }
    await model.release();
  });
}

// A comparison that cannot fail proves nothing: each of these must break it.
const mutations: readonly {
  readonly name: string;
  readonly wrong: string;
  readonly change: (config: ConfigJson) => ConfigJson;
}[] = [
  { name: "llama-gqa", wrong: "theta", change: (c) => ({ ...c, ...ropeTheta(c, 1.01) }) },
  {
    name: "llama-mha",
    wrong: "eps",
    change: (c) => ({ ...c, rms_norm_eps: 10 * (c.rms_norm_eps as number) }),
  },
  {
    name: "mistral-window",
    wrong: "longer window",
    change: (c) => ({ ...c, sliding_window: (c.sliding_window as number) + 1 }),
  },
  {
    name: "mistral-window",
    wrong: "shorter window",
    change: (c) => ({ ...c, sliding_window: (c.sliding_window as number) - 1 }),
  },
];

for (const { name, wrong, change } of mutations) {
  test(`${name} disagrees with a wrong ${wrong}`, async () => {
    const fixture = await readFixture(name);
    const model = await load(name, change);
    const gap = await largestGap(model, fixture, fixture.cases[0]!, false);
    await model.release();
    assert.ok(gap > 10 * tolerance, `the gap is only ${gap}`);
  });
}

/** Scales theta wherever this transformers version wrote it. */
function ropeTheta(config: ConfigJson, factor: number): ConfigJson {
  const parameters = config.rope_parameters as { readonly rope_theta: number } | undefined;
  return parameters
    ? { rope_parameters: { ...parameters, rope_theta: parameters.rope_theta * factor } }
    : { rope_theta: (config.rope_theta as number) * factor };
}
