// What a task is: where its documents are, how each becomes requests, and what
// is measured. One file in tasks/ defines one task or a family of them.
import type { RequestScore } from "../../models/token-row.js";
import type { TsvSource } from "./tsv-rows.js";

/** The lm-evaluation-harness to agree with: the commit the paper names, or today's (0.4.13). */
export type Harness = "262f879" | "current";

/** One row of a task's file, columns as published on the hub. */
export type Columns = Readonly<Record<string, unknown>>;

/** Two strings to be scored as lm-evaluation-harness does: log p(continuation | context). */
export interface LoglikelihoodRequest {
  readonly context: string;
  readonly continuation: string;
}

/** What a task asks: a decoder for the likelihood of texts, an encoder for its classifier's logits. */
export type ModelKind = "decoder" | "encoder";

/** A document ready to be scored. */
export interface TaskDocument {
  /** Row index in the evaluation split. */
  readonly docId: number;
  /** The columns plus those the task adds (hellaswag), as samples files show them. */
  readonly columns: Columns;
  readonly requests: readonly LoglikelihoodRequest[];
  /** What an encoder reads, one text or a pair; its requests are the labels, so the list above is empty. */
  readonly texts?: readonly string[];
  /** Index of the right choice (-100 where the label is outside the choices) or label; of regression the score. null: none of these. */
  readonly gold: number | null;
  /** Choice texts without the delimiter, for length normalisation; empty where not multiple choice. */
  readonly choices: readonly string[];
  /** What samples files show as the target, Python's str() of it. */
  readonly target: string;
}

export type MetricName =
  | "acc"
  | "acc_norm"
  | "perplexity"
  | "f1"
  | "mcc"
  | "pearson"
  | "spearmanr"
  | "combined_score";

/** How the values of all documents become one number, in the harness's words where it has any. */
export type Aggregation = SumAggregation | Correlation;

/** A function of the values' sum. `acc_and_f1`: the mean of both. */
export type SumAggregation = "mean" | "perplexity" | "f1" | "matthews_corrcoef" | "acc_and_f1";

/** Of two numbers a document. `pearson_and_spearmanr`: the mean of both. */
export type Correlation = "pearson" | "spearmanr" | "pearson_and_spearmanr";

export interface Metric {
  readonly name: MetricName;
  readonly aggregation: Aggregation;
  readonly higherIsBetter: boolean;
  /** What guessing at random scores, for normalised values (paper.md). null: not normalised. */
  readonly chance: number | null;
}

/** `Row`: what a file's rows are known to be once `columns` has been checked; `Processed`: what processRow makes of them. */
export interface Task<Row extends Columns = Columns, Processed extends Columns = Row> {
  readonly name: string;
  /** lm-evaluation-harness's version of the task's definition. */
  readonly version: number;
  /** The last two are for encoders; the words are transformers'. */
  readonly outputType: "multiple_choice" | "loglikelihood" | "classification" | "regression";
  /** Of a classification: the hub's names of its labels, in the order of its integers. */
  readonly labels?: readonly string[];
  /** Shots where a sweep states none; left out: 0. */
  readonly defaultShots?: number;
  /** Not of the paper's suite: a sweep that names no tasks leaves it out. */
  readonly onlyWhenNamed?: true;
  readonly dataset: Dataset;
  readonly metrics: readonly Metric[];
  /** Columns a file must have, with the kind of value each holds. */
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** Cleans and extends one row (hellaswag); applied to every row, also those drawn as examples. */
  processRow?(row: Row): Processed;
  /** The example text of a processed row when it is drawn as a shot: prompt, space, target. Left out: the task has no prompts. */
  fewshotText?(row: Processed): string;
  /** The requests of one processed row after its few-shot block ("" at zero shots). */
  document(docId: number, row: Processed, fewshotBlock: string): TaskDocument;
  /** The value of one metric for one document: 0/1 for accuracies, the log-likelihood for perplexity, a pair (confusion.ts) for f1 and mcc, (correlation.ts) for correlations. */
  score(metric: MetricName, document: TaskDocument, scores: readonly RequestScore[]): number;
  /** What was defined otherwise at the paper's commit. */
  readonly at262f879?: Pick<Task<Row, Processed>, "version" | "fewshotText" | "document">;
}

/** A string, an integer or any number, a list of strings, or ARC's struct of two lists (`Choices`). */
export type ColumnKind = "string" | "integer" | "number" | "strings" | "choices";

export interface Choices {
  readonly text: readonly string[];
  readonly label: readonly string[];
}

export type Split = "train" | "validation" | "validation_matched" | "validation_mismatched" | "test";

export interface Dataset {
  /** Repository on the hub and configuration, as the harness names them. */
  readonly path: string;
  readonly config: string | null;
  readonly evaluationSplit: Exclude<Split, "train">;
  /** Split the shots are drawn from. */
  readonly fewshotSplit: "train" | "test";
  /** The harness draws k+1 and keeps k where fewshot_split == test_split in the config (lm-eval.md, section 4). */
  readonly drawsOneMore: boolean;
  /** What a folder of its files may be called besides the task's name. */
  readonly folder?: string;
  /** What the evaluation split's file is called, without its extension, when not by the split. */
  readonly fileName?: string;
  /** Its publisher's own files, where they may be read instead of the hub's. */
  readonly original?: TsvSource;
}

export function modelKindOf({ outputType }: Pick<Task, "outputType">): ModelKind {
  return outputType === "classification" || outputType === "regression" ? "encoder" : "decoder";
}

/** A row a task can make nothing of. Whoever knows the file and the row puts them in front. */
export class RowError extends Error {
  override readonly name = "RowError";
  readonly exitCode = 2;
  constructor(
    readonly column: string,
    readonly found: unknown,
    readonly expected: string,
  ) {
    super(`column ${JSON.stringify(column)} is ${quoteValue(found)}; expected ${expected}`);
  }
}

/** A value as messages show it: JSON, cut to a readable length. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}...`;
}
