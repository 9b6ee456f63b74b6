// The paper's variants and grids: index rules and golden shuffles from paper.md
// and lm-eval.md, section 12.4; what is refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gridSchedules } from "../../coordinator/schedule/grids.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { parseNamed } from "../../coordinator/schedule/parse-named.js";
import { printSchedule } from "../../coordinator/schedule/print.js";
import { canonicalText } from "../../coordinator/schedule/simplify.js";
import {
  buildVariant,
  largestStart,
  type VariantMethod,
  type VariantParameters,
} from "../../coordinator/schedule/variants.js";

test("buildVariant() follows the paper's index rules", () => {
  const cases: readonly [string, string][] = [
    ["baseline", "0..8"],
    ["skip(start=2)", "0..3, 6..8"],
    ["middle_repeat(start=2)", "0..3, loop(3, 4), 6..8"],
    ["middle_repeat(start=0)", "0, loop(7, 4)"],
    ["reverse(start=2)", "0..3, 5, 4, 3, 6..8"],
    ["reverse(start=0)", "0, 7, 6, 5, 4, 3, 2, 1"],
    ["random(start=2,seed=0)", "0..3, 3, 5, 4, 6..8"],
    ["parallel(start=2)", "0..3, mean(3..6), 6..8"],
    ["loop_parallel(start=2,loops=3)", "0..3, loop(3, mean(3..6)), 6..8"],
    ["skip_idx(index=0)", "1..8"],
    ["skip_idx(index=7)", "0..7"],
    ["switch_idx(index=2)", "0..2, 3, 2, 4..8"],
    ["switch_idx(index=6)", "0..6, 7, 6"],
  ];
  for (const [name, text] of cases) {
    const named = parseNamed(name, 8);
    assert.equal(named.name, name);
    if (named.method !== "random")
      assert.equal(canonicalText(named.schedule), canonicalText(parseSchedule(text)), name);
  }
});

test("buildVariant() shuffles the middle as the paper's Python does", () => {
  const golden: readonly [number, number, number, string][] = [
    [32, 12, 0, "17 15 14 13 18 16 19"],
    [32, 12, 3, "13 15 16 19 18 17 14"],
    [24, 8, 0, "13 11 10 9 14 12 15"],
    [32, 8, 0, "10 19 18 14 20 11 12 16 17 13 9 23 21 15 22"],
    [32, 8, 1, "23 19 9 22 15 14 12 17 16 20 13 10 21 18 11"],
    [32, 0, 0, "4 11 20 18 6 1 8 31 26 15 22 27 23 3 21 5 29 7 19 12 24 10 30 16 17 9 2 14 25 13 28"],
    ...shufflesOf(
      32,
      14,
      "15 17 16,16 17 15,16 17 15,16 17 15,17 16 15,15 16 17,16 15 17,17 15 16,17 16 15,15 17 16",
    ),
    ...shufflesOf(
      32,
      13,
      "16 15 14 18 17,16 17 18 14 15,16 15 17 18 14,14 16 17 18 15,17 18 14 16 15,14 15 17 16 18,17 16 15 14 18,18 14 17 15 16,17 14 18 16 15,18 14 15 16 17",
    ),
    ...shufflesOf(
      32,
      12,
      "17 15 14 13 18 16 19,16 19 18 15 13 17 14,15 16 14 17 18 13 19,13 15 16 19 18 17 14,18 17 19 16 13 15 14,19 16 14 13 18 15 17,15 18 14 16 13 17 19,18 19 17 13 16 14 15,17 18 13 19 16 15 14,14 19 13 18 15 17 16",
    ),
    ...shufflesOf(
      24,
      9,
      "12 11 10 14 13,12 13 14 10 11,12 11 13 14 10,10 12 13 14 11,13 14 10 12 11,10 11 13 12 14,13 12 11 10 14,14 10 13 11 12,13 10 14 12 11,14 10 11 12 13",
    ),
    ...shufflesOf(
      24,
      10,
      "11 13 12,12 13 11,12 13 11,12 13 11,13 12 11,11 12 13,12 11 13,13 11 12,13 12 11,11 13 12",
    ),
  ];
  for (const [layerCount, start, seed, order] of golden) {
    const { schedule } = buildVariant("random", { start, seed }, layerCount);
    const before = Array.from({ length: start + 1 }, (_, i) => i);
    const after = Array.from({ length: start }, (_, i) => layerCount - start + i);
    const expected = parseSchedule([...before, ...order.split(" "), ...after].join(", "));
    assert.deepEqual(schedule, expected, `T=${layerCount} s=${start} seed=${seed}`);
  }
});

