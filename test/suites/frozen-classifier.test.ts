// The frozen mode's classifier against torch's Linear, AdamW and LambdaLR (test/oracle/glue).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { trainClassifier } from "../../coordinator/suites/frozen-classifier.js";

interface Trained {
  readonly outputs: number;
  readonly seed: number;
  readonly features: readonly (readonly number[])[];
  readonly gold: readonly number[];
  /** Feature vectors, and the logits of each. */
  readonly seen: readonly (readonly number[])[];
  readonly logits: readonly (readonly number[])[];
}

const { classifiers }: { readonly classifiers: readonly Trained[] } = JSON.parse(
  readFileSync(new URL("../../../test/testdata/glue/frozen.json", import.meta.url), "utf8"),
);

for (const { outputs, seed, features, gold, seen, logits } of classifiers) {
  const vectors = features.map((values) => Float32Array.from(values));

  test(`trainClassifier() of ${outputs} outputs is torch's`, () => {
    const logitsOf = trainClassifier({ features: vectors, gold }, { outputs, seed });
    for (const [i, vector] of seen.entries()) {
      for (const [o, logit] of logitsOf(Float32Array.from(vector)).entries()) {
        const gap = Math.abs(logit - logits[i]![o]!);
        assert.ok(gap < 1e-9, `output ${o} of vector ${i} is off by ${gap}`);
      }
    }
  });

  test(`trainClassifier() of ${outputs} outputs is another one with another seed`, () => {
    const logitsOf = trainClassifier({ features: vectors, gold }, { outputs, seed: seed + 1 });
    const gap = Math.abs(logitsOf(Float32Array.from(seen[0]!))[0]! - logits[0]![0]!);
    assert.ok(gap > 1e-6, `the gap is only ${gap}`);
  });
}

test("trainClassifier() refuses features without labels", () => {
  const features = [Float32Array.of(1)];
  assert.throws(() => trainClassifier({ features, gold: [] }, { outputs: 2, seed: 1 }), /1 .* and 0 labels/);
  assert.throws(() => trainClassifier({ features: [], gold: [] }, { outputs: 2, seed: 1 }), /0 .* and 0/);
});
