// A small sweep with all that results must cope with: names no folder can have, scores
// that are not finite, one task without choices, Unicode, and every kind of column.

import type { Aggregate, Outputs, Sweep, SweepTask } from "../../coordinator/results/summary.js";
import type { RunHeader } from "../../coordinator/results/summary-file.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import type { NamedSchedule } from "../../coordinator/schedule/schedule.js";
import { aggregate, scoreChoices, scoreLoglikelihood } from "../../coordinator/suites/metrics.js";
import { stderrs } from "../../coordinator/suites/standard-error.js";
import type { Metric, Task, TaskDocument } from "../../coordinator/suites/task.js";
import type { RequestScore } from "../../models/token-row.js";

const LAYERS = 4;

const acc: Metric = { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0.25 };
const accNorm: Metric = { ...acc, name: "acc_norm" };
const perplexity: Metric = {
  name: "perplexity",
  aggregation: "perplexity",
  higherIsBetter: false,
  chance: null,
};

const choiceTask: Task = {
  name: "arc_easy",
  version: 1,
  outputType: "multiple_choice",
  dataset: {
    path: "allenai/ai2_arc",
    config: "ARC-Easy",
    evaluationSplit: "test",
    fewshotSplit: "train",
    drawsOneMore: false,
  },
  metrics: [acc, accNorm],
  columns: { question: "string", choices: "choices" },
  fewshotText: () => "",
  document: (docId) => choiceDocument(docId),
  score: scoreChoices,
};

const wordTask: Task = {
  ...choiceTask,
  name: "lambada_openai",
  outputType: "loglikelihood",
  dataset: {
    path: "EleutherAI/lambada_openai",
    config: null,
    evaluationSplit: "test",
    fewshotSplit: "test",
    drawsOneMore: false,
  },
  metrics: [perplexity, { ...acc, chance: 0 }],
  columns: { text: "string" },
  document: (docId) => wordDocument(docId),
  score: scoreLoglikelihood,
};

function choiceDocument(docId: number): TaskDocument {
  const choices = ["ice", "\u{1F30A} waves", 'a "stone"', "naïve\u2028air"];
  const context = `Question: Which is number ${docId}?\nAnswer:`;
  return {
    docId,
    columns: {
      id: `Q_${docId}`,
      question: `Which is number ${docId}?`,
      choices: { text: choices, label: ["A", "B", "C", "D"] },
      ind: docId,
      big: 12345678901234567890n,
      weight: 0.5,
      empty: [],
    },
    requests: choices.map((choice) => ({ context, continuation: ` ${choice}` })),
    gold: docId % 4,
    choices,
    target: String(docId % 4),
  };
}

function wordDocument(docId: number): TaskDocument {
  return {
    docId,
    columns: { text: `It was the ${docId}th day` },
    requests: [{ context: `It was the ${docId}th`, continuation: " day" }],
    gold: null,
    choices: [],
    target: " day",
  };
}

function named(name: string, method: NamedSchedule["method"], text: string, start?: number): NamedSchedule {
  const parameters = start === undefined ? {} : { start };
  return { name, method, parameters, schedule: parseSchedule(text, LAYERS) };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

export const exampleSweep: Sweep = {
  layerCount: LAYERS,
  schedules: [
    named("baseline", "baseline", "0..4"),
    named("skip(start=1)", "skip", "0..2, 3"),
    named("reverse(start=0)", "reverse", "0, 3, 2, 1", 0),
    named('0, mean(1, 2) | "x"/y', "custom", "0, mean(1, 2), 3"),
    named("broken(start=2)", "custom", "0..2"),
  ],
  tasks: [
    { task: choiceTask, documents: range(8).map(choiceDocument), original: 2376, shots: 0 },
    { task: wordTask, documents: range(6).map(wordDocument), original: 6, shots: 2 },
  ],
};

export const exampleRun: RunHeader = {
  paintersVersion: "0.1.0",
  command: "painters sweep --model demo --grid main",
  startedAt: "2026-01-02T03:04:05.000Z",
  wallTimeMs: 6543,
  model: {
    name: "demo",
    fingerprint: "f00d",
    layerCount: LAYERS,
    parameterCount: 12345,
    sourceDtype: "F32",
    maxLength: 128,
  },
  numericsId: "cpu-avx2-f32",
  harness: "current",
  kv: null,
  grid: "main",
  limit: 8,
  bootstrapIterations: 100,
  workers: 2,
};

/** Made up, but the same every time; the schedule called broken has scores that are not finite. */
const scoresOf: Outputs["scoresOf"] = (schedule, sweepTask) => {
  const seed = exampleSweep.schedules.indexOf(schedule);
  return sweepTask.documents.map((document) =>
    document.requests.map((_, request): RequestScore => {
      if (schedule.name.startsWith("broken")) {
        return { logLikelihood: request === 0 ? Number.NaN : Number.NEGATIVE_INFINITY, isGreedy: false };
      }
      const favourite = (document.docId * (seed + 1)) % 4 === request;
      const logLikelihood = -1 - request / 8 - (favourite ? 0 : 4) - seed;
      return { logLikelihood, isGreedy: (document.docId + seed) % 3 !== 0 };
    }),
  );
};

export const exampleOutputs: Outputs = {
  scoresOf,
  textsOf(_, { task }) {
    throw new Error(`${task.name} is not of the example`);
  },
};

export const exampleAggregate: Aggregate = (metric, series) => {
  const errors = stderrs(metric.aggregation, series, exampleRun.bootstrapIterations);
  return series.map((values, s) => ({
    value: aggregate(metric.aggregation, values),
    stderr: errors[s] ?? null,
  }));
};

export function withTasks(sweep: Sweep, change: (task: SweepTask) => SweepTask): Sweep {
  return { ...sweep, tasks: sweep.tasks.map(change) };
}
