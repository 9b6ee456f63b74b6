// Per-document metrics and their aggregates against values CPython and numpy gave.
import assert from "node:assert/strict";
import test from "node:test";
import { PythonRandom } from "../../coordinator/schedule/python-random.js";
import { confusionCell, goldAndPrediction } from "../../coordinator/suites/confusion.js";
import { aggregate, argmax, scoreChoices, scoreLoglikelihood } from "../../coordinator/suites/metrics.js";
import { bootstrapStderrs, stderrs } from "../../coordinator/suites/standard-error.js";
import type { TaskDocument } from "../../coordinator/suites/task.js";

const document = (choices: readonly string[], gold: number | null): TaskDocument => ({
  docId: 0,
  columns: {},
  requests: [],
  gold,
  choices,
  target: "",
});
const scores = (...values: readonly number[]) =>
  values.map((logLikelihood) => ({ logLikelihood, isGreedy: false }));

test("argmax() takes the first of equals, and NaN before all", () => {
  assert.equal(argmax([-2, -1, -1]), 1);
  assert.equal(argmax([-2, Number.NaN, -1, Number.NaN]), 1);
  assert.equal(argmax([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]), 0);
});

test("scoreChoices() normalises by code points", () => {
  const pair = document(["𝒳𝒳", "abc"], 1);
  assert.equal(scoreChoices("acc", pair, scores(-2, -2.9)), 0);
  // By UTF-16 units -2/4 would win over -2.9/3.
  assert.equal(scoreChoices("acc_norm", pair, scores(-2, -2.9)), 1);
});

test("scoreChoices() never prefers an empty choice, unless it is certain", () => {
  assert.equal(scoreChoices("acc_norm", document(["", "a"], 0), scores(-1, -100)), 0);
  // 0/0 is NaN, and NaN wins.
  assert.equal(scoreChoices("acc_norm", document(["a", ""], 1), scores(-1, 0)), 1);
});

test("scoreChoices() counts a label outside the choices as wrong", () => {
  assert.equal(scoreChoices("acc", document(["a", "b"], -100), scores(-1, -2)), 0);
});

test("scoreLoglikelihood() gives the log-likelihood and whether all was greedy", () => {
  const score = [{ logLikelihood: -3.5, isGreedy: true }];
  assert.equal(scoreLoglikelihood("perplexity", document([], null), score), -3.5);
  assert.equal(scoreLoglikelihood("acc", document([], null), score), 1);
});

test("stderrs() of a mean", () => {
  const values = Float64Array.of(1, 0, 0, 1, 1, 0, 1, 1, 0, 1);
  assert.equal(aggregate("mean", values), 0.6);
  assert.deepEqual(stderrs("mean", [values], 100000), [0.16329931618554522]);
});

test("stderrs() of one document, or without iterations, is null", () => {
  assert.deepEqual(stderrs("mean", [Float64Array.of(1)], 100000), [null]);
  assert.deepEqual(stderrs("perplexity", [Float64Array.of(-1)], 100000), [null]);
  assert.deepEqual(stderrs("mean", [Float64Array.of(1, 0)], 0), [null]);
});

test("bootstrapStderrs() of four documents", () => {
  const values = Float64Array.of(-0.5, -1, -2, -4);
  assertUlps(aggregate("perplexity", values), 6.5208191203301125);
  for (const [iterations, expected] of [
    [10, 15.316169226604778],
    [1000, 6.9087934466086445],
    [100000, 6.700681506628698],
  ] as const) {
    assertUlps(bootstrapStderrs([values], "perplexity", iterations)[0], expected);
  }
});

test("bootstrapStderrs() gives many series at once what each gets alone", () => {
  const random = new PythonRandom(3);
  const series = Array.from({ length: 7 }, () => Float64Array.from({ length: 50 }, () => -random.random()));
  const alone = series.map((values) => bootstrapStderrs([values], "perplexity", 300)[0]);
  assert.deepEqual(bootstrapStderrs(series, "perplexity", 300), alone);
  assert.throws(
    () => bootstrapStderrs([Float64Array.of(1, 2), Float64Array.of(1)], "mean", 10),
    /of 2 and of 1/,
  );
});

/** Pairs of gold and prediction, "11 01". */
const pairsOf = (text: string): [number, number][] =>
  text.split(" ").map(([gold, prediction]) => [Number(gold), Number(prediction)]);
const cellsOf = (text: string): Float64Array =>
  Float64Array.from(pairsOf(text), ([gold, prediction]) => confusionCell(gold, prediction));
const EIGHT = "11 00 10 01 11 00 11 01";

test("f1 and mcc of eight pairs, and their bootstraps", () => {
  const cells = cellsOf(EIGHT);
  assert.equal(aggregate("f1", cells), 0.6666666666666666);
  assert.equal(aggregate("matthews_corrcoef", cells), 0.2581988897471611);
  assertUlps(stderrs("f1", [cells], 100000)[0], 0.20095181402488727);
  assertUlps(stderrs("matthews_corrcoef", [cells], 100000)[0], 0.3584531370793941);
});

test("f1 and mcc are 0 where they are not defined", () => {
  assert.equal(aggregate("f1", cellsOf("00 00")), 0);
  for (const text of ["11 01", "11 10", "00", "11"]) {
    assert.equal(aggregate("matthews_corrcoef", cellsOf(text)), 0);
  }
});

test("f1 and mcc count more documents than GLUE has, exactly", () => {
  // scikit-learn on 131,071 pairs.
  const counts = { "11": 70_001, "01": 30_002, "10": 20_003, "00": 11_065 };
  const cells = cellsOf(
    Object.entries(counts)
      .flatMap(([pair, count]) => Array<string>(count).fill(pair))
      .join(" "),
  );
  assert.equal(aggregate("f1", cells), 0.7368254853768545);
  assert.equal(aggregate("matthews_corrcoef", cells), 0.051473447933819104);
  assert.throws(() => aggregate("f1", new Float64Array(131_072)), /131072 documents/);
});

test("confusionCell() is undone by goldAndPrediction(), and refuses a third class", () => {
  for (const pair of pairsOf(EIGHT)) assert.deepEqual(goldAndPrediction(confusionCell(...pair)), pair);
  for (const [gold, prediction] of [
    [2, 0],
    [0, 2],
    [-100, 1],
    [1, -1],
  ] as const) {
    assert.throws(() => confusionCell(gold, prediction), /not of two classes/);
  }
  assert.throws(() => goldAndPrediction(2), /2 is no pair/);
});

test("scoreChoices() gives f1 and mcc the pair", () => {
  for (const metric of ["f1", "mcc"] as const) {
    const cell = scoreChoices(metric, document(["no", "yes"], 1), scores(-1, -2));
    assert.deepEqual(goldAndPrediction(cell), [1, 0]);
  }
});

test("the harness's LAMBADA fixture without data", () => {
  const random = new PythonRandom(42);
  const values = new Float64Array(5153);
  for (let i = 0; i < values.length; i++) {
    values[i] = -random.random();
    random.random();
  }
  assertUlps(aggregate("perplexity", values), 1.6479047769869253);
  assertUlps(bootstrapStderrs([values], "perplexity", 10)[0], 0.006497321146240192);
});

/** exp() may differ by a last digit between V8 and C. */
function assertUlps(actual: number | null | undefined, expected: number): void {
  assert.ok(typeof actual === "number");
  assert.ok(Math.abs(actual - expected) <= 1e-13 * expected, `${actual} is not ${expected}`);
}
