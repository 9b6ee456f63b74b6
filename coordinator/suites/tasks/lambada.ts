// LAMBADA (Paperno et al. 2016) in OpenAI's version: the last word of a passage.
import { scoreLoglikelihood } from "../metrics.js";
import type { Columns, Task } from "../task.js";

interface LambadaRow extends Columns {
  readonly text: string;
}

const lambada: Task<LambadaRow> = {
  name: "lambada_openai",
  version: 1,
  outputType: "loglikelihood",
  dataset: {
    path: "EleutherAI/lambada_openai",
    config: "default",
    evaluationSplit: "test",
    // It has no other: a document may be among its own shots.
    fewshotSplit: "test",
    drawsOneMore: false,
    fileName: "lambada_test",
  },
  metrics: [
    { name: "perplexity", aggregation: "perplexity", higherIsBetter: false, chance: null },
    { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0 },
  ],
  columns: { text: "string" },
  fewshotText(row) {
    const { context, continuation } = split(row.text);
    return `${context} ${continuation}`;
  },
  document(docId, row, fewshotBlock) {
    const { context, continuation } = split(row.text);
    return {
      docId,
      columns: row,
      requests: [{ context: fewshotBlock + context, continuation }],
      gold: null,
      choices: [],
      target: continuation,
    };
  },
  score: scoreLoglikelihood,
};

/** At the last space; newlines and tabs do not split. The word keeps a space of its own. */
function split(text: string): { readonly context: string; readonly continuation: string } {
  const space = text.lastIndexOf(" ");
  return { context: text.slice(0, Math.max(space, 0)), continuation: ` ${text.slice(space + 1)}` };
}

export const tasks: readonly Task[] = [lambada];
