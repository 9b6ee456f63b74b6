// What to look at: sentences computed from a run's own numbers, for the top of the report
// and as the text alternative of figures. Pure.
import type { Curve, CurvePoint } from "./curves.js";
import type { LoopCell } from "./loop-widths.js";
import { fullOf, keptThreshold, type Measure, wordsOf } from "./measure.js";
import type { ParetoPoint } from "./pareto.js";
import type { ScheduleValues, TaskScale } from "./schedule-values.js";
import { methodLabel } from "./series-style.js";

export interface FindingInputs {
  readonly layerCount: number;
  readonly measure: Measure;
  /** Of normalised scores; else empty. */
  readonly scales: ReadonlyMap<string, TaskScale>;
  /** One a method. */
  readonly curves: readonly Curve[];
  readonly skipOne: readonly CurvePoint[];
  readonly switched: readonly CurvePoint[];
  readonly loopCells: readonly LoopCell[];
}

/** In order of interest; empty where the sweep has nothing of the kind. */
export function findings(inputs: FindingInputs): readonly string[] {
  const { layerCount, measure, scales, curves, skipOne, switched } = inputs;
  const skip = curves.find(({ method }) => method === "skip");
  return [
    ...(scales.size === 0 ? [] : [fullModelFinding([...scales.values()])]),
    ...plainFullModelFinding(measure),
    ...(skip ? [`Skip: ${keptFinding(skip, layerCount, measure)}`] : []),
    ...halfDepthFindings(curves, layerCount, measure),
    ...(skipOne.length < 2 ? [] : [`Skipping one layer: ${indexFinding(skipOne, measure)}`]),
    ...(switched.length < 2 ? [] : [`Switching neighbours: ${indexFinding(switched, measure)}`]),
    ...(inputs.loopCells.length === 0 ? [] : [loopFinding(inputs.loopCells)]),
  ];
}

function fullModelFinding(scales: readonly TaskScale[]): string {
  const margins = scales.map(
    ({ task, metric, full, chance }) =>
      `${task} ${number(full)} (${metric}${Math.abs(chance) < 1e-9 ? "" : `, chance ${number(chance)}`})`,
  );
  return `The full model scores ${list(margins)}.`;
}

function plainFullModelFinding({ kind, full }: Measure): readonly string[] {
  if (kind === "normalised" || full === null) return [];
  const scores = [...full.tasks].map(([task, value]) => `${task} ${number(value)}`);
  return [`The full model scores ${list(scores)}; their mean is ${number(full.overall)}.`];
}

/** How far a curve goes before what it has over tasks falls under the threshold. */
export function keptFinding({ method, points }: Curve, layerCount: number, measure: Measure): string {
  const { overall } = wordsOf(measure);
  const threshold = keptThreshold(measure);
  const affected = method === "skip" ? "skipped" : "affected";
  if (threshold === null) {
    const [first, last] = [points[0]!, points.at(-1)!];
    return (
      `the ${overall} is ${number(first.overall.value)} with ${layersText(first.x)} ${affected} and ` +
      `${number(last.overall.value)} with ${last.x}.`
    );
  }
  const fallen = points.findIndex((point) => point.overall.value < threshold.value);
  if (fallen === -1) {
    const last = points.at(-1)!;
    return `the ${overall} stays at ${threshold.text} or better with up to ${last.x} of ${layerCount} layers ${affected}.`;
  }
  const below = points[fallen]!;
  const drop = `with ${layersText(below.x)} ${affected} it is ${number(below.overall.value)}`;
  if (fallen === 0) return `the ${overall} is under ${threshold.text} from the start; ${drop}.`;
  const kept = points[fallen - 1]!;
  return (
    `up to ${kept.x} of ${layerCount} layers can be ${affected} before the ${overall} falls under ${threshold.text} ` +
    `(${number(kept.overall.value)} there); ${drop}.`
  );
}

function halfDepthFindings(
  curves: readonly Curve[],
  layerCount: number,
  measure: Measure,
): readonly string[] {
  const { overall } = wordsOf(measure);
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))];
  const half = layerCount / 2;
  const x = xs.toSorted((a, b) => Math.abs(a - half) - Math.abs(b - half) || a - b)[0];
  if (x === undefined) return [];
  const there = curves.flatMap(({ method, loops, points }) => {
    const point = points.find((candidate) => candidate.x === x);
    return point ? [{ label: methodLabel(method, loops), method, point }] : [];
  });
  if (there.length < 2) return [];
  const ranked = there.toSorted((a, b) => b.point.overall.value - a.point.overall.value);
  const order = ranked.map(({ label, point }) => `${label} ${number(point.overall.value)}`);
  const depth = Math.abs(x - half) <= 1 ? "At half depth" : "Nearest to half depth";
  const found = [
    `${depth} (${x} of ${layerCount} layers affected), best to worst by ${overall}: ${order.join(", ")}.`,
  ];
  const skip = there.find(({ method }) => method === "skip");
  const tasks = [...(skip?.point.tasks ?? [])]
    .map(([task, { value }]) => ({ task, value, change: value - fullOf(measure, task) }))
    .toSorted((a, b) => a.change - b.change);
  if (tasks.length >= 2 && measure.full !== null) {
    const [worst, best] = [tasks[0]!, tasks.at(-1)!];
    found.push(
      `With those ${x} layers skipped, ${worst.task} falls most (to ${number(worst.value)}) and ` +
        `${best.task} least (to ${number(best.value)}).`,
    );
  }
  return found;
}

