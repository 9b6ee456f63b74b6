// Halves of layers, and the pair form that they can write, against what plain PyTorch
// around Hugging Face's modules computed (test/oracle/sublayers).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { layerGraph } from "../../models/store/layer-graph.js";
import type { TokenRow } from "../../models/token-row.js";
import { interpret } from "../reference/interpreter.js";
import { type FixtureCase, largestDifference, relativeDifference } from "./difference.js";
import { importFixture } from "./fixture-model.js";

interface Row {
  readonly tokens: readonly number[];
  readonly tokenTypes?: readonly number[];
}

interface Outputs {
  /** The last token's; of an encoder the first's and the last's. */
  readonly hidden: readonly (readonly number[])[];
  /** Log-probabilities of every token but the first; of an encoder logits. */
  readonly scores: readonly number[];
}

interface Fixture {
  readonly model: string;
  readonly parallelResidual: boolean;
  readonly rows: readonly Row[];
  readonly cases: readonly FixtureCase<Outputs>[];
}

const tolerance = 1e-4;
const folder = new URL("../../../test/testdata/sublayers/", import.meta.url);
const fixtures = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Fixture);

function tokenRow({ tokens, tokenTypes }: Row): TokenRow {
  const row = { tokens, prefixLength: tokens.length, branchLengths: [] };
  if (tokenTypes) return { ...row, tokenTypes, scored: [] };
  return { ...row, scored: tokens.slice(1).map((target, index) => ({ request: 0, index, target })) };
}

async function run(model: ModelRuntime, rows: readonly Row[], schedule: string) {
  const inputs = model.prepare(rows.map(tokenRow));
  const hidden = await interpret(parseSchedule(schedule), await model.embed(inputs), inputs, model);
  return { inputs, hidden };
}

/** The largest difference of a case, relative for hidden states, all rows as one micro-batch. */
async function gapOf(model: ModelRuntime, rows: readonly Row[], one: FixtureCase<Outputs>): Promise<number> {
  const { inputs, hidden } = await run(model, rows, one.schedule);
  const [, seq, width] = inputs.hiddenShape;
  const isEncoder = rows[0]?.tokenTypes !== undefined;
  const scores = isEncoder
    ? (await model.readRows(hidden, inputs)).logits!
    : (await model.head(hidden, inputs)).logprobs;
  const gaps = rows.flatMap(({ tokens }, r) => {
    const places = isEncoder ? [0, tokens.length - 1] : [tokens.length - 1];
    return places.map((place, i) => {
      const at = (r * seq + place) * width;
      return relativeDifference(hidden.subarray(at, at + width), one.outputs[r]!.hidden[i]!);
    });
  });
  const expected = one.outputs.flatMap((outputs) => outputs.scores);
  return Math.max(...gaps, largestDifference(scores, expected));
}

for (const { model: name, parallelResidual, rows, cases } of fixtures) {
  test(`${name}: halves of layers agree with PyTorch, and both with the layer`, async () => {
    const { dir, manifest } = await importFixture(name);
    const model = await ModelRuntime.load(dir, manifest, 2);
    for (const one of cases) {
      const gap = await gapOf(model, rows, one);
      assert.ok(gap < tolerance, `${one.method} ${one.schedule}: ${gap}`);
    }
    const layers = Array.from({ length: manifest.config.layerCount }, (_, layer) => layer);
    for (const layer of layers) {
      const text = parallelResidual ? `sum(${layer}.attn, ${layer}.mlp)` : `${layer}.attn, ${layer}.mlp`;
      const [halves, whole] = [await run(model, rows, text), await run(model, rows, `${layer}`)];
      const gap = relativeDifference(halves.hidden, whole.hidden);
      assert.ok(gap < 1e-5, `${text}: ${gap}`);
    }
    await model.release();
  });
}

test("ModelRuntime.keep() lets go of a layer's halves with the layer", async () => {
  const { dir, manifest } = await importFixture("neox-sequential");
  const model = new ModelRuntime(dir, manifest, 1);
  const row = { tokens: [5, 6, 7] };
  await model.keep(["embed", "layer-001"]);
  const first = await run(model, [row], "1.attn, 1.mlp");
  await assert.rejects(run(model, [row], "2.attn"), /layer-002 is not loaded/);
  await model.keep(["embed", "layer-002"]);
  await assert.rejects(run(model, [row], "1.mlp"), /layer-001 is not loaded/);
  await model.keep(["embed", "layer-001"]);
  assert.deepEqual((await run(model, [row], "1.attn, 1.mlp")).hidden, first.hidden);
  await model.release();
});

test("layerGraph() refuses weights that another version laid out", async () => {
  const { manifest } = await importFixture("neox-sequential");
  const parts = manifest.parts.map((files) => ({
    ...files,
    graph: { ...files.graph, sha256: "0".repeat(64) },
  }));
  assert.throws(() => layerGraph({ ...manifest, parts }, { layer: 3, sublayer: "mlp" }), {
    name: "StoreError",
    exitCode: 2,
    message: /layer-003 was laid out by another version of painters, its mlp cannot be computed; import/,
  });
});
