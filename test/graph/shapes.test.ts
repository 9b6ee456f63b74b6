// The shapes that `painters plan` knows, and what an import of the same models would store, against the
// parameters that transformers counts (test/oracle/architectures/true_width.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MODEL_SHAPES, type ModelShape } from "../../coordinator/graph/shapes.js";
import { architectureNamed } from "../../models/architectures/registry.js";
import type { Part } from "../../models/config.js";

interface Counted {
  readonly config: Readonly<Record<string, unknown>>;
  readonly parameters: Readonly<Record<"embed" | "layer" | "head" | "total", number>>;
}

// From dist/test/graph to the sources.
const file = new URL("../../../test/testdata/shapes/parameters.json", import.meta.url);
const { models } = JSON.parse(readFileSync(file, "utf8")) as {
  readonly models: Readonly<Record<string, Counted>>;
};

test("MODEL_SHAPES has the paper's models, and counts as transformers does", () => {
  assert.deepEqual(MODEL_SHAPES.map(({ name }) => name).sort(), Object.keys(models).sort());
  for (const shape of MODEL_SHAPES)
    assert.deepEqual(countsOf(shape), models[shape.name]!.parameters, shape.name);
});

test("MODEL_SHAPES has the sizes of the models' configs, and an import's tensors have as many parameters", () => {
  for (const shape of MODEL_SHAPES) {
    const { config: json, parameters } = models[shape.name]!;
    const architecture = architectureNamed(json);
    const config = architecture.readConfig(json);
    const { name, headCount, hiddenSize, intermediateSize, layerCount, vocabSize, kvHeadCount } = shape;
    const sizes = { headCount, hiddenSize, intermediateSize, layerCount, vocabSize };
    assert.deepEqual({ ...config, ...sizes }, config, name);
    assert.equal("kvHeadCount" in config ? config.kvHeadCount : headCount, kvHeadCount, name);
    const count = (part: Part): number =>
      architecture
        .tensors(config, part)
        .reduce((sum, tensor) => sum + tensor.shape.reduce((product, size) => product * size, 1), 0);
    const [embed, layer, head] = [count("embed"), count({ layer: 0 }), count("head")];
    assert.deepEqual({ embed, layer, head, total: embed + layerCount * layer + head }, parameters, name);
  }
});

function countsOf(shape: ModelShape): Counted["parameters"] {
  const {
    embedParameters: embed,
    layerParameters: layer,
    headParameters: head,
    totalParameters: total,
  } = shape;
  return { embed, layer, head, total };
}
