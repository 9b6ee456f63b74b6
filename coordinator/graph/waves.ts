// NamedSchedules -> waves: the subsets that are run together, so that one
// injection's hidden states fit. Splitting loses the sharing between waves.
import type { NamedSchedule } from "../schedule/schedule.js";
import { buildGraph } from "./build-graph.js";
import type { SweepGraph } from "./sweep-graph.js";

/** Schedules that run in one injection. Waves share no visits. */
export interface Wave {
  /** What the schedules have in common: `start=8`, or `rest`; `start=8/0` and `start=8/1` are its halves. */
  readonly label: string;
  /** Indices into the sweep's schedules, ascending. */
  readonly schedules: readonly number[];
}

/**
 * One wave for each start layer, and one for the schedules without a start (baseline, single layers, free text):
 * schedules of one start share 0..start and its looped merges, those without share the baseline's beginning.
 * A schedule equal by law to one in another wave is in both; who injects asks for its scores once.
 */
export function waves(schedules: readonly NamedSchedule[]): readonly Wave[] {
  const byStart = new Map<number | undefined, number[]>();
  for (const [index, { parameters }] of schedules.entries()) {
    const wave = byStart.get(parameters.start);
    if (wave === undefined) byStart.set(parameters.start, [index]);
    else wave.push(index);
  }
  return Array.from(byStart, ([start, indices]) => ({
    label: start === undefined ? "rest" : `start=${start}`,
    schedules: indices,
  }));
}

/** Halves a wave that does not fit, keeping schedules that begin alike together; null for a wave of one. */
export function splitWave(wave: Wave, schedules: readonly NamedSchedule[]): readonly [Wave, Wave] | null {
  if (wave.schedules.length < 2) return null;
  const graph = buildGraph(wave.schedules.map((index) => (schedules[index] as NamedSchedule).schedule));
  const depthFirst = depthFirstOrder(graph);
  const ordered = wave.schedules
    .map((index, i) => ({ index, place: depthFirst[graph.heads[i] as number] as number }))
    .sort((a, b) => a.place - b.place)
    .map(({ index }) => index);
  const middle = Math.floor(ordered.length / 2);
  const half = (part: 0 | 1, indices: readonly number[]): Wave => ({
    label: `${wave.label}/${part}`,
    schedules: indices.toSorted((a, b) => a - b),
  });
  return [half(0, ordered.slice(0, middle)), half(1, ordered.slice(middle))];
}

/** The place of every visit when the graph is walked depth first, each visit under its (base) input. */
function depthFirstOrder(graph: SweepGraph): Int32Array {
  const followers: number[][] = graph.visits.map(() => []);
  for (const [id, visit] of graph.visits.entries()) {
    if (visit.kind === "embed" || visit.kind === "probe") continue;
    const before = "base" in visit ? visit.base : visit.input;
    (followers[before] as number[]).push(id);
  }
  const places = new Int32Array(graph.visits.length);
  const stack = [0];
  for (let place = 0; stack.length > 0; place++) {
    const id = stack.pop() as number;
    places[id] = place;
    for (const follower of (followers[id] as number[]).toReversed()) stack.push(follower);
  }
  return places;
}
