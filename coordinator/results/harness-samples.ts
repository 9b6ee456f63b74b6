// samples_<task>_<date>.jsonl: a line per document with what was asked, what the model
// answered and what it counts, as lm-evaluation-harness logs samples.
import { createHash } from "node:crypto";
import type { RequestScore } from "../../models/token-row.js";
import { goldAndPrediction } from "../suites/confusion.js";
import { isCorrelation, numbersOfPair } from "../suites/correlation.js";
import { boolStr, floatRepr } from "../suites/python-text.js";
import type { Metric, Task, TaskDocument } from "../suites/task.js";
import { PythonFloat, pythonJson } from "./python-json.js";
import type { ScoredTask } from "./summary.js";

/** What a document's line says under every schedule alike, so made once for all of them. */
export interface SampleParts {
  readonly before: string;
  readonly after: string;
  /** doc_hash, prompt_hash and target_hash in a row. */
  readonly hashes: string;
}

export function sampleParts({ task }: ScoredTask, document: TaskDocument): SampleParts {
  const { requests, texts } = document;
  // An encoder is asked once.
  const asked = texts ? [texts] : requests.map(({ context, continuation }) => [context, continuation]);
  const args = asked.map((own, i) => [
    `gen_args_${i}`,
    Object.fromEntries(own.map((text, a) => [`arg_${a}`, text])),
  ]);
  const before = {
    doc_id: document.docId,
    doc: document.columns,
    target: document.target,
    arguments: Object.fromEntries(args),
  };
  const hashes = {
    doc_hash: sha256(pythonJson(document.columns, 2)),
    prompt_hash: sha256(texts?.join("\n") ?? requests[0]?.context ?? ""),
    target_hash: sha256(document.target),
  };
  const after = { filter: "none", metrics: task.metrics.map(({ name }) => name), ...hashes };
  return {
    before: pythonJson(before).slice(0, -1),
    after: pythonJson(after).slice(1, -1),
    hashes: Object.values(hashes).join(""),
  };
}

/** The lines of one task under one schedule. */
export function* sampleLines(
  { task, documents }: ScoredTask,
  parts: readonly SampleParts[],
  scores: readonly (readonly RequestScore[])[],
): Generator<string> {
  for (const [d, document] of documents.entries()) {
    const { before, after } = parts[d]!;
    const own = scores[d]!;
    const responses = own.map(({ logLikelihood, isGreedy }) => [floatRepr(logLikelihood), boolStr(isGreedy)]);
    const resps = pythonJson({ resps: responses.map((response) => [response]), filtered_resps: responses });
    const values = task.metrics.map((metric) => [
      metric.name,
      sampleValue(task, metric, task.score(metric.name, document, own)),
    ]);
    const metrics = pythonJson(Object.fromEntries(values));
    yield `${before}, ${resps.slice(1, -1)}, ${after}, ${metrics.slice(1)}\n`;
  }
}

/** Pairs are lists of two ints; the harness's acc of a single continuation is an int; all else is a float. */
function sampleValue({ outputType }: Task, { name, aggregation }: Metric, value: number): unknown {
  if (isCorrelation(aggregation)) return numbersOfPair(value).map((number) => new PythonFloat(number));
  if (aggregation !== "mean" && aggregation !== "perplexity") return goldAndPrediction(value);
  return outputType === "loglikelihood" && name === "acc" ? value : new PythonFloat(value);
}

/** task_hashes of results files: what was asked, over all documents. */
export function taskHash(parts: readonly SampleParts[]): string {
  const hash = createHash("sha256");
  for (const { hashes } of parts) hash.update(hashes);
  return hash.digest("hex");
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
