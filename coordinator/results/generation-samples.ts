// samples_<task>_<date>.jsonl of a task that generates: all documents once for each filter, with the
// text that was written and the answer the filter found in it.

import { type SampleParts, sha256 } from "./harness-samples.js";
import { generationArguments } from "./harness-task-config.js";
import { PythonFloat, pythonJson } from "./python-json.js";
import type { GeneratedTask } from "./summary.js";

/** What the lines say under every schedule alike, filter by filter, documents in order. */
export function generationParts({ task, documents }: GeneratedTask): readonly SampleParts[] {
  return task.filters.flatMap((filter) =>
    documents.map((document): SampleParts => {
      const { docId, columns, target, request } = document;
      const before = {
        doc_id: docId,
        doc: columns,
        target,
        arguments: { gen_args_0: { arg_0: request.context, arg_1: generationArguments(document) } },
      };
      const hashes = {
        doc_hash: sha256(pythonJson(columns, 2)),
        prompt_hash: sha256(request.context),
        target_hash: sha256(target),
      };
      const after = { filter: filter.name, metrics: [task.metric.name], ...hashes };
      return {
        before: pythonJson(before).slice(0, -1),
        after: pythonJson(after).slice(1, -1),
        hashes: Object.values(hashes).join(""),
      };
    }),
  );
}

/** The lines of one task under one schedule. */
export function* generationLines(
  { task, documents }: GeneratedTask,
  parts: readonly SampleParts[],
  texts: readonly string[],
): Generator<string> {
  for (const [f, filter] of task.filters.entries()) {
    for (const [d, document] of documents.entries()) {
      const { before, after } = parts[f * documents.length + d]!;
      const text = texts[d]!;
      const answer = filter.answer(text);
      const resps = pythonJson({ resps: [[text]], filtered_resps: [answer] });
      const value = { [task.metric.name]: new PythonFloat(task.score(document, answer)) };
      yield `${before}, ${resps.slice(1, -1)}, ${after}, ${pythonJson(value).slice(1)}\n`;
    }
  }
}
