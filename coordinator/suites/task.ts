// What a task is: where its documents are, how each becomes requests, and what
// is measured. One file in tasks/ defines one task or a family of them.
import type { RequestScore } from "../../models/token-row.js";

/** One row of a task's file, columns as published on the hub. */
export type Columns = Readonly<Record<string, unknown>>;

/** Two strings to be scored as lm-evaluation-harness does: log p(continuation | context). */
export interface LoglikelihoodRequest {
  readonly context: string;
  readonly continuation: string;
}

/** A document ready to be scored. */
export interface TaskDocument {
  /** Row index in the evaluation split. */
  readonly docId: number;
  /** The columns plus those the task adds (hellaswag), as samples files show them. */
  readonly columns: Columns;
  readonly requests: readonly LoglikelihoodRequest[];
  /** Index of the right choice; -100 where the label is outside the choices. null: not multiple choice. */
  readonly gold: number | null;
  /** Choice texts without the delimiter, for length normalisation; empty where not multiple choice. */
  readonly choices: readonly string[];
  /** What samples files show as the target, Python's str() of it. */
  readonly target: string;
}

export type MetricName = "acc" | "acc_norm" | "perplexity";

export interface Metric {
  readonly name: MetricName;
  readonly aggregation: "mean" | "perplexity";
  readonly higherIsBetter: boolean;
  /** What guessing at random scores, for normalised values (paper.md). null: not normalised. */
  readonly chance: number | null;
}

export interface Task {
  readonly name: string;
  /** lm-evaluation-harness's version of the task's definition. */
  readonly version: number;
  readonly outputType: "multiple_choice" | "loglikelihood";
  readonly dataset: Dataset;
  readonly metrics: readonly Metric[];
  /** Columns a file must have, with the kind of value each holds. */
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** Cleans and extends one row (hellaswag); applied to every row, also those drawn as examples. */
  processRow?(columns: Columns): Columns;
  /** The example text of a row when it is drawn as a shot: prompt, space, target. */
  fewshotText(columns: Columns): string;
  /** The requests of one row after its few-shot block ("" at zero shots). */
  document(docId: number, columns: Columns, fewshotBlock: string): TaskDocument;
  /** The value of one metric for one document: 0/1 for accuracies, the log-likelihood for perplexity. */
  score(metric: MetricName, document: TaskDocument, scores: readonly RequestScore[]): number;
}

export type ColumnKind = "string" | "strings" | "choices";

export interface Dataset {
  /** Repository on the hub and configuration, as the harness names them. */
  readonly path: string;
  readonly config: string | null;
  readonly evaluationSplit: "test" | "validation";
  /** Split the shots are drawn from. */
  readonly fewshotSplit: "train" | "test";
  /** The harness draws k+1 and keeps k where fewshot_split == test_split in the config (lm-eval.md, section 4). */
  readonly drawsOneMore: boolean;
}