function shufflesOf(layerCount: number, start: number, orders: string): [number, number, number, string][] {
  return orders.split(",").map((order, seed) => [layerCount, start, seed, order]);
}

test("buildVariant() names and describes what it built", () => {
  const { name, method, parameters } = buildVariant("random", { seed: 0, start: 8 }, 32);
  assert.equal(name, "random(start=8,seed=0)");
  assert.equal(method, "random");
  assert.deepEqual(parameters, { start: 8, seed: 0 });
});

test("buildVariant() refuses numbers that fit no schedule", () => {
  const cases: readonly [VariantMethod, VariantParameters, number, RegExp][] = [
    ["skip", { start: 16 }, 32, /^start 16 leaves no middle in 32 layers: the largest start is 15$/],
    ["reverse", { start: 15 }, 31, /^start 15 leaves no middle in 31 layers: the largest start is 14$/],
    ["parallel", { start: 0 }, 1, /^start 0 leaves no middle in 1 layers: too few for any start$/],
    ["skip", { start: -1 }, 32, /^start must be a whole number of at least 0, not -1$/],
    ["skip", { start: 1.5 }, 32, /not 1.5$/],
    ["random", { start: 1, seed: Number.NaN }, 32, /^seed must be .* not NaN$/],
    ["loop_parallel", { start: 1, loops: 0 }, 32, /^loops must be .* at least 1/],
    ["skip", {}, 32, /^skip needs start, for example skip\(start=3\)$/],
    ["baseline", { seed: 1 }, 32, /^baseline has no parameter seed; it takes no parameters$/],
    ["skip_idx", { index: 32 }, 32, /index 32 is outside 0..32/],
    ["switch_idx", { index: 31 }, 32, /index 31 is outside 0..31/],
    ["baseline", {}, 0, /^the number of layers must be from 1 to 1000, not 0$/],
    ["baseline", {}, 1e12, /not 1000000000000$/],
  ];
  for (const [method, parameters, layerCount, message] of cases) {
    assert.throws(() => buildVariant(method, parameters, layerCount), {
      name: "VariantError",
      exitCode: 2,
      message,
    });
  }
  for (const layerCount of [2, 3, 12, 31, 32]) {
    const start = largestStart(layerCount);
    buildVariant("skip", { start }, layerCount);
    assert.throws(() => buildVariant("skip", { start: start + 1 }, layerCount));
  }
});

test("parseNamed() reads back every name and every text of a grid", () => {
  for (const named of gridSchedules("paper", 32)) {
    assert.deepEqual(parseNamed(named.name, 32), named);
    const custom = parseNamed(printSchedule(named.schedule), 32);
    assert.equal(custom.method, "custom");
    assert.deepEqual(custom.schedule, named.schedule);
  }
  assert.deepEqual(parseNamed(" random ( seed = 3 , start = 8 ) ", 32).name, "random(start=8,seed=3)");
  assert.equal(parseNamed("0,1,  2, mean( 3 ,4)", 32).name, "0..3, mean(3..5)");
});

test("gridSchedules() holds what the paper's figures show, each name once", () => {
  const sizes: readonly [string, number, number][] = [
    ["paper", 32, 432],
    ["main", 32, 16 * 15 + 32 + 31 + 1],
    ["paper", 24, 12 * 23 + 24 + 23 + 1],
    ["main", 1, 2],
  ];
  for (const [grid, layerCount, size] of sizes) {
    const names = gridSchedules(grid, layerCount).map(({ name }) => name);
    assert.equal(names.length, size, grid);
    assert.equal(new Set(names).size, size);
  }
  assert.throws(() => gridSchedules("papre", 32), { exitCode: 2, message: /'papre' .* paper and main/ });
});
