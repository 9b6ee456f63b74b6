// What GLUE's part of the world is told in: rows of seven tasks in the format
// that the hub publishes, each one sentence or a pair with a label.
import type { RandomSource } from "../../random-source.js";
import type { Part, Row } from "../document.js";

/** The seven that the paper evaluates. */
export type GlueTask = "cola" | "sst2" | "mrpc" | "qnli" | "rte" | "stsb" | "wnli";

/** The text columns, as the hub has them; `label` and `idx` follow. */
export const textColumns: Readonly<Record<GlueTask, readonly [string] | readonly [string, string]>> = {
  cola: ["sentence"],
  sst2: ["sentence"],
  mrpc: ["sentence1", "sentence2"],
  qnli: ["question", "sentence"],
  rte: ["sentence1", "sentence2"],
  stsb: ["sentence1", "sentence2"],
  wnli: ["sentence1", "sentence2"],
};

export interface GlueDocument {
  readonly task: GlueTask;
  /** Graded difficulty within the task, from 1. */
  readonly level: number;
  /** What is new in evaluation; never in both parts (see `../split.ts`). */
  readonly combination: string;
  /** One text a text column. */
  readonly texts: readonly string[];
  /** As the hub numbers them; for stsb a similarity from 0 to 5. */
  readonly label: number;
}

/** What a document shall be; makers draw all the rest. */
export interface Wanted {
  readonly part: Part;
  readonly level: number;
  /** The side of the label that a task of two has: well formed, positive, equivalent, entailed. stsb draws its own. */
  readonly isTrue: boolean;
}

export interface GlueMaker {
  readonly levels: number;
  readonly make: (random: RandomSource, wanted: Wanted) => GlueDocument;
  /**
   * Level 0, which training begins with and neither split has: the same task where
   * what differs can be seen at a glance.
   */
  readonly begin?: (random: RandomSource, isTrue: boolean) => GlueDocument;
}

/** The row of the task's file. */
export function rowOf({ task, texts, label }: GlueDocument, idx: number): Row {
  return { ...Object.fromEntries(textColumns[task].map((column, i) => [column, texts[i]])), label, idx };
}

/** `lamp`, but `Lamp` at the beginning of a sentence; ended by a full stop. */
export function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
