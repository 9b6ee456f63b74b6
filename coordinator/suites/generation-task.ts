// What a task is whose documents are answered by text the model writes: one prompt each, and
// filters that find answers in the text. All else is as in task.ts.
import type { Columns, Metric, Task } from "./task.js";

/** A prompt to be continued greedily, and what ends it. */
export interface GenerationRequest {
  readonly context: string;
  /** The text ends before the first of these. */
  readonly until: readonly string[];
  /** New tokens at most. */
  readonly maxTokens: number;
}

/** A document ready to be continued. */
export interface GenerationDocument {
  /** Row index in the evaluation split. */
  readonly docId: number;
  readonly columns: Columns;
  readonly request: GenerationRequest;
  /** What samples files show as the target. */
  readonly target: string;
}

/** One way to find the answer in a text; a metric has a value under each. */
export interface AnswerFilter {
  readonly name: string;
  /** `[invalid]` where the text has no answer. */
  answer(text: string): string;
  /** The harness's steps, as results files show them. */
  readonly steps: readonly Columns[];
}

export interface GenerationMetric extends Omit<Metric, "name" | "aggregation"> {
  readonly name: "exact_match";
  readonly aggregation: "mean";
  /** The harness's options, as results files show them. */
  readonly options: Columns;
}

export interface GenerationTask<Row extends Columns = Columns, Processed extends Columns = Row>
  extends Omit<Task<Row, Processed>, "outputType" | "metrics" | "document" | "score" | "at262f879"> {
  readonly outputType: "generate_until";
  readonly metric: GenerationMetric;
  readonly filters: readonly AnswerFilter[];
  /** The prompt of one processed row after its few-shot block ("" at zero shots). */
  document(docId: number, row: Processed, fewshotBlock: string): GenerationDocument;
  /** The metric's value for an answer that a filter found: 1 or 0. */
  score(document: GenerationDocument, answer: string): number;
  /** What was defined otherwise at the paper's commit. */
  readonly at262f879?: Pick<GenerationTask<Row, Processed>, "version" | "fewshotText" | "document">;
}

/** What a name may stand for: told apart by `outputType`. */
export type AnyTask = Task | GenerationTask;

export function isGenerationTask(task: AnyTask): task is GenerationTask {
  return task.outputType === "generate_until";
}
