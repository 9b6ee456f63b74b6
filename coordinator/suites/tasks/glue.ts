// GLUE (Wang et al. 2018) as questions to a causal model: the answer is the likelier of two or three words.
// Encoders with a classifier are evaluated on the same data in another way.
import {
  cola,
  type GlueData,
  type GlueRow,
  glueColumns,
  glueDataset,
  mnli,
  mrpc,
  qnli,
  qqp,
  rte,
  sst2,
  wnli,
} from "../glue-data.js";
import { scoreChoices } from "../metrics.js";
import { strip } from "../python-text.js";
import { type Metric, RowError, type Split, type Task } from "../task.js";

const acc: Metric = { name: "acc", aggregation: "mean", higherIsBetter: true, chance: 0.5 };
/** Not normalised: what guessing scores depends on how many positives there are. */
const f1: Metric = { name: "f1", aggregation: "f1", higherIsBetter: true, chance: null };
const mcc: Metric = { name: "mcc", aggregation: "matthews_corrcoef", higherIsBetter: true, chance: 0 };

interface Question<Text extends string> {
  readonly prompt: (row: GlueRow<Text>) => string;
  /** By label. */
  readonly choices: readonly string[];
  readonly metrics: readonly Metric[];
  readonly version: number;
  /** Where they are not the data set's. */
  readonly name?: string;
  readonly evaluationSplit?: Exclude<Split, "train">;
}

function glueTask<Text extends string>(data: GlueData<Text>, question: Question<Text>): Task<GlueRow<Text>> {
  const { name = data.config, evaluationSplit = "validation", version, metrics } = question;
  return {
    name,
    version,
    outputType: "multiple_choice",
    onlyWhenNamed: true,
    dataset: glueDataset(data, evaluationSplit),
    metrics,
    columns: glueColumns(data),
    ...asked(question),
    score: scoreChoices,
  };
}

/** What the wording of a prompt decides. */
function asked<Text extends string>({
  prompt,
  choices,
}: Pick<Question<Text>, "prompt" | "choices">): Pick<Task<GlueRow<Text>>, "fewshotText" | "document"> {
  const answer = (row: GlueRow<Text>): string => {
    const choice = choices[row.label];
    if (choice !== undefined) return choice;
    throw new RowError("label", row.label, `0 to ${choices.length - 1} (the test split has no labels)`);
  };
  return {
    fewshotText: (row) => `${prompt(row)} ${answer(row)}`,
    document(docId, row, fewshotBlock) {
      answer(row);
      const context = fewshotBlock + prompt(row);
      return {
        docId,
        columns: row,
        requests: choices.map((choice) => ({ context, continuation: ` ${choice}` })),
        gold: row.label,
        choices,
        target: String(row.label),
      };
    },
  };
}

const mnliQuestion: Question<"premise" | "hypothesis"> = {
  version: 1,
  prompt({ premise, hypothesis }) {
    const claim = strip(hypothesis);
    return `${premise}\nQuestion: ${claim}${claim.endsWith(".") ? "" : "."} True, False or Neither?\nAnswer:`;
  },
  choices: ["True", "Neither", "False"],
  metrics: [{ ...acc, chance: 1 / 3 }],
  evaluationSplit: "validation_matched",
};

const qqpToday: Question<"question1" | "question2"> = {
  version: 2,
  prompt: ({ question1, question2 }) =>
    `Question 1: ${question1}\nQuestion 2: ${question2}\nQuestion: Do both questions ask the same thing?\nAnswer:`,
  choices: ["no", "yes"],
  metrics: [acc, f1],
};

const qqpAt262f879: Question<"question1" | "question2"> = {
  ...qqpToday,
  version: 1,
  // It did begin with an empty line.
  prompt: ({ question1, question2 }) => `\nSentence 1: ${question1}\nSentence 2: ${question2}\nAnswer:`,
};

export const tasks: readonly Task[] = [
  glueTask(cola, {
    version: 1,
    prompt: ({ sentence }) => `${sentence}\nQuestion: Does this sentence make sense?\nAnswer:`,
    choices: ["no", "yes"],
    metrics: [mcc],
  }),
  glueTask(mnli, mnliQuestion),
  glueTask(mnli, { ...mnliQuestion, name: "mnli_mismatch", evaluationSplit: "validation_mismatched" }),
  glueTask(mrpc, {
    version: 1,
    prompt: ({ sentence1, sentence2 }) =>
      `Sentence 1: ${sentence1}\nSentence 2: ${sentence2}\nQuestion: Do both sentences mean the same thing?\nAnswer:`,
    choices: ["no", "yes"],
    metrics: [acc, f1],
  }),
  glueTask(qnli, {
    version: 1,
    prompt: ({ question, sentence }) =>
      `${question}\n${sentence}\nQuestion: Does this response answer the question?\nAnswer:`,
    choices: ["yes", "no"],
    metrics: [acc],
  }),
  { ...glueTask(qqp, qqpToday), at262f879: { version: qqpAt262f879.version, ...asked(qqpAt262f879) } },
  glueTask(rte, {
    version: 1,
    prompt: ({ sentence1, sentence2 }) => `${sentence1}\nQuestion: ${sentence2} True or False?\nAnswer:`,
    choices: ["True", "False"],
    metrics: [acc],
  }),
  glueTask(sst2, {
    version: 1,
    prompt: ({ sentence }) => `${sentence}\nQuestion: Is this sentence positive or negative?\nAnswer:`,
    choices: ["negative", "positive"],
    metrics: [acc],
  }),
  glueTask(wnli, {
    version: 2,
    prompt: ({ sentence1, sentence2 }) => `${sentence1}\nQuestion: ${sentence2} True or False?\nAnswer:`,
    choices: ["False", "True"],
    metrics: [acc],
  }),
];
