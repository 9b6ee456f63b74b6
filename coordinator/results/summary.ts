// From all scores of a sweep to its table: a row per schedule, task and metric, and
// per schedule the paper's summary, the median over tasks or, of an encoder, the mean. Pure: sums and stderrs come
// in by a port.
import type { RequestScore } from "../../models/token-row.js";
import type { NamedSchedule, Schedule } from "../schedule/schedule.js";
import { canonicalText } from "../schedule/simplify.js";
import type { GenerationDocument, GenerationTask } from "../suites/generation-task.js";
import type { Metric, Task, TaskDocument } from "../suites/task.js";
import { metricColumns, type TaskValues, taskValues } from "./task-values.js";

/** A row's schedule: one for all documents, or one of many for each. */
export interface ReportedSchedule extends Omit<NamedSchedule, "method" | "schedule"> {
  readonly method: NamedSchedule["method"] | "per_document";
  readonly schedule: Schedule | PerDocument;
}

export interface PerDocument {
  readonly kind: "per-document";
  /** How many different ones there are. */
  readonly schedules: number;
}

export interface Sweep {
  readonly schedules: readonly ReportedSchedule[];
  readonly layerCount: number;
  readonly tasks: readonly SweepTask[];
}

/** A task with the documents a sweep runs. */
export type SweepTask = ScoredTask | GeneratedTask;

interface SweptTask<AsTask, Document> {
  readonly task: AsTask;
  readonly documents: readonly Document[];
  /** Documents in the evaluation split, before the limit. */
  readonly original: number;
  readonly shots: number;
}

export type ScoredTask = SweptTask<Task, TaskDocument>;
export type GeneratedTask = SweptTask<GenerationTask, GenerationDocument>;

/** What the model made of every document of a task under one schedule, in document order. */
export interface Outputs {
  readonly scoresOf: (schedule: ReportedSchedule, task: ScoredTask) => readonly (readonly RequestScore[])[];
  /** Texts, cut before their stop strings. */
  readonly textsOf: (schedule: ReportedSchedule, task: GeneratedTask) => readonly string[];
}

/** What the documents' values come to, for every schedule at once: the bootstrap shares its draws. */
export type Aggregate = (
  metric: Pick<Metric, "aggregation">,
  /** A series per schedule: a value per document. */
  series: readonly Float64Array[],
) => readonly Aggregated[] | Promise<readonly Aggregated[]>;

export interface Aggregated {
  readonly value: number;
  /** null: there is none, for a single document or without bootstrap iterations. */
  readonly stderr: number | null;
}

export interface SummaryRow {
  readonly schedule: string;
  readonly method: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** Canonical text of the schedule; in words where every document has its own. */
  readonly text: string;
  readonly task: string;
  readonly metric: string;
  readonly value: number;
  readonly stderr: number | null;
  /**
   * (value - chance) / (full - chance), full being the value with all layers in order. null where the
   * metric has no chance level, the sweep no such schedule, or the full model is no better than chance.
   */
  readonly normalised: number | null;
  readonly documents: number;
  /** Documents with a score that is NaN or infinite; they count in the value as they are. */
  readonly nonFinite: number;
}

/**
 * Medians over tasks of one schedule's normalised values. The paper does not say whether it shows acc or
 * acc_norm, so there is one of each; a task without the metric asked for enters with its first normalised one.
 */
export interface ScheduleMedians {
  readonly schedule: string;
  readonly acc: number | null;
  readonly acc_norm: number | null;
}

/** Mean over tasks of one schedule's values as they are, of each task the metric that enteringMetric() names. */
export interface ScheduleMean {
  readonly schedule: string;
  readonly value: number;
}

export interface SweepSummary {
  /** Schedule by schedule, in the sweep's order; tasks and metrics in theirs. */
  readonly rows: readonly SummaryRow[];
  /** Empty for an encoder. */
  readonly medians: readonly ScheduleMedians[];
  /** Empty for a decoder. */
  readonly means: readonly ScheduleMean[];
}

