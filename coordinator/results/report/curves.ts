// Schedule values -> curves: what a method does to the tasks as it touches more layers,
// and what one layer skipped or switched does. Pure.
import { type Estimate, meanOf, type ScheduleValues } from "./schedule-values.js";

/** A method of the main figures; looped parallel has a curve per loop count. */
export interface Curve {
  /** Unique: `skip`, `loop_parallel(loops=3)`. */
  readonly key: string;
  readonly method: string;
  /** 1: parallel. null: a method without loops. */
  readonly loops: number | null;
  /** By x, ascending. */
  readonly points: readonly CurvePoint[];
}

export interface CurvePoint {
  /** Affected layers, or the layer's index. */
  readonly x: number;
  /** More than one: seeds, of which the values are the mean. */
  readonly schedules: readonly string[];
  readonly tasks: ReadonlyMap<string, Estimate>;
  readonly overall: Estimate;
}

const curveMethods = ["skip", "middle_repeat", "reverse", "random", "parallel", "loop_parallel"] as const;

/** The loop count of the paper's main figures. */
const mainLoops = 3;

/** All curves by number of affected layers, in the paper's order of methods. */
export function methodCurves(values: readonly ScheduleValues[], layerCount: number): readonly Curve[] {
  const members = new Map<string, { loops: number | null; method: string; values: ScheduleValues[] }>();
  for (const method of curveMethods) {
    const own = values.filter((value) => methodOf(value) === method && value.parameters.start !== undefined);
    for (const value of own.toSorted((a, b) => loopsOf(a) - loopsOf(b))) {
      const loops = method === "loop_parallel" || method === "parallel" ? loopsOf(value) : null;
      const key = method === "loop_parallel" ? `${method}(loops=${loops})` : method;
      const known = members.get(key);
      if (known) known.values.push(value);
      else members.set(key, { method, loops, values: [value] });
    }
  }
  return [...members]
    .map(([key, { method, loops, values: own }]) => ({
      key,
      method,
      loops,
      points: points(own, ({ parameters }) => affectedLayers(parameters.start!, layerCount)),
    }))
    .filter(({ points }) => points.length > 0);
}

/** Of the curves, one a method: of looped parallel that with 3 loops, or nearest to it. */
export function mainCurves(curves: readonly Curve[]): readonly Curve[] {
  const looped = curves.filter(({ method }) => method === "loop_parallel");
  const distance = ({ loops }: Curve): number => Math.abs((loops ?? 0) - mainLoops);
  const chosen = looped.toSorted((a, b) => distance(a) - distance(b))[0];
  return curves.filter((curve) => curve.method !== "loop_parallel" || curve === chosen);
}

/** One point per layer index: layer left out (`skip_idx`) or exchanged with the next (`switch_idx`). */
export function indexPoints(
  values: readonly ScheduleValues[],
  method: "skip_idx" | "switch_idx",
): readonly CurvePoint[] {
  return points(
    values.filter((value) => value.method === method && value.parameters.index !== undefined),
    ({ parameters }) => parameters.index!,
  );
}

/** M = T - 2 start - 1: the layers between the first start + 1 and the last start. */
export function affectedLayers(start: number, layerCount: number): number {
  return layerCount - 2 * start - 1;
}

/** One loop of looped parallel is parallel. */
function methodOf({ method, parameters }: ScheduleValues): string {
  return method === "loop_parallel" && parameters.loops === 1 ? "parallel" : method;
}

function loopsOf({ parameters }: ScheduleValues): number {
  return parameters.loops ?? 1;
}

/** Schedules with the same x are seeds of one point, except that the same schedule counts once. */
function points(
  values: readonly ScheduleValues[],
  xOf: (value: ScheduleValues) => number,
): readonly CurvePoint[] {
  const byX = new Map<number, Map<string, ScheduleValues>>();
  for (const value of values) {
    const x = xOf(value);
    const seeds = byX.get(x) ?? new Map<string, ScheduleValues>();
    byX.set(x, seeds.set(String(value.parameters.seed), value));
  }
  return [...byX]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([x, seeds]) => {
      const own = [...seeds.values()];
      const overall = own.flatMap((value) => (value.overall === null ? [] : [value.overall]));
      if (overall.length === 0) return [];
      const tasks = new Map<string, Estimate>();
      for (const task of own[0]!.tasks.keys()) {
        const estimates = own.flatMap((value) => value.tasks.get(task) ?? []);
        tasks.set(task, meanOf(estimates));
      }
      return [{ x, schedules: own.map(({ schedule }) => schedule), tasks, overall: meanOf(overall) }];
    });
}
