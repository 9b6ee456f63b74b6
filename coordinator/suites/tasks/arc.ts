// ARC (Clark et al. 2018), easy and challenge: school science questions with
// three to five choices, labelled A..E or 1..5.
import { scoreChoices } from "../metrics.js";
import { type Choices, type Columns, RowError, type Task } from "../task.js";

interface ArcRow extends Columns {
  readonly question: string;
  readonly choices: Choices;
  readonly answerKey: string;
}

function arcTask(name: string, config: string): Task<ArcRow> {
  return {
    name,
    version: 1,
    outputType: "multiple_choice",
    dataset: {
      path: "allenai/ai2_arc",
      config,
      evaluationSplit: "test",
      fewshotSplit: "train",
      drawsOneMore: false,
    },
    metrics: [
      { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0.25 },
      { name: "acc_norm", aggregation: "mean", higherIsBetter: true, chance: 0.25 },
    ],
    columns: { question: "string", choices: "choices", answerKey: "string" },
    fewshotText: (row) => `${prompt(row)} ${row.choices.text[goldIndex(row)]}`,
    document(docId, row, fewshotBlock) {
      const context = fewshotBlock + prompt(row);
      const gold = goldIndex(row);
      return {
        docId,
        columns: row,
        requests: row.choices.text.map((text) => ({ context, continuation: ` ${text}` })),
        gold,
        choices: row.choices.text,
        target: String(gold),
      };
    },
    score: scoreChoices,
  };
}

function prompt(row: ArcRow): string {
  return `Question: ${row.question}\nAnswer:`;
}

function goldIndex(row: ArcRow): number {
  const gold = row.choices.label.indexOf(row.answerKey);
  if (gold >= 0) return gold;
  throw new RowError("answerKey", row.answerKey, `one of the labels ${row.choices.label.join(", ")}`);
}

export const tasks: readonly Task[] = [
  arcTask("arc_easy", "ARC-Easy"),
  arcTask("arc_challenge", "ARC-Challenge"),
];
