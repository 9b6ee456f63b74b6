// Scores of the frozen mode: what the ledger knows of a document are features; under every schedule a
// classifier is trained on those of the training split, and its logits are the scores.
import type { RequestScore } from "../../models/token-row.js";
import type { DocumentKey } from "../results/document-key.js";
import type { Outputs } from "../results/summary.js";
import { trainClassifier } from "../suites/frozen-classifier.js";
import { argmax } from "../suites/metrics.js";
import type { PreparedSweep, PreparedTask } from "./prepare-sweep.js";
import type { StartProgress } from "./progress.js";

/** The ledger's records of documents of a task under a schedule. */
export type ReadRecords = (
  schedule: string,
  task: string,
  keys: readonly DocumentKey[],
) => readonly (readonly RequestScore[])[];

export interface FrozenScoresOptions {
  /** Of every classifier. */
  readonly seed: number;
  readonly startProgress: StartProgress;
}

/** Records read at once: as objects they take many times what the features do. */
const chunk = 500;

/** Every classifier is trained once, when its scores are first asked for. */
export function frozenScores(
  { tasks, schedules }: PreparedSweep,
  read: ReadRecords,
  { seed, startProgress }: FrozenScoresOptions,
): Outputs["scoresOf"] {
  const featuresOf = (schedule: string, task: string, keys: readonly DocumentKey[]): Float32Array[] => {
    const features: Float32Array[] = [];
    for (let at = 0; at < keys.length; at += chunk) {
      const records = read(schedule, task, keys.slice(at, at + chunk));
      features.push(
        ...records.map((scores) => Float32Array.from(scores, ({ logLikelihood }) => logLikelihood)),
      );
    }
    return features;
  };
  const train = (schedule: string, { task, keys, training }: PreparedTask): readonly RequestScore[][] => {
    const logitsOf = trainClassifier(
      {
        features: featuresOf(schedule, task.name, training!.keys),
        gold: training!.documents.map(({ gold }) => gold!),
      },
      { outputs: task.labels?.length ?? 1, seed },
    );
    return featuresOf(schedule, task.name, keys).map((features) => {
      const logits = logitsOf(features);
      const largest = argmax(logits);
      return logits.map((logit, i) => ({ logLikelihood: logit, isGreedy: i === largest }));
    });
  };
  const total = tasks.length * schedules.length;
  const known = new Map<string, readonly RequestScore[][]>();
  const progress = startProgress("training classifiers", total, "classifiers");
  return ({ name }, { task }) => {
    const key = `${task.name} ${name}`;
    const trained = known.get(key);
    if (trained) return trained;
    const found = train(name, tasks.find((one) => one.task.name === task.name)!);
    known.set(key, found);
    progress.update(known.size);
    if (known.size === total) progress.stop();
    return found;
  };
}
