// GLUE (Wang et al. 2018) as it was meant: an encoder with a classifier reads a text or a pair of them, and its
// label is the largest logit. As Hugging Face's run_glue.py evaluates.
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
  stsb,
  wnli,
} from "../glue-data.js";
import { glueMetrics, glueValue } from "../glue-metrics.js";
import { argmax } from "../metrics.js";
import { floatRepr } from "../python-text.js";
import { RowError, type Split, type Task } from "../task.js";

/** run_glue.py's `eval_dataset` of MNLI are two. */
const MATCHED = "validation_matched";

function encoderTask<Text extends string>(
  data: GlueData<Text>,
  name: string = data.config,
  evaluationSplit: Exclude<Split, "train"> = "validation",
): Task<GlueRow<Text>> {
  const metrics = glueMetrics(data.config);
  const labels = data.names ?? data.labels;
  return {
    name,
    version: 0,
    outputType: labels ? "classification" : "regression",
    ...(labels ? { labels } : {}),
    dataset: glueDataset(data, evaluationSplit),
    metrics,
    columns: glueColumns(data),
    document(docId, row) {
      const { label } = row;
      if (labels && labels[label] === undefined) {
        throw new RowError("label", label, `0 to ${labels.length - 1} (the test split has no labels)`);
      }
      return {
        docId,
        columns: row,
        requests: [],
        texts: data.text.map((column) => row[column]),
        gold: label,
        choices: labels ?? [],
        target: labels ? String(label) : floatRepr(label),
      };
    },
    score(name, { gold }, scores) {
      const metric = metrics.find((one) => one.name === name);
      if (!metric || gold === null) throw new Error(`${name} is not a metric of ${data.config}`);
      const logits = scores.map(({ logLikelihood }) => logLikelihood);
      return glueValue(metric, gold, labels ? argmax(logits) : logits[0]!);
    },
  };
}

export const tasks: readonly Task[] = [
  encoderTask(cola),
  encoderTask(mnli, "mnli", MATCHED),
  encoderTask(mnli, "mnli_mismatch", "validation_mismatched"),
  encoderTask(mrpc),
  encoderTask(qnli),
  encoderTask(qqp),
  encoderTask(rte),
  encoderTask(sst2),
  encoderTask(stsb),
  encoderTask(wnli),
];
