// The data sets of GLUE (Wang et al. 2018): columns as the hub publishes them, and how the
// original TSV files become the same rows. What is asked about them: tasks/glue.ts.
import type { GlueConfig } from "./glue-metrics.js";
import type { ColumnKind, Columns, Dataset, Split } from "./task.js";
import type { TsvSource } from "./tsv-rows.js";

/** A row: its text columns, the class as an integer (stsb: the score), and `idx`. */
export type GlueRow<Text extends string = string> = Columns &
  Readonly<Record<Text, string>> & { readonly label: number };

export interface GlueData<Text extends string = string> {
  /** The configuration's name on the hub. */
  readonly config: GlueConfig;
  /** Text columns in the hub's order; after them come `label` and `idx`. */
  readonly text: readonly Text[];
  /** Label texts of the original files, in the order of the hub's integers. null: labels are numbers. */
  readonly labels: readonly string[] | null;
  /** The hub's names of the labels, in the same order, where the files' are not these. */
  readonly names?: readonly string[];
  /** The original files: their folder, and where each column comes from, the label last. */
  readonly folder: string;
  readonly source: readonly string[];
  /** Column names where a file has no header line. */
  readonly header?: readonly string[];
}

const ENTAILMENT = ["entailment", "not_entailment"];
const BINARY = ["0", "1"];

export const cola: GlueData<"sentence"> = {
  config: "cola",
  text: ["sentence"],
  labels: BINARY,
  names: ["unacceptable", "acceptable"],
  folder: "CoLA",
  source: ["sentence", "acceptable"],
  header: ["source", "acceptable", "star", "sentence"],
};
export const mnli: GlueData<"premise" | "hypothesis"> = {
  config: "mnli",
  text: ["premise", "hypothesis"],
  labels: ["entailment", "neutral", "contradiction"],
  folder: "MNLI",
  source: ["sentence1", "sentence2", "gold_label"],
};
export const mrpc: GlueData<"sentence1" | "sentence2"> = {
  config: "mrpc",
  text: ["sentence1", "sentence2"],
  labels: BINARY,
  names: ["not_equivalent", "equivalent"],
  folder: "MRPC",
  source: ["#1 String", "#2 String", "Quality"],
};
export const qnli: GlueData<"question" | "sentence"> = {
  config: "qnli",
  text: ["question", "sentence"],
  labels: ENTAILMENT,
  folder: "QNLI",
  source: ["question", "sentence", "label"],
};
export const qqp: GlueData<"question1" | "question2"> = {
  config: "qqp",
  text: ["question1", "question2"],
  labels: BINARY,
  names: ["not_duplicate", "duplicate"],
  folder: "QQP",
  source: ["question1", "question2", "is_duplicate"],
};
export const rte: GlueData<"sentence1" | "sentence2"> = {
  config: "rte",
  text: ["sentence1", "sentence2"],
  labels: ENTAILMENT,
  folder: "RTE",
  source: ["sentence1", "sentence2", "label"],
};
export const sst2: GlueData<"sentence"> = {
  config: "sst2",
  text: ["sentence"],
  labels: BINARY,
  names: ["negative", "positive"],
  folder: "SST-2",
  source: ["sentence", "label"],
};
/** No task of the harness: similarity from 0 to 5, for encoders. */
export const stsb: GlueData<"sentence1" | "sentence2"> = {
  config: "stsb",
  text: ["sentence1", "sentence2"],
  labels: null,
  folder: "STS-B",
  source: ["sentence1", "sentence2", "score"],
};
export const wnli: GlueData<"sentence1" | "sentence2"> = {
  config: "wnli",
  text: ["sentence1", "sentence2"],
  labels: BINARY,
  names: ["not_entailment", "entailment"],
  folder: "WNLI",
  source: ["sentence1", "sentence2", "label"],
};

export function glueColumns({ text, labels }: GlueData): Readonly<Record<string, ColumnKind>> {
  const texts = Object.fromEntries(text.map((column) => [column, "string"] as const));
  return { ...texts, label: labels ? "integer" : "number" };
}

export function glueDataset(data: GlueData, evaluationSplit: Exclude<Split, "train">): Dataset {
  return {
    path: "nyu-mll/glue",
    config: data.config,
    evaluationSplit,
    fewshotSplit: "train",
    drawsOneMore: true,
    folder: data.config,
    original: tsvSource(data),
  };
}

function tsvSource({ folder, text, labels, source, header }: GlueData): TsvSource {
  return {
    folder,
    columns: [...text, "label"].map((name, i) => ({ name, from: source[i]! })),
    labels,
    ...(header ? { header } : {}),
  };
}
