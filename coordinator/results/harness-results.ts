// results_<date>.json of one schedule: the aggregated results file of
// lm-evaluation-harness, for which each schedule is a model of its own.
import { arch, cpus, platform } from "node:os";
import type { GenerationMetric } from "../suites/generation-task.js";
import type { Metric } from "../suites/task.js";
import { harnessModelName, sanitiseModelName } from "./harness-names.js";
import { taskConfig } from "./harness-task-config.js";
import { PythonFloat, pythonJson } from "./python-json.js";
import type { SummaryRow, Sweep, SweepTask } from "./summary.js";
import type { RunHeader } from "./summary-file.js";
import { isGenerated } from "./task-values.js";

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
    higher_is_better: byTask((task) =>
      Object.fromEntries(metricsOf(task).map(({ name, higherIsBetter }) => [name, higherIsBetter])),
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
      ...(run.kv === null ? {} : { kv: run.kv }),
    },
  };
  return `${pythonJson(results, 2)}\n`;
}

function metricsOf(sweepTask: SweepTask): readonly (Metric | GenerationMetric)[] {
  return isGenerated(sweepTask) ? [sweepTask.task.metric] : sweepTask.task.metrics;
}

function taskMetrics(rows: readonly SummaryRow[]) {
  return Object.fromEntries(
    rows.flatMap(({ metric, value, stderr }) => {
      const [name, filter = "none"] = metric.split(",");
      return [
        [`${name},${filter}`, new PythonFloat(value)],
        [`${name}_stderr,${filter}`, stderr === null ? "N/A" : new PythonFloat(stderr)],
      ];
    }),
  );
}
