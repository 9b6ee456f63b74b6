// What the world is told in: documents of five families, each a row of the
// benchmark's file format and the text that the harness makes of it.

export type Family = "arc_easy" | "arc_challenge" | "hellaswag" | "winogrande" | "lambada_openai" | "gsm8k";
export type Part = "training" | "evaluation";

export type Row = Readonly<Record<string, unknown>>;

export interface WorldDocument {
  readonly family: Family;
  /** Graded difficulty within the family, from 1. */
  readonly level: number;
  /** What the document asks for, without its wording; never in both parts (see `split.ts`). */
  readonly combination: string;
  /** As the published file has it. */
  readonly row: Row;
  /** The text as the harness builds it: context, answer, context, answer ... of the right choice. */
  readonly text: readonly string[];
}

/** A text to train on: context, answer, context, answer ... */
export interface Telling {
  /** What it teaches; training draws from each pool by its share. */
  readonly pool: string;
  /** Where evaluation asks for combinations of this kind, which one it is. */
  readonly combination?: string;
  readonly text: readonly string[];
}
