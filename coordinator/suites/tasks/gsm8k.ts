// GSM8K (Cobbe et al. 2021): word problems; the model writes a worked answer and its
// number counts. The harness's definition, the same at the paper's commit (lm-eval.md, 3.5).
import { exactMatch, findAnswer } from "../answers.js";
import type { AnswerFilter, GenerationTask } from "../generation-task.js";
import type { Columns } from "../task.js";

interface ProblemRow extends Columns {
  readonly question: string;
  readonly answer: string;
}

/** Deleted from answer and gold: thousands separators, dollars, all before the number, a final point. */
const IGNORED: readonly { readonly python: string; readonly pattern: RegExp }[] = [
  { python: ",", pattern: /,/g },
  { python: "\\$", pattern: /\$/g },
  { python: "(?s).*#### ", pattern: /[\s\S]*#### /g },
  // Python's $ is also before a newline that ends the text.
  { python: "\\.$", pattern: /\.(?=\n?$)/g },
];

const strictMatch: AnswerFilter = {
  name: "strict-match",
  answer: (text) => findAnswer(text, /#### (-?[0-9.,]+)/g, "first"),
  steps: [{ function: "regex", regex_pattern: "#### (\\-?[0-9\\.\\,]+)" }, { function: "take_first" }],
};

const flexibleExtract: AnswerFilter = {
  name: "flexible-extract",
  answer: (text) => findAnswer(text, /(-?[$0-9.,]{2,})|(-?[0-9]+)/g, "last"),
  steps: [
    { function: "regex", group_select: -1, regex_pattern: "(-?[$0-9.,]{2,})|(-?[0-9]+)" },
    { function: "take_first" },
  ],
};

const gsm8k: GenerationTask<ProblemRow> = {
  name: "gsm8k",
  version: 3,
  outputType: "generate_until",
  defaultShots: 5,
  // Of the paper's suite, but hundreds of times as costly as all the rest of it.
  onlyWhenNamed: true,
  dataset: {
    path: "openai/gsm8k",
    config: "main",
    evaluationSplit: "test",
    fewshotSplit: "train",
    drawsOneMore: false,
  },
  metric: {
    name: "exact_match",
    aggregation: "mean",
    higherIsBetter: true,
    chance: 0,
    options: {
      ignore_case: true,
      ignore_punctuation: false,
      regexes_to_ignore: IGNORED.map(({ python }) => python),
    },
  },
  filters: [strictMatch, flexibleExtract],
  columns: { question: "string", answer: "string" },
  fewshotText: (row) => `${prompt(row)} ${row.answer}`,
  document: (docId, row, fewshotBlock) => ({
    docId,
    columns: row,
    request: {
      context: fewshotBlock + prompt(row),
      until: ["Question:", "</s>", "<|im_end|>"],
      // The task states none: this is the harness's default.
      maxTokens: 256,
    },
    target: row.answer,
  }),
  score: ({ target }, answer) =>
    exactMatch(
      answer,
      target,
      IGNORED.map(({ pattern }) => pattern),
    )
      ? 1
      : 0,
};

function prompt({ question }: ProblemRow): string {
  return `Question: ${question}\nAnswer:`;
}

export const tasks: readonly GenerationTask[] = [gsm8k];
