// Metrics of classifiers on GLUE against scipy and scikit-learn (test/oracle/suites/make_glue_metrics.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import fc from "fast-check";
import { numberPair, numbersOfPair, pearson, spearman } from "../../coordinator/suites/correlation.js";
import { type GlueConfig, glueMetrics, glueValue } from "../../coordinator/suites/glue-metrics.js";
import { aggregate } from "../../coordinator/suites/metrics.js";

interface Case {
  readonly config: GlueConfig;
  readonly predictions: readonly number[];
  readonly gold: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

const { cases }: { readonly cases: readonly Case[] } = JSON.parse(
  readFileSync(new URL("../../../test/testdata/suites/glue-metrics.json", import.meta.url), "utf8"),
);

/** What run_glue.py calls metrics that have other names here. */
const theirNames: Readonly<Record<string, string>> = { acc: "accuracy", mcc: "matthews_correlation" };

for (const config of ["cola", "mnli", "mrpc", "qqp", "rte", "stsb"] as const) {
  test(`glueMetrics() of ${config} are run_glue.py's`, () => {
    const own = cases.filter((one) => one.config === config);
    assert.ok(own.length > 4);
    for (const { predictions, gold, metrics } of own) {
      const found = glueMetrics(config).map((metric) => {
        const values = gold.map((label, i) => glueValue(metric, label, predictions[i]!));
        return [theirNames[metric.name] ?? metric.name, aggregate(metric.aggregation, values)] as const;
      });
      assert.deepEqual(
        found.map(([name]) => name),
        Object.keys(metrics),
      );
      for (const [name, value] of found) {
        const difference = Math.abs(value - metrics[name]!);
        assert.ok(difference <= 1e-12, `${name}: ${value} is not ${metrics[name]}`);
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

test("numbersOfPair() gives numberPair()'s numbers back, in single precision, from a Float64Array too", () => {
  const any = fc.double();
  fc.assert(
    fc.property(any, any, (gold, prediction) => {
      const [pair] = Float64Array.of(numberPair(gold, prediction));
      assert.deepEqual(numbersOfPair(pair!), [Math.fround(gold), Math.fround(prediction)]);
    }),
    { examples: [[Number.NaN, Number.NaN]] },
  );
});
