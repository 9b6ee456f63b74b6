// CPython's random, against vectors recorded with CPython 3.11 (facts: lm-eval.md, sections 12.1, 12.2, 12.4).
import assert from "node:assert/strict";
import { test } from "node:test";
import { PythonRandom } from "../../coordinator/schedule/python-random.js";

const range = (end: number) => Array.from({ length: end }, (_, i) => i);
const draw = <T>(count: number, next: () => T) => Array.from({ length: count }, next);

test("getrandbits() and random() give CPython's first outputs", () => {
  const cases: readonly [number | bigint, readonly number[], readonly number[]][] = [
    [
      0,
      [3626764237, 1654615998, 3255389356, 3823568514, 1806341205],
      [0.8444218515250481, 0.7579544029403025, 0.420571580830845],
    ],
    [
      42,
      [2746317213, 478163327, 107420369, 3184935163, 1181241943],
      [0.6394267984578837, 0.025010755222666936, 0.27502931836911926],
    ],
    [
      1234,
      [4150886329, 3342196574, 1892932127, 501869158, 32175636],
      [0.9664535356921388, 0.4407325991753527, 0.007491470058587191],
    ],
    [2 ** 32 + 5, [], [0.15727238718789782]],
    [2n ** 32n + 5n, [], [0.15727238718789782]],
    [-42, [2746317213], [0.6394267984578837]],
  ];
  for (const [seed, words, floats] of cases) {
    const ofWords = new PythonRandom(seed);
    assert.deepEqual(
      draw(words.length, () => ofWords.getrandbits(32)),
      words,
    );
    const ofFloats = new PythonRandom(seed);
    assert.deepEqual(
      draw(floats.length, () => ofFloats.random()),
      floats,
    );
  }
});

test("random() agrees with CPython past several regenerations and with seeds of many words", () => {
  const long = new PythonRandom(2n ** 40000n + 7n);
  assert.equal(long.random(), 0.27738691000235716);
  const far = new PythonRandom(7);
  for (let i = 0; i < 9999; i++) far.random();
  assert.equal(far.random(), 0.23127514004778393);
});

test("randbelow() gives CPython's randrange, one and two words wide", () => {
  const random = new PythonRandom(1234);
  const drawn = [1, 2, 3, 10, 100, 1000, 7473, 2 ** 31, 2 ** 40].map((n) => random.randbelow(n));
  assert.deepEqual(drawn, [0, 0, 0, 1, 74, 35, 5501, 360511942, 521214191144]);
});

test("sample() takes from a pool or a set as CPython does", () => {
  const random = new PythonRandom(1234);
  assert.deepEqual(
    draw(3, () => random.sample(range(100), 5)),
    [
      [99, 56, 14, 0, 11],
      [74, 4, 85, 88, 10],
      [12, 98, 45, 30, 2],
    ],
  );
  assert.deepEqual(new PythonRandom(1234).sample(range(21), 5), [14, 3, 0, 2, 1]);
  assert.deepEqual(new PythonRandom(1234).sample(range(22), 5), [14, 3, 0, 2, 18]);
});

test("choices() and shuffle() give CPython's", () => {
  assert.deepEqual(new PythonRandom(0).choices(range(10), 10), [8, 7, 4, 2, 5, 4, 7, 3, 4, 5]);
  assert.deepEqual(new PythonRandom(42).shuffle(range(10)), [7, 3, 2, 8, 5, 6, 9, 4, 0, 1]);
  assert.deepEqual(new PythonRandom(1234).shuffle(range(10)), [2, 8, 3, 5, 6, 4, 9, 0, 1, 7]);
});

test("choices() draws the bootstrap's first indices", () => {
  const random = new PythonRandom(0);
  assert.deepEqual(
    draw(3, () => random.choices(range(4), 4)),
    [
      [3, 3, 1, 1],
      [2, 1, 3, 1],
      [1, 2, 3, 2],
    ],
  );
});

test("sample() draws the harness's few-shot examples", () => {
  const samples = (pool: number, count: number, documents: number) => {
    const random = new PythonRandom(1234);
    const all = range(pool);
    return draw(documents, () => random.sample(all, count));
  };
  const gsm8k = samples(7473, 5, 1319);
  assert.deepEqual(gsm8k.slice(0, 10), [
    [6374, 3610, 957, 61, 742],
    [7462, 6610, 4769, 286, 5501],
    [5677, 687, 806, 6279, 2905],
    [1939, 142, 252, 6461, 129],
    [2835, 5311, 5105, 3966, 5044],
    [3797, 1216, 747, 1499, 5844],
    [937, 6925, 119, 4121, 3987],
    [7212, 2046, 528, 5466, 4432],
    [3816, 561, 4927, 5530, 728],
    [4219, 4743, 376, 2208, 6753],
  ]);
  assert.deepEqual(gsm8k[1318], [220, 4179, 6064, 5599, 5541]);
  assert.deepEqual(samples(2251, 5, 3), [
    [1805, 478, 30, 371, 143],
    [343, 403, 1452, 969, 71],
    [126, 64, 1417, 1983, 1898],
  ]);
  const [first, second] = samples(1119, 25, 2);
  assert.deepEqual(
    first,
    [
      902, 239, 15, 185, 71, 171, 201, 726, 484, 35, 63, 32, 708, 991, 949, 304, 186, 374, 234, 29, 1030, 996,
      511, 132, 1108,
    ],
  );
  assert.deepEqual(second?.slice(0, 5), [954, 140, 182, 1054, 94]);
  assert.deepEqual(samples(39905, 11, 2), [
    [28883, 7657, 490, 5940, 38156, 2288, 5500, 6450, 23241, 15519, 1142],
    [2019, 1038, 22681, 31735, 30379, 9735, 5982, 11999, 7498, 958, 32970],
  ]);
  assert.deepEqual(samples(40398, 6, 2), [
    [28883, 7657, 490, 5940, 38156, 2288],
    [5500, 6450, 23241, 15519, 1142, 2019],
  ]);
  assert.deepEqual(samples(8551, 6, 2), [
    [7220, 1914, 122, 1485, 572, 1375],
    [1612, 5810, 3879, 285, 504, 259],
  ]);
  assert.deepEqual(samples(2490, 6, 1), [[1805, 478, 30, 371, 2384, 143]]);
  assert.deepEqual(samples(635, 6, 1), [[451, 119, 7, 92, 596, 35]]);
});

test("PythonRandom refuses what Python would", () => {
  const random = new PythonRandom(0);
  assert.throws(() => new PythonRandom(1.5), RangeError);
  assert.throws(() => random.randbelow(0), RangeError);
  assert.throws(() => random.getrandbits(54), RangeError);
  assert.throws(() => random.sample([1, 2], 3), RangeError);
  assert.throws(() => random.choices([], 1), RangeError);
});