/** The most and the least harmful index. */
export function indexFinding(points: readonly CurvePoint[], measure: Measure): string {
  const { overall } = wordsOf(measure);
  const threshold = keptThreshold(measure);
  const ranked = points.toSorted((a, b) => a.overall.value - b.overall.value);
  const [worst, best] = [ranked[0]!, ranked.at(-1)!];
  const ends =
    `layer ${worst.x} does most harm (${overall} ${number(worst.overall.value)}), layer ${best.x} least ` +
    `(${number(best.overall.value)})`;
  if (threshold === null) return `${ends}.`;
  const harmless = points.filter((point) => point.overall.value >= threshold.value).length;
  return `${ends}; ${harmless} of ${points.length} keep the ${overall} at ${threshold.text} or better.`;
}

export function loopFinding(cells: readonly LoopCell[]): string {
  const best = cells.filter(({ isBest }) => isBest);
  const wide = best.at(-1)!;
  const narrow = best[0]!;
  const looped = best.filter(({ loops }) => loops > 1).length;
  return (
    `Loops: more than one loop is best at ${looped} of ${best.length} parallel widths; the best count is ` +
    `${narrow.loops} for ${layersText(narrow.width)} side by side and ${wide.loops} for ${wide.width}.`
  );
}

/** Best to worst at the greatest number of affected layers that all curves have. */
export function allMethodsFinding(curves: readonly Curve[], layerCount: number, measure: Measure): string {
  const [order] = halfDepthFindings(curves, layerCount, measure);
  if (order !== undefined) return order;
  const kept = curves.map(
    (curve) => `${methodLabel(curve.method, curve.loops)}: ${keptFinding(curve, layerCount, measure)}`,
  );
  return capitalise(kept.join(" "));
}

export function paretoFinding(points: readonly ParetoPoint[], overall: string): string {
  const front = points.filter(({ isFront }) => isFront);
  const [fastest, best] = [front[0]!, front.at(-1)!];
  if (front.length === 1) return `${best.schedule} is both the fastest and the best of ${points.length}.`;
  return (
    `${front.length} of ${points.length} schedules are on the front, from ${fastest.schedule} ` +
    `(${number(fastest.ms)} ms, ${overall} ${number(fastest.overall.value)}) to ${best.schedule} ` +
    `(${number(best.ms)} ms, ${overall} ${number(best.overall.value)}).`
  );
}

/** Tasks and schedules that figures cannot show. */
export function leftOut(
  rows: readonly { readonly task: string }[],
  values: readonly ScheduleValues[],
  scales: ReadonlyMap<string, TaskScale>,
  measure: Measure,
): readonly string[] {
  const broken = values.filter(({ overall }) => overall === null).length;
  const isNotFinite = `and so not in the figures: ${broken} schedules whose scores are not finite.`;
  if (measure.kind === "plain") return broken > 0 ? [`Without a mean, ${isNotFinite}`] : [];
  const tasks = [...new Set(rows.map(({ task }) => task))].filter((task) => !scales.has(task));
  const found: string[] = [];
  if (scales.size === 0) {
    found.push(
      "Nothing here is normalised: that takes the full model (schedule baseline) in the sweep, better than chance, " +
        "and a schedule that differs from it. The values are in the tables.",
    );
  } else if (tasks.length > 0) {
    found.push(
      `Not in the figures: ${list(tasks)}, where the full model is no better than chance or no schedule differs from it.`,
    );
  }
  if (scales.size > 0 && broken > 0) {
    found.push(`Without a median, ${isNotFinite}`);
  }
  return found;
}

export function number(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  if (Math.abs(value) >= 10) return value.toFixed(1);
  const text = value.toFixed(2);
  return text === "-0.00" ? "0.00" : text;
}

export function list(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

function layersText(count: number): string {
  return `${count} layer${count === 1 ? "" : "s"}`;
}

export function capitalise(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
