// What an encoder's predictions are worth on GLUE: the metrics of Hugging Face's run_glue.py (`evaluate`'s
// glue), for each of the nine data sets, by the names they have here. Causal models: tasks/glue.ts.
import { confusionCell } from "./confusion.js";
import { isCorrelation, numberPair } from "./correlation.js";
import type { Metric } from "./task.js";

export type GlueConfig = "cola" | "mnli" | "mrpc" | "qnli" | "qqp" | "rte" | "sst2" | "stsb" | "wnli";

const acc: Metric = { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0.5 };
/** F1, and what it enters, is not normalised: what guessing scores depends on how many positives there are. */
const f1: Metric = { name: "f1", aggregation: "f1", higherIsBetter: true, chance: null };
const mcc: Metric = { name: "mcc", aggregation: "matthews_corrcoef", higherIsBetter: true, chance: 0 };
const pearson: Metric = { name: "pearson", aggregation: "pearson", higherIsBetter: true, chance: 0 };
const spearmanr: Metric = { ...pearson, name: "spearmanr", aggregation: "spearmanr" };
/** run_glue.py's mean of the others, where there are several. */
const ofAccuracies: Metric = { ...f1, name: "combined_score", aggregation: "acc_and_f1" };
const ofCorrelations: Metric = {
  ...pearson,
  name: "combined_score",
  aggregation: "pearson_and_spearmanr",
};

/** In run_glue.py's order. */
export function glueMetrics(config: GlueConfig): readonly Metric[] {
  switch (config) {
    case "cola":
      return [mcc];
    case "mrpc":
    case "qqp":
      return [acc, f1, ofAccuracies];
    case "stsb":
      return [pearson, spearmanr, ofCorrelations];
    case "mnli":
      return [{ ...acc, chance: 1 / 3 }];
    case "qnli":
    case "rte":
    case "sst2":
    case "wnli":
      return [acc];
  }
}

/** A document's value for one of these metrics: labels, or the scores of stsb. */
export function glueValue({ aggregation }: Metric, gold: number, prediction: number): number {
  if (isCorrelation(aggregation)) return numberPair(gold, prediction);
  if (aggregation === "mean") return gold === prediction ? 1 : 0;
  return confusionCell(gold, prediction);
}
