// Imports and runs the checkpoints that true_width.py made and compares them with
// what it wrote: `node dist/test/oracle/architectures/true-width.js FOLDER`.
import { readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { MODEL_SHAPES } from "../../../coordinator/graph/shapes.js";
import { parseSchedule } from "../../../coordinator/schedule/parse.js";
import { architectureOf } from "../../../models/architectures/registry.js";
import { ModelRuntime } from "../../../models/runtime/model-runtime.js";
import { importCheckpoint } from "../../../models/store/import-checkpoint.js";
import type { TokenRow } from "../../../models/token-row.js";
import { type FixtureCase, largestDifference, relativeDifference } from "../../models/difference.js";
import { interpret } from "../../reference/interpreter.js";

interface Expected {
  readonly model: string;
  /** Of the whole model, counted by transformers. */
  readonly parameters: Readonly<Record<"embed" | "layer" | "head" | "total", number>>;
  readonly torchSeconds: number;
  readonly rows: readonly { readonly tokens: readonly number[]; readonly tokenTypes?: readonly number[] }[];
  readonly cases: readonly FixtureCase<Outputs>[];
}

interface Outputs {
  readonly logprobs?: readonly number[];
  readonly features?: readonly number[];
  readonly hidden: readonly (readonly number[])[];
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: true-width.js FOLDER");
const store = path.join(folder, "store");
for (const name of (await readdir(folder)).filter((entry) => entry !== "store").sort()) await check(name);
await rm(store, { recursive: true });

async function check(name: string): Promise<void> {
  const checkpoint = path.join(folder!, name);
  const expected = JSON.parse(await readFile(path.join(checkpoint, "expected.json"), "utf8")) as Expected;
  compareCounts(expected);
  const importStarted = performance.now();
  const { dir, manifest } = await importCheckpoint(checkpoint, store);
  const importSeconds = seconds(importStarted);
  const loadStarted = performance.now();
  const model = await ModelRuntime.load(dir, manifest, os.availableParallelism());
  const loadSeconds = seconds(loadStarted);
  const encodes = architectureOf(manifest.config).inputForm(manifest.config).kind === "bidirectional";
  const worst = { hidden: 0, values: 0 };
  let layerSeconds = 0;
  for (const { schedule, outputs } of expected.cases) {
    for (const [r, row] of expected.rows.entries()) {
      const inputs = model.prepare([tokenRow(row, encodes)]);
      const embedded = await model.embed(inputs);
      const started = performance.now();
      const hidden = await interpret(parseSchedule(schedule), embedded, inputs, model);
      layerSeconds += seconds(started);
      const [own, width] = [outputs[r]!, manifest.config.hiddenSize];
      const last = hidden.subarray((row.tokens.length - 1) * width, row.tokens.length * width);
      worst.hidden = Math.max(worst.hidden, relativeDifference(last, own.hidden.at(-1)!));
      const values = encodes
        ? largestDifference((await model.readRows(hidden, inputs)).features, own.features!)
        : largestDifference((await model.head(hidden, inputs)).logprobs, own.logprobs!);
      worst.values = Math.max(worst.values, values);
    }
  }
  await model.release();
  const gigabytes = (4 * manifest.parameterCount) / 1e9;
  console.log(
    `${name}: ${gigabytes.toFixed(2)} GB float32, import ${importSeconds.toFixed(1)} s, load ${(1000 * loadSeconds).toFixed(0)} ms, ` +
      `layers ${layerSeconds.toFixed(1)} s (torch ${expected.torchSeconds.toFixed(1)} s), hidden within ${worst.hidden.toExponential(1)} (relative), ` +
      `${encodes ? "features" : "log-probs"} within ${worst.values.toExponential(1)}`,
  );
  if (!(worst.hidden < 1e-4 && worst.values < 1e-4)) process.exitCode = 1;
  await rm(dir, { recursive: true });
}

function tokenRow({ tokens, tokenTypes }: Expected["rows"][number], encodes: boolean): TokenRow {
  const scored = tokens.slice(1).map((target, index) => ({ request: 0, index, target }));
  return {
    tokens,
    ...(tokenTypes ? { tokenTypes } : {}),
    prefixLength: tokens.length,
    branchLengths: [],
    scored: encodes ? [] : scored,
  };
}

/** `painters plan --shape` must count as transformers does. */
function compareCounts({ model, parameters }: Expected): void {
  const shape = MODEL_SHAPES.find(({ name }) => name === model);
  if (!shape) throw new Error(`plan knows no shape ${model}`);
  const { embedParameters, layerParameters, headParameters, totalParameters } = shape;
  const own = {
    embed: embedParameters,
    layer: layerParameters,
    head: headParameters,
    total: totalParameters,
  };
  for (const [part, count] of Object.entries(parameters)) {
    const counted = own[part as keyof typeof own];
    if (counted === count) continue;
    console.log(`${model}: plan counts ${counted} parameters in ${part}, transformers ${count}`);
    process.exitCode = 1;
  }
}

function seconds(started: number): number {
  return (performance.now() - started) / 1000;
}
