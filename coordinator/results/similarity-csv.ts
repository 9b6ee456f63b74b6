// similarity.csv and similarity-states.csv: the heat map and the states for
// spreadsheets and notebooks.
import { csvText } from "./csv.js";
import type { Similarity } from "./similarity-file.js";

export const similarityCsvName = "similarity.csv";
export const similarityStatesCsvName = "similarity-states.csv";

/** A line for every schedule and ordered pair of states: a square to pivot. */
export function formatSimilarityCsv({ schedules }: Pick<Similarity, "schedules">): string {
  const lines = schedules.flatMap(({ schedule, states, cosine }) =>
    states.flatMap((a, i) => states.map((b, j) => [schedule, i, j, a.label, b.label, cosine[i]![j]!])),
  );
  return csvText([["schedule", "a", "b", "a_label", "b_label", "cosine"], ...lines]);
}

/** A line for every schedule and state. */
export function formatSimilarityStatesCsv({ schedules }: Pick<Similarity, "schedules">): string {
  const lines = schedules.flatMap(({ schedule, states }) =>
    states.map(({ label, norm, variance }, i) => [schedule, i, label, norm, variance]),
  );
  return csvText([["schedule", "state", "label", "norm", "variance"], ...lines]);
}
