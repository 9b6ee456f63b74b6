// A task as `configs` of the harness's results files shows it.
import type { GenerationDocument } from "../suites/generation-task.js";
import { PythonFloat } from "./python-json.js";
import type { GeneratedTask, ScoredTask, SweepTask } from "./summary.js";
import { isGenerated } from "./task-values.js";

export function taskConfig(sweepTask: SweepTask) {
  const { task, shots } = sweepTask;
  const { path, config, evaluationSplit, fewshotSplit } = task.dataset;
  return {
    task: task.name,
    dataset_path: path,
    dataset_name: config ?? undefined,
    // MNLI's two validation splits are each the validation split of a task.
    [`${evaluationSplit.replace(/_.*/, "")}_split`]: evaluationSplit,
    fewshot_split: fewshotSplit,
    description: "",
    target_delimiter: task.outputType === "loglikelihood" ? "" : " ",
    fewshot_delimiter: "\n\n",
    num_fewshot: shots,
    ...(isGenerated(sweepTask) ? generation(sweepTask) : scoring(sweepTask)),
    repeats: 1,
    should_decontaminate: false,
    metadata: { version: new PythonFloat(task.version) },
  };
}

function scoring({ task }: ScoredTask) {
  return {
    metric_list: task.metrics.map(({ name, aggregation, higherIsBetter }) => ({
      metric: name,
      aggregation,
      higher_is_better: higherIsBetter,
    })),
    output_type: task.outputType,
  };
}

function generation({ task, documents }: GeneratedTask) {
  const { name, aggregation, higherIsBetter, options } = task.metric;
  return {
    metric_list: [{ metric: name, aggregation, higher_is_better: higherIsBetter, ...options }],
    output_type: task.outputType,
    generation_kwargs: documents[0] && generationArguments(documents[0]),
    filter_list: task.filters.map((filter) => ({ name: filter.name, filter: filter.steps })),
  };
}

/** The harness's generation_kwargs, as they are in its definition and in samples. */
export function generationArguments({ request }: GenerationDocument) {
  return { until: request.until, do_sample: false, temperature: new PythonFloat(0) };
}
