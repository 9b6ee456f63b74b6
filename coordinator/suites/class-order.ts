// Which class of a model is which label of a task, by run_glue.py's rule: by name where the model names the
// task's labels, else by index.
import type { ModelConfig } from "../../models/config.js";
import type { Task } from "./task.js";

/** What config.json says of a classifier. */
export type Classifier = NonNullable<Extract<ModelConfig, { readonly architecture: "bert" }>["classifier"]>;

/** The model was not fine-tuned for the task. */
export class ClassifierError extends Error {
  override readonly name = "ClassifierError";
  readonly exitCode = 2;
}

/**
 * The model's class for every label of the task, in the task's order; of a regression the only one.
 * @throws ClassifierError
 */
export function classOrder({ name, labels }: Task, model: string, classifier: Classifier): readonly number[] {
  const { labelCount, problem } = classifier;
  const refuse = (wanted: string): never => {
    const found =
      problem === "regression" ? `a regression of ${labelCount}` : `${problem} with ${labelCount} classes`;
    throw new ClassifierError(
      `--model ${model}: its classifier is ${found} (config.json), ${name} needs ${wanted}; ` +
        `take a checkpoint that was fine-tuned on ${name}`,
    );
  };
  if (!labels) {
    return problem === "regression" && labelCount === 1 ? [0] : refuse("a regression of 1");
  }
  if (problem !== "single-label" || labelCount !== labels.length) {
    return refuse(`single-label with ${labels.length} classes, ${labels.join(", ")}`);
  }
  const names = (classifier.labels ?? []).map((label) => label.toLowerCase());
  const byName = labels.map((label) => names.indexOf(label));
  const isNamed = byName.every((index) => index >= 0);
  return isNamed ? byName : labels.map((_, index) => index);
}
