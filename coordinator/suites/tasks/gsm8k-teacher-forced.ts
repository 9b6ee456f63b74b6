// GSM8K (Cobbe et al. 2021) without generating: the published worked answer is scored as one
// continuation after the harness's five shots. Ours, not the harness's: its gsm8k generates.
import { scoreLoglikelihood } from "../metrics.js";
import type { Columns, Task } from "../task.js";

interface ProblemRow extends Columns {
  readonly question: string;
  readonly answer: string;
}

/** acc: every token of the worked answer is the likeliest one, which is when greedy decoding would write just that. */
const gsm8kTeacherForced: Task<ProblemRow> = {
  name: "gsm8k_teacher_forced",
  version: 1,
  outputType: "loglikelihood",
  defaultShots: 5,
  onlyWhenNamed: true,
  dataset: {
    path: "openai/gsm8k",
    config: "main",
    evaluationSplit: "test",
    fewshotSplit: "train",
    drawsOneMore: false,
    folder: "gsm8k",
  },
  metrics: [
    { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0 },
    { name: "perplexity", aggregation: "perplexity", higherIsBetter: false, chance: null },
  ],
  columns: { question: "string", answer: "string" },
  fewshotText: (row) => `${prompt(row)} ${row.answer}`,
  document: (docId, row, fewshotBlock) => ({
    docId,
    columns: row,
    requests: [{ context: fewshotBlock + prompt(row), continuation: ` ${row.answer}` }],
    gold: null,
    choices: [],
    target: row.answer,
  }),
  score: scoreLoglikelihood,
};

function prompt({ question }: ProblemRow): string {
  return `Question: ${question}\nAnswer:`;
}

export const tasks: readonly Task[] = [gsm8kTeacherForced];
