// Documents to token rows, as the kind of model reads them: requests of a decoder packed into
// one row, a text or a pair of an encoder with its classes.
import type { Manifest } from "../../models/store/manifest.js";
import type { TokenRow } from "../../models/token-row.js";
import { ClassifierError, classOrder } from "../suites/class-order.js";
import { encoderRows } from "../suites/encoder-rows.js";
import { findTasks, loadTasks } from "../suites/registry.js";
import type { Harness, Task, TaskDocument } from "../suites/task.js";
import { documentRows } from "../suites/token-rows.js";
import { type Encoder, tokeniseRequests } from "../suites/tokenise.js";
import { SweepOptionsError } from "./sweep-options.js";

export type RowsOf = (document: TaskDocument) => readonly TokenRow[];

/**
 * @returns for a task, what makes rows of its documents
 * @throws ClassifierError, SpecialTokensError
 */
export function rowMaker(manifest: Manifest, tokenizer: Encoder, harness: Harness): (task: Task) => RowsOf {
  const { config, name } = manifest;
  const { maxPositions: maxLength } = config;
  if (config.architecture !== "bert") {
    return () =>
      ({ requests }) =>
        documentRows(tokeniseRequests(requests, tokenizer, { harness, maxLength }), maxLength);
  }
  const { classifier, tokenTypeCount } = config;
  if (!classifier) {
    throw new ClassifierError(
      `--model ${name} is an encoder without a classifier; take a fine-tuned BertForSequenceClassification`,
    );
  }
  const rowOf = encoderRows(tokenizer, { maxLength, tokenTypeCount });
  return (task) => {
    const scored = classOrder(task, name, classifier).map((target, request) => ({
      request,
      index: 0,
      target,
    }));
    return ({ texts }) => [rowOf(texts!, scored)];
  };
}

/** Of an encoder: which tasks fit depends on what it was fine-tuned for, so there is no default. */
export async function encoderTasks(names: readonly string[] | undefined): Promise<readonly Task[]> {
  if (names !== undefined) return findTasks(names, "encoder");
  const known = [...(await loadTasks("encoder")).keys()];
  throw new SweepOptionsError(
    `--tasks is missing: name what the encoder was fine-tuned for, of ${known.join(", ")}`,
  );
}
