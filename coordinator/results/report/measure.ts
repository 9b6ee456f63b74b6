// What figures show of a sweep: the paper's normalised scores and their median over tasks or, of an encoder, the
// tasks' scores as they are and their mean (paper, GLUE); and the words for either. Pure.
export interface Measure {
  readonly kind: "normalised" | "plain";
  /** What all layers in order score. null: plain scores, and the sweep has no such schedule. */
  readonly full: FullModel | null;
}

export interface FullModel {
  readonly overall: number;
  readonly tasks: ReadonlyMap<string, number>;
}

export interface MeasureWords {
  /** Over tasks. */
  readonly overall: "median" | "mean";
  /** Of one task. */
  readonly score: string;
  readonly overallOfScores: string;
  readonly howToRead: string;
}

const bars = "Bars are one standard error; for random order, the standard deviation over its seeds.";

export function wordsOf({ kind }: Measure): MeasureWords {
  switch (kind) {
    case "normalised":
      return {
        overall: "median",
        score: "normalised score",
        overallOfScores: "median of normalised scores",
        howToRead: `1 is the full model, 0 random guessing. ${bars}`,
      };
    case "plain":
      return {
        overall: "mean",
        score: "score",
        overallOfScores: "mean of scores",
        howToRead: `as the tasks give them, not normalised. ${bars}`,
      };
  }
}

/** Below this share of what the full model has (over chance, where scores are normalised) something is said to be lost. */
const keptShare = 0.9;

export interface Threshold {
  readonly value: number;
  readonly text: string;
}

export function keptThreshold({ kind, full }: Measure): Threshold | null {
  if (kind === "normalised") return { value: keptShare, text: String(keptShare) };
  if (full === null) return null;
  const value = keptShare * full.overall;
  return { value, text: `${value.toFixed(2)} (${keptShare} of the full model's)` };
}

/** What a task's score is compared with. */
export function fullOf({ full }: Measure, task: string): number {
  return full?.tasks.get(task) ?? 1;
}
