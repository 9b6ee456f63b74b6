// results_<date>.json of one schedule: the aggregated results file of
// lm-evaluation-harness, for which each schedule is a model of its own.
import { arch, cpus, platform } from "node:os";
import { harnessModelName, sanitiseModelName } from "./harness-names.js";
import { PythonFloat, pythonJson } from "./python-json.js";
import type { SummaryRow, Sweep, SweepTask } from "./summary.js";
import type { RunHeader } from "./summary-file.js";

export interface HarnessResults {
  readonly run: RunHeader;
  readonly sweep: Sweep;
  /** The rows of one schedule. */
  readonly rows: readonly SummaryRow[];
  /** By task; empty where samples are not written. */
  readonly taskHashes: Readonly<Record<string, string>>;
}

export function formatHarnessResults({ run, sweep, rows, taskHashes }: HarnessResults): string {
  const first = rows[0];
  if (first === undefined) throw new Error("a schedule without results has no results file");
  const modelName = harnessModelName(run.model.name, first.schedule);
  const byTask = <Value>(value: (task: SweepTask) => Value) =>
    Object.fromEntries(sweep.tasks.map((task) => [task.task.name, value(task)]));
  const results = {
    results: byTask(({ task, documents }) => ({
      name: task.name,
      alias: task.name,
      sample_len: documents.length,
      ...taskMetrics(rows.filter((row) => row.task === task.name)),
    })),
    group_subtasks: {},
    configs: byTask(taskConfig),
    versions: byTask(({ task }) => new PythonFloat(task.version)),
    "n-shot": byTask(({ shots }) => shots),
    higher_is_better: byTask(({ task }) =>
      Object.fromEntries(task.metrics.map(({ name, higherIsBetter }) => [name, higherIsBetter])),
    ),
    "n-samples": byTask(({ original, documents }) => ({ original, effective: documents.length })),
    config: {
      model: "painters",
      model_args: `pretrained=${modelName}`,
      model_num_parameters: run.model.parameterCount,
      model_dtype: "float32",
      model_revision: "",
      model_sha: run.model.fingerprint,
      batch_size: null,
      batch_sizes: [],
      device: run.numericsId,
      use_cache: null,
      limit: run.limit,
      bootstrap_iters: run.bootstrapIterations,
      gen_kwargs: null,
      // Scoring draws no random numbers; the examples of prompts do.
      random_seed: null,
      numpy_seed: null,
      torch_seed: null,
      fewshot_seed: 1234,
    },
    git_hash: null,
    date: new PythonFloat(Date.parse(run.startedAt) / 1000),
    pretty_env_info: `Node.js ${process.version}, ${platform()} ${arch()}, ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    transformers_version: null,
    lm_eval_version: run.harness,
    upper_git_hash: null,
    max_length: run.model.maxLength,
    task_hashes: taskHashes,
    model_source: "painters",
    model_name: modelName,
    model_name_sanitized: sanitiseModelName(modelName),
    system_instruction: null,
    system_instruction_sha: null,
    fewshot_as_multiturn: null,
    chat_template: null,
    chat_template_sha: null,
    total_evaluation_time_seconds: String(run.wallTimeMs / 1000),
    // Ours: what a schedule is, which the harness has no words for.
    painters: {
      version: run.paintersVersion,
      command: run.command,
      schedule: first.text,
      method: first.method,
      parameters: first.parameters,
      source_dtype: run.model.sourceDtype,
    },
  };
  return `${pythonJson(results, 2)}\n`;
}

function taskMetrics(rows: readonly SummaryRow[]) {
  return Object.fromEntries(
    rows.flatMap(({ metric, value, stderr }) => [
      [`${metric},none`, new PythonFloat(value)],
      [`${metric}_stderr,none`, stderr === null ? "N/A" : new PythonFloat(stderr)],
    ]),
  );
}

function taskConfig({ task, shots }: SweepTask) {
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
    metric_list: task.metrics.map(({ name, aggregation, higherIsBetter }) => ({
      metric: name,
      aggregation,
      higher_is_better: higherIsBetter,
    })),
    output_type: task.outputType,
    repeats: 1,
    should_decontaminate: false,
    metadata: { version: new PythonFloat(task.version) },
  };
}
