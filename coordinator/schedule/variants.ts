// The paper's methods (section 3 and its published code): numbers -> schedule.
// A variant is a family of schedules with a name; this is the only place that knows them.
import { MAX_LAYERS } from "./limits.js";
import { PythonRandom } from "./python-random.js";
import type { Method, NamedSchedule, Schedule, VariantParameter } from "./schedule.js";
import { VariantError } from "./schedule-error.js";
import { sequenceOf } from "./sequence.js";

export type VariantMethod = Exclude<Method, "custom">;

export type VariantParameters = Readonly<Partial<Record<VariantParameter, number>>>;

interface Variant {
  /** All are needed; in the order they have in the name. */
  readonly parameters: readonly VariantParameter[];
  readonly build: (layerCount: number, numbers: Readonly<Record<VariantParameter, number>>) => Schedule;
}

const VARIANTS: Readonly<Record<VariantMethod, Variant>> = {
  baseline: { parameters: [], build: (layerCount) => layers(span(0, layerCount)) },
  skip: {
    parameters: ["start"],
    build: (layerCount, { start }) => withMiddle(layerCount, start, () => []),
  },
  middle_repeat: {
    parameters: ["start"],
    build: (layerCount, { start }) =>
      withMiddle(layerCount, start, (middle) => [
        { kind: "loop", times: middle.length, body: layer(Math.floor(layerCount / 2)) },
      ]),
  },
  reverse: {
    parameters: ["start"],
    build: (layerCount, { start }) =>
      withMiddle(layerCount, start, (middle) => middle.toReversed().map(layer)),
  },
  random: {
    parameters: ["start", "seed"],
    build: (layerCount, { start, seed }) =>
      withMiddle(layerCount, start, (middle) => new PythonRandom(seed).shuffle(middle).map(layer)),
  },
  parallel: {
    parameters: ["start"],
    build: (layerCount, { start }) => withMiddle(layerCount, start, (middle) => [meanOf(middle)]),
  },
  loop_parallel: {
    parameters: ["start", "loops"],
    build: (layerCount, { start, loops }) =>
      withMiddle(layerCount, start, (middle) => [{ kind: "loop", times: loops, body: meanOf(middle) }]),
  },
  skip_idx: {
    parameters: ["index"],
    build: (layerCount, { index }) => layers(span(0, layerCount).toSpliced(index, 1)),
  },
  switch_idx: {
    parameters: ["index"],
    build: (layerCount, { index }) => layers(span(0, layerCount).toSpliced(index, 2, index + 1, index)),
  },
};

export const VARIANT_METHODS = Object.keys(VARIANTS) as readonly VariantMethod[];

export function isVariantMethod(word: string): word is VariantMethod {
  return Object.hasOwn(VARIANTS, word);
}

/** The parameters a variant needs, in the order they have in its name. */
export function variantParameters(method: VariantMethod): readonly VariantParameter[] {
  return VARIANTS[method].parameters;
}

/** Builds one schedule of a variant, named like `random(start=8,seed=0)`. Throws a VariantError that says what does not fit. */
export function buildVariant(
  method: VariantMethod,
  given: VariantParameters,
  layerCount: number,
): NamedSchedule {
  const { parameters: needed, build } = VARIANTS[method];
  if (!(Number.isInteger(layerCount) && layerCount >= 1 && layerCount <= MAX_LAYERS)) {
    throw new VariantError(null, `the number of layers must be from 1 to ${MAX_LAYERS}, not ${layerCount}`);
  }
  for (const parameter of Object.keys(given) as VariantParameter[]) {
    if (given[parameter] !== undefined && !needed.includes(parameter)) {
      const takes = needed.length === 0 ? "no parameters" : needed.join(" and ");
      throw new VariantError(parameter, `${method} has no parameter ${parameter}; it takes ${takes}`);
    }
  }
  const parameters: Partial<Record<VariantParameter, number>> = {};
  for (const parameter of needed) {
    const value = given[parameter];
    if (value === undefined)
      throw new VariantError(parameter, `${method} needs ${parameter}, for example ${example(method)}`);
    requireInRange(method, parameter, value, layerCount);
    parameters[parameter] = value;
  }
  const schedule = build(layerCount, { start: 0, seed: 0, loops: 0, index: 0, ...parameters });
  return { name: nameOf(method, parameters), method, parameters, schedule };
}

/** The largest start that leaves a middle layer, M = T - 2 start - 1 >= 1; -1 where none does. */
export function largestStart(layerCount: number): number {
  return Math.floor((layerCount - 2) / 2);
}

function nameOf(method: VariantMethod, parameters: VariantParameters): string {
  const values = Object.entries(parameters).map(([parameter, value]) => `${parameter}=${value}`);
  return values.length === 0 ? method : `${method}(${values.join(",")})`;
}

function example(method: VariantMethod): string {
  const values = { start: 3, seed: 0, loops: 3, index: 5 };
  const parameters: Partial<Record<VariantParameter, number>> = {};
  for (const parameter of VARIANTS[method].parameters) parameters[parameter] = values[parameter];
  return nameOf(method, parameters);
}

function requireInRange(
  method: VariantMethod,
  parameter: VariantParameter,
  value: number,
  layerCount: number,
): void {
  requireWhole(parameter, value, parameter === "loops" ? 1 : 0);
  if (parameter === "start") requireMiddle(value, layerCount);
  if (parameter === "index") {
    const end = method === "switch_idx" ? layerCount - 1 : layerCount;
    if (value >= end)
      throw new VariantError(
        "index",
        `${method}: index ${value} is outside 0..${end} (${layerCount} layers)`,
      );
  }
}

function requireWhole(parameter: VariantParameter, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new VariantError(parameter, `${parameter} must be a whole number of at least ${least}, not ${value}`);
}

function requireMiddle(start: number, layerCount: number): void {
  const largest = largestStart(layerCount);
  if (start <= largest) return;
  const allowed = largest < 0 ? "too few for any start" : `the largest start is ${largest}`;
  throw new VariantError("start", `start ${start} leaves no middle in ${layerCount} layers: ${allowed}`);
}

/** Pre = 0..start inclusive, middle = start+1 .. e-1, Post = e .. T-1, with e = T - start (paper.md). */
function withMiddle(
  layerCount: number,
  start: number,
  build: (middle: readonly number[]) => readonly Schedule[],
): Schedule {
  const end = layerCount - start;
  return sequenceOf([
    ...span(0, start + 1).map(layer),
    ...build(span(start + 1, end)),
    ...span(end, layerCount).map(layer),
  ]);
}

function meanOf(middle: readonly number[]): Schedule {
  return { kind: "merge", rule: "mean", branches: middle.map(layer) };
}

function layers(indices: readonly number[]): Schedule {
  return sequenceOf(indices.map(layer));
}

function layer(index: number): Schedule {
  return { kind: "layer", layer: index };
}

/** The layers in [start, end). */
function span(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}
