// What every document of a task is worth under one schedule: a series of values for each of the
// task's columns in tables. Scored and generated tasks become alike here.
import type { Metric } from "../suites/task.js";
import type { GeneratedTask, Outputs, ReportedSchedule, ScoredTask, SweepTask } from "./summary.js";

export function isGenerated(sweepTask: SweepTask): sweepTask is GeneratedTask {
  return sweepTask.task.outputType === "generate_until";
}

export interface MetricColumn extends Pick<Metric, "aggregation" | "chance"> {
  /** The metric, of a generated task with its filter, as the harness prints it: `exact_match,strict-match`. */
  readonly column: string;
}

export interface TaskValues {
  /** A series per column: a value per document. */
  readonly series: readonly Float64Array[];
  /** Documents with a score that is NaN or infinite. */
  readonly nonFinite: number;
}

export function metricColumns(sweepTask: SweepTask): readonly MetricColumn[] {
  if (!isGenerated(sweepTask))
    return sweepTask.task.metrics.map((metric) => ({ ...metric, column: metric.name }));
  const { metric, filters } = sweepTask.task;
  return filters.map((filter) => ({ ...metric, column: `${metric.name},${filter.name}` }));
}

export function taskValues(schedule: ReportedSchedule, sweepTask: SweepTask, outputs: Outputs): TaskValues {
  return isGenerated(sweepTask)
    ? generatedValues(schedule, sweepTask, outputs)
    : scoredValues(schedule, sweepTask, outputs);
}

function scoredValues(schedule: ReportedSchedule, sweepTask: ScoredTask, { scoresOf }: Outputs): TaskValues {
  const { task, documents } = sweepTask;
  const scores = everyDocument(scoresOf(schedule, sweepTask), "scores", schedule, sweepTask);
  return {
    series: task.metrics.map(({ name }) =>
      Float64Array.from(documents, (document, d) => task.score(name, document, scores[d]!)),
    ),
    nonFinite: scores.filter((document) =>
      document.some(({ logLikelihood }) => !Number.isFinite(logLikelihood)),
    ).length,
  };
}

function generatedValues(
  schedule: ReportedSchedule,
  sweepTask: GeneratedTask,
  { textsOf }: Outputs,
): TaskValues {
  const { task, documents } = sweepTask;
  const texts = everyDocument(textsOf(schedule, sweepTask), "texts", schedule, sweepTask);
  return {
    series: task.filters.map((filter) =>
      Float64Array.from(documents, (document, d) => task.score(document, filter.answer(texts[d]!))),
    ),
    nonFinite: 0,
  };
}

function everyDocument<Output>(
  outputs: readonly Output[],
  noun: string,
  schedule: ReportedSchedule,
  { task, documents }: SweepTask,
): readonly Output[] {
  if (outputs.length === documents.length) return outputs;
  throw new Error(
    `${schedule.name}, ${task.name}: ${outputs.length} ${noun} for ${documents.length} documents`,
  );
}