/** Reads the outputs of one task at a time, so memory holds one number per document, schedule and metric of it. */
export async function summarise(sweep: Sweep, outputs: Outputs, aggregate: Aggregate): Promise<SweepSummary> {
  const texts = sweep.schedules.map(({ schedule }) => textOf(schedule));
  const full = texts.indexOf(allLayers(sweep.layerCount));
  const columns: SummaryRow[][] = []; // [task and metric][schedule]
  for (const sweepTask of sweep.tasks) {
    columns.push(...(await summariseTask(sweep, sweepTask, { texts, full, outputs, aggregate })));
  }
  const rows = sweep.schedules.flatMap((_, s) => columns.map((column) => column[s]!));
  const ofSchedules = sweep.schedules.map(({ name }, s) => ({
    schedule: name,
    own: columns.map((column) => column[s]!),
  }));
  if (isOfEncoder(sweep)) {
    const means = ofSchedules.map(({ schedule, own }) => ({ schedule, value: meanOver(own) }));
    return { rows, medians: [], means };
  }
  const medians = ofSchedules.map(({ schedule, own }) => ({
    schedule,
    acc: medianOver(own, "acc"),
    acc_norm: medianOver(own, "acc_norm"),
  }));
  return { rows, medians, means: [] };
}

/** Its tasks are an encoder's, all or none. */
function isOfEncoder({ tasks }: Sweep): boolean {
  return tasks.some(
    ({ task: { outputType } }) => outputType === "classification" || outputType === "regression",
  );
}

interface Summarising {
  readonly texts: readonly string[];
  /** Index of the schedule with all layers in order; -1: the sweep has none. */
  readonly full: number;
  readonly outputs: Outputs;
  readonly aggregate: Aggregate;
}

async function summariseTask(
  sweep: Sweep,
  sweepTask: SweepTask,
  { texts, full, outputs, aggregate }: Summarising,
): Promise<SummaryRow[][]> {
  const values: readonly TaskValues[] = sweep.schedules.map((schedule) =>
    taskValues(schedule, sweepTask, outputs),
  );
  const columns: SummaryRow[][] = [];
  for (const [m, metric] of metricColumns(sweepTask).entries()) {
    const aggregated = await aggregate(
      metric,
      values.map(({ series }) => series[m]!),
    );
    const fullValue = aggregated[full]?.value;
    columns.push(
      sweep.schedules.map(({ name, method, parameters }, s) => {
        const { value, stderr } = aggregated[s]!;
        return {
          schedule: name,
          method,
          parameters,
          text: texts[s]!,
          task: sweepTask.task.name,
          metric: metric.column,
          value,
          stderr,
          normalised: normalise(value, metric.chance, fullValue),
          documents: sweepTask.documents.length,
          nonFinite: values[s]!.nonFinite,
        };
      }),
    );
  }
  return columns;
}

export function textOf(schedule: ReportedSchedule["schedule"]): string {
  if (schedule.kind !== "per-document") return canonicalText(schedule);
  return `one of ${schedule.schedules} schedules for each document`;
}

/** Canonical text of the schedule that changes nothing. */
function allLayers(layerCount: number): string {
  const items = Array.from({ length: layerCount }, (_, layer) => ({ kind: "layer", layer }) as const);
  return canonicalText({ kind: "sequence", items });
}

// A full model at or below chance spans no scale: dividing by it would turn better into worse.
function normalise(value: number, chance: number | null, full: number | undefined): number | null {
  if (chance === null || full === undefined || !(full > chance)) return null;
  return (value - chance) / (full - chance);
}

function medianOver(rows: readonly SummaryRow[], metric: string): number | null {
  const values: number[] = [];
  for (const task of new Set(rows.map((row) => row.task))) {
    const normalised = rows.filter((row) => row.task === task && row.normalised !== null);
    const row = normalised.find((candidate) => candidate.metric === metric) ?? normalised[0];
    if (row !== undefined && row.normalised !== null) values.push(row.normalised);
  }
  return values.length === 0 ? null : median(values);
}

/** Of a task's metrics, the one that enters the mean: run_glue.py's mean of several where there are several. */
export function enteringMetric(metrics: readonly string[]): string | undefined {
  return metrics.find((metric) => metric === "combined_score") ?? metrics[0];
}

function meanOver(rows: readonly SummaryRow[]): number {
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const values = tasks.map((task) => {
    const own = rows.filter((row) => row.task === task);
    const entering = enteringMetric(own.map(({ metric }) => metric));
    return own.find(({ metric }) => metric === entering)!.value;
  });
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle value, or the mean of the two in the middle; NaN if any is. */
export function median(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return Number.NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
