// Summary -> what every figure is drawn from: per schedule its value on each task, and over tasks
// (measure.ts says which), each with an error. Pure.
import { PythonRandom } from "../../schedule/python-random.js";
import { enteringMetric, median } from "../summary.js";
import type { Summary } from "../summary-file.js";
import type { FullModel, Measure } from "./measure.js";

/** Where a task has both acc and acc_norm, figures show this one; tables have both. */
export const shownMetric = "acc";

export interface Estimate {
  readonly value: number;
  /** One standard error, or over seeds their standard deviation. null: there is none. */
  readonly error: number | null;
}

/** What normalising divides by: 0 is `chance`, 1 is `full`. */
export interface TaskScale {
  readonly task: string;
  readonly metric: string;
  readonly chance: number;
  readonly full: number;
}

export interface ScheduleValues {
  readonly schedule: string;
  readonly method: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** By task; where values are normalised, lacks tasks without a scale. */
  readonly tasks: ReadonlyMap<string, Estimate>;
  /** Over tasks: of normalised values the median, of others the mean. null: there is none. */
  readonly overall: Estimate | null;
}

const medianDraws = 400;

/**
 * Of each task, the scale of the metric that figures show, recovered from its rows. Lacks tasks
 * that are not normalised (no full model, or one no better than chance) or that are 1 everywhere.
 */
export function taskScales(rows: Summary["rows"]): ReadonlyMap<string, TaskScale> {
  const scales = new Map<string, TaskScale>();
  for (const task of new Set(rows.map((row) => row.task))) {
    const own = rows.filter((row) => row.task === task && row.normalised !== null);
    const metric = own.some((row) => row.metric === shownMetric) ? shownMetric : own[0]?.metric;
    const shown = own.filter((row) => row.metric === metric && Number.isFinite(row.value));
    const full = shown.find((row) => row.normalised === 1)?.value;
    if (metric === undefined || full === undefined) continue;
    // normalised = (value - chance) / (full - chance): the row farthest from 1 tells the slope best.
    const distance = (row: (typeof shown)[number]): number => Math.abs(1 - (row.normalised ?? 1));
    const far = shown.reduce((best, row) => (distance(row) > distance(best) ? row : best));
    if (distance(far) === 0) continue;
    const span = (full - far.value) / (1 - (far.normalised ?? 1));
    scales.set(task, { task, metric, chance: full - span, full });
  }
  return scales;
}

/** An encoder's summary has means; its values are shown as they are. */
export function measureOf(summary: Summary, values: readonly ScheduleValues[]): Measure {
  if (summary.means.length === 0) return { kind: "normalised", full: { overall: 1, tasks: new Map() } };
  const baseline = values.find(({ method }) => method === "baseline");
  if (!baseline || baseline.overall === null) return { kind: "plain", full: null };
  const tasks = new Map([...baseline.tasks].map(([task, { value }]) => [task, value]));
  return { kind: "plain", full: { overall: baseline.overall.value, tasks } satisfies FullModel };
}

/** In the sweep's order. */
export function scheduleValues(summary: Summary): readonly ScheduleValues[] {
  return summary.means.length > 0 ? plainValues(summary) : normalisedValues(summary);
}

function plainValues({ rows: all, means }: Summary): readonly ScheduleValues[] {
  const meanOfSchedule = new Map(means.map(({ schedule, value }) => [schedule, value]));
  const entering = enteringMetrics(all);
  return [...rowsBySchedule(all)].map(([schedule, rows]) => {
    const { method, parameters } = rows[0]!;
    const shown = rows.filter(
      ({ task, metric, value }) => entering.get(task) === metric && Number.isFinite(value),
    );
    const tasks = new Map(
      shown.map(({ task, value, stderr }): [string, Estimate] => [
        task,
        { value, error: stderr === null || !Number.isFinite(stderr) ? null : stderr },
      ]),
    );
    const value = meanOfSchedule.get(schedule) ?? Number.NaN;
    const overall = Number.isFinite(value) ? { value, error: meanError([...tasks.values()]) } : null;
    return { schedule, method, parameters, tasks, overall };
  });
}

/** By task, the metric that enters the mean. */
export function enteringMetrics(rows: Summary["rows"]): ReadonlyMap<string, string> {
  const metrics = new Map<string, string[]>();
  for (const { task, metric } of rows) metrics.set(task, [...(metrics.get(task) ?? []), metric]);
  return new Map([...metrics].map(([task, own]) => [task, enteringMetric(own)!]));
}

function rowsBySchedule(rows: Summary["rows"]): ReadonlyMap<string, Summary["rows"][number][]> {
  const bySchedule = new Map<string, Summary["rows"][number][]>();
  for (const row of rows) {
    const own = bySchedule.get(row.schedule);
    if (own) own.push(row);
    else bySchedule.set(row.schedule, [row]);
  }
  return bySchedule;
}

function normalisedValues(summary: Summary): readonly ScheduleValues[] {
  const scales = taskScales(summary.rows);
  const medians = new Map(summary.medians.map((row) => [row.schedule, row[shownMetric]]));
  return [...rowsBySchedule(summary.rows)].map(([schedule, rows]) => {
    const { method, parameters } = rows[0]!;
    const tasks = new Map<string, Estimate>();
    for (const { task, metric, normalised, stderr } of rows) {
      const scale = scales.get(task);
      if (scale?.metric !== metric || normalised === null || !Number.isFinite(normalised)) continue;
      const error = stderr === null || !Number.isFinite(stderr) ? null : stderr / (scale.full - scale.chance);
      tasks.set(task, { value: normalised, error });
    }
    const value = medians.get(schedule) ?? null;
    const isKnown = value !== null && Number.isFinite(value);
    return {
      schedule,
      method,
      parameters,
      tasks,
      overall: isKnown ? { value, error: medianError([...tasks.values()]) } : null,
    };
  });
}

/**
 * How much the median moves when each value moves by its own standard error: the standard deviation
 * over seeded normal draws. null where a value has no error.
 */
export function medianError(estimates: readonly Estimate[]): number | null {
  if (estimates.length === 0 || estimates.some(({ error }) => error === null)) return null;
  if (estimates.every(({ error }) => error === 0)) return 0;
  const random = new PythonRandom(0);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.random())) * Math.cos(2 * Math.PI * random.random());
  const drawn = Array.from({ length: medianDraws }, () =>
    median(estimates.map(({ value, error }) => value + (error ?? 0) * normal())),
  );
  return standardDeviation(drawn);
}

/** Of a mean of independent values. null where a value has no error. */
function meanError(estimates: readonly Estimate[]): number | null {
  if (estimates.length === 0 || estimates.some(({ error }) => error === null)) return null;
  return Math.sqrt(estimates.reduce((sum, { error }) => sum + (error ?? 0) ** 2, 0)) / estimates.length;
}

/** The mean with the standard deviation over the values; one value alone keeps its own error. */
export function meanOf(estimates: readonly Estimate[]): Estimate {
  if (estimates.length === 1) return estimates[0]!;
  const values = estimates.map(({ value }) => value);
  return { value: mean(values), error: standardDeviation(values) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample: n - 1 below. */
function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
