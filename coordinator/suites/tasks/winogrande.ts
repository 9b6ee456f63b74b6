// WinoGrande (Sakaguchi et al. 2019): which of two names fills the blank. The
// options go into the context, and the rest of the sentence is what is scored.
import { scoreChoices } from "../metrics.js";
import { strip } from "../python-text.js";
import { type Columns, RowError, type Task } from "../task.js";

interface WinograndeRow extends Columns {
  readonly sentence: string;
  readonly option1: string;
  readonly option2: string;
  readonly answer: string;
}

const winogrande: Task<WinograndeRow> = {
  name: "winogrande",
  version: 1,
  outputType: "multiple_choice",
  dataset: {
    path: "allenai/winogrande",
    config: "winogrande_xl",
    evaluationSplit: "validation",
    fewshotSplit: "train",
    drawsOneMore: true,
  },
  metrics: [{ name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0.5 }],
  columns: { sentence: "string", option1: "string", option2: "string", answer: "string" },
  fewshotText(row) {
    const { choices, target } = fillBlank(row);
    return `${choices[goldIndex(row)]} ${target}`;
  },
  document(docId, row, fewshotBlock) {
    const { choices, target } = fillBlank(row);
    return {
      docId,
      columns: row,
      requests: choices.map((choice) => ({ context: fewshotBlock + choice, continuation: ` ${target}` })),
      gold: goldIndex(row),
      choices,
      target,
    };
  },
  score: scoreChoices,
};

function fillBlank(row: WinograndeRow): { readonly choices: readonly string[]; readonly target: string } {
  const blank = row.sentence.indexOf("_");
  if (blank < 0) throw new RowError("sentence", row.sentence, "a sentence with a blank, _");
  const before = row.sentence.slice(0, blank);
  return {
    choices: [before + row.option1, before + row.option2],
    target: strip(row.sentence.slice(blank + 1)),
  };
}

function goldIndex(row: WinograndeRow): number {
  if (row.answer === "1") return 0;
  if (row.answer === "2") return 1;
  throw new RowError("answer", row.answer, '"1" or "2" (the test split has no answers)');
}

export const tasks: readonly Task[] = [winogrande];
