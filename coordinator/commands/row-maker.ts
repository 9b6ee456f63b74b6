// Documents to token rows, as the kind of model reads them: requests of a decoder packed into
// one row, a text or a pair of an encoder with its classes or features.
import type { Manifest } from "../../models/store/manifest.js";
import type { TokenRow } from "../../models/token-row.js";
import { ClassifierError, classOrder } from "../suites/class-order.js";
import { encoderRows } from "../suites/encoder-rows.js";
import { findTasks, loadTasks } from "../suites/registry.js";
import type { Harness, Task, TaskDocument } from "../suites/task.js";
import { documentRows } from "../suites/token-rows.js";
import { type Encoder, tokeniseRequests } from "../suites/tokenise.js";
import { SweepOptionsError } from "./sweep-options.js";

/** Of an encoder: the checkpoint's own, or one trained on its features under each schedule (frozen-classifier.ts). */
export type ClassifierKind = "checkpoint" | "frozen";

export interface RowMakerOptions {
  readonly harness: Harness;
  readonly classifier: ClassifierKind;
}

export type RowsOf = (document: TaskDocument) => readonly TokenRow[];

/**
 * @returns for a task, what makes rows of its documents
 * @throws ClassifierError, SpecialTokensError
 */
export function rowMaker(
  manifest: Manifest,
  tokenizer: Encoder,
  { harness, classifier: kind }: RowMakerOptions,
): (task: Task) => RowsOf {
  const { config, name } = manifest;
  const { maxPositions: maxLength } = config;
  if (config.architecture !== "bert") {
    return () =>
      ({ requests }) =>
        documentRows(tokeniseRequests(requests, tokenizer, { harness, maxLength }), maxLength);
  }
  const { classifier, tokenTypeCount, hiddenSize } = config;
  const rowOf = encoderRows(tokenizer, { maxLength, tokenTypeCount });
  if (kind === "frozen") {
    if (!config.hasPooler) {
      throw new ClassifierError(
        `--model ${name} has no pooler, on whose output --classifier frozen trains; take a checkpoint with one`,
      );
    }
    const first = classifier?.labelCount ?? 0;
    const features = Array.from({ length: hiddenSize }, (_, i) => ({
      request: i,
      index: 0,
      target: first + i,
    }));
    return () =>
      ({ texts }) => [rowOf(texts!, features)];
  }
  if (!classifier) {
    throw new ClassifierError(
      `--model ${name} is an encoder without a classifier; take a fine-tuned BertForSequenceClassification, or --classifier frozen`,
    );
  }
  return (task) => {
    const scored = classOrder(task, name, classifier).map((target, request) => ({
      request,
      index: 0,
      target,
    }));
    return ({ texts }) => [rowOf(texts!, scored)];
  };
}

/** QQP and MNLI are left out for their size, as in the paper. */
const paperTasks = ["cola", "mrpc", "qnli", "rte", "sst2", "stsb", "wnli"];

/** A checkpoint's own classifier fits what it was fine-tuned for, so without names there is no task. */
export async function encoderTasks(
  names: readonly string[] | undefined,
  classifier: ClassifierKind,
): Promise<readonly Task[]> {
  if (names !== undefined || classifier === "frozen") return findTasks(names ?? paperTasks, "encoder");
  const known = [...(await loadTasks("encoder")).keys()];
  throw new SweepOptionsError(
    `--tasks is missing: name what the encoder was fine-tuned for, of ${known.join(", ")}`,
  );
}
