// HellaSwag (Zellers et al. 2019): which of four endings follows; captions of
// videos and WikiHow articles, cleaned of WikiHow's markup as the harness does.
import { scoreChoices } from "../metrics.js";
import { capitalize, strip } from "../python-text.js";
import { type Columns, RowError, type Task } from "../task.js";

interface HellaswagRow extends Columns {
  readonly activity_label: string;
  readonly ctx_a: string;
  readonly ctx_b: string;
  readonly endings: readonly string[];
  readonly label: string;
}

interface ProcessedRow extends HellaswagRow {
  readonly query: string;
  readonly choices: readonly string[];
  readonly gold: number;
}

const hellaswag: Task<HellaswagRow, ProcessedRow> = {
  name: "hellaswag",
  version: 1,
  outputType: "multiple_choice",
  dataset: {
    path: "Rowan/hellaswag",
    config: null,
    evaluationSplit: "validation",
    fewshotSplit: "train",
    drawsOneMore: true,
  },
  metrics: [
    { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0.25 },
    { name: "acc_norm", aggregation: "mean", higherIsBetter: true, chance: 0.25 },
  ],
  columns: {
    activity_label: "string",
    ctx_a: "string",
    ctx_b: "string",
    endings: "strings",
    label: "string",
  },
  processRow,
  fewshotText(row) {
    const answer = row.choices[row.gold];
    if (answer === undefined) throw new RowError("label", row.label, `below ${row.choices.length}`);
    return `${row.query} ${answer}`;
  },
  document(docId, row, fewshotBlock) {
    const context = fewshotBlock + row.query;
    return {
      docId,
      columns: row,
      requests: row.choices.map((choice) => ({ context, continuation: ` ${choice}` })),
      gold: row.gold < row.choices.length ? row.gold : -100,
      choices: row.choices,
      target: String(row.gold),
    };
  },
  score: scoreChoices,
};

// The data set's own `ctx` column is not what the harness prompts with.
function processRow(row: HellaswagRow): ProcessedRow {
  if (!/^\d+$/.test(row.label)) throw new RowError("label", row.label, "the index of the right ending");
  return {
    ...row,
    query: clean(`${row.activity_label}: ${row.ctx_a} ${capitalize(row.ctx_b)}`),
    choices: row.endings.map(clean),
    gold: Number(row.label),
  };
}

/** No strip at the end: an ending that began with a bracket keeps its space, and its length counts it. */
function clean(text: string): string {
  return (
    strip(text)
      .replaceAll(" [title]", ". ")
      // Python's `.` stops at newlines only, JavaScript's at three more.
      .replace(/\[[^\n]*?\]/g, "")
      .replaceAll("  ", " ")
  );
}

export const tasks: readonly Task[] = [hellaswag];
