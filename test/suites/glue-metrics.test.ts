// Metrics of classifiers on GLUE against scipy and scikit-learn (test/oracle/suites/make_glue_metrics.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { type GlueConfig, glueMetrics, pearson, spearman } from "../../coordinator/suites/glue-metrics.js";

interface Case {
  readonly config: GlueConfig;
  readonly predictions: readonly number[];
  readonly gold: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../test/testdata/suites/glue-metrics.json", import.meta.url), "utf8"),
);

for (const config of ["cola", "mnli", "mrpc", "qqp", "rte", "stsb"] as const) {
  test(`glueMetrics() of ${config} are run_glue.py's`, () => {
    const own = cases.filter((one) => one.config === config);
    assert.ok(own.length > 4);
    for (const { predictions, gold, metrics } of own) {
      const found = glueMetrics(config, predictions, gold);
      assert.deepEqual(Object.keys(found), Object.keys(metrics));
      for (const [name, value] of Object.entries(metrics)) {
        const difference = Math.abs((found[name] ?? Number.NaN) - value);
        assert.ok(difference <= 1e-12, `${name}: ${found[name]} is not ${value}`);
      }
    }
  });
}

test("pearson() of stsb's published example, in double precision", () => {
  const [x, y] = [
    [0.1, 2.5, 3.3, 4.9, 2.5],
    [0, 2, 3, 5, 3],
  ];
  // lm-eval.md, section 10.
  assert.equal(pearson(x!, y!).toFixed(8), "0.97758568");
  assert.equal(spearman(x!, y!).toFixed(8), "0.92105263");
});

test("correlations with a constant are NaN, and so with a NaN", () => {
  assert.ok(Number.isNaN(pearson([0.1, 0.1, 0.1], [1, 2, 3])));
  assert.ok(Number.isNaN(spearman([1, 2, 3], [7, 7, 7])));
  assert.ok(Number.isNaN(spearman([1, Number.NaN, 3], [1, 2, 3])));
});

test("glueMetrics() refuses predictions of other documents", () => {
  assert.throws(() => glueMetrics("rte", [1, 0], [1]), /2 predictions for 1 documents of rte/);
  assert.throws(() => glueMetrics("cola", [2], [1]), /not of two classes/);
});
