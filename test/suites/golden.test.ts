// What lm-eval.md, section 12, records of the published GSM8K files and of the harness's first release.
// Skipped where the files are not: they are no part of this repository.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { PythonRandom } from "../../coordinator/schedule/python-random.js";
import { isGenerationTask } from "../../coordinator/suites/generation-task.js";
import { loadGenerationTask, loadTask } from "../../coordinator/suites/load-task.js";
import { findAnyTasks, findTasks } from "../../coordinator/suites/registry.js";

const shared = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
const skip = existsSync(shared) ? false : `there is no ${shared}`;
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const range = (end: number): number[] => Array.from({ length: end }, (_, i) => i);

/** json.dumps(text) */
function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

test("shuffle() orders documents as the harness's first release did", () => {
  const starts: readonly (readonly [size: number, first: readonly number[]])[] = [
    [1267, [187, 719, 618, 35, 404, 462]],
    [1319, [588, 1214, 57, 906, 1252, 618]],
    [2376, [193, 1827, 2040, 107, 722, 705]],
    [5153, [95, 4263, 3200, 3219, 379, 296]],
  ];
  for (const [size, first] of starts) {
    assert.deepEqual(new PythonRandom(42).shuffle(range(size)).slice(0, 6), first);
  }
});

test("loadTask() makes all 1319 prompts of GSM8K, and their hashes", { skip }, async () => {
  const [task] = await findTasks(["gsm8k_teacher_forced"]);
  assert.ok(task);
  const options = { dataDir: shared, shots: null, limit: null, harness: "current" } as const;
  const { documents } = await loadTask(task, options);
  assert.equal(
    sha256(documents.map(({ requests }) => `${requests[0]?.context}\n`).join("")),
    "07c086fe87958cdab12278ca91b00fa5185af49bc1596352a5c049f95c133546",
  );
  const first = documents[0]!;
  assert.equal([...first.requests[0]!.context].length, 3187);
  assert.equal(
    sha256(JSON.stringify(first.columns, null, 2)),
    "986c19252f3c7f6eaeff2229e9a5777f96a85c0ceea931a92d2289084dfd518c",
  );
  assert.equal(sha256(first.target), "623a0fbdf774fcb55e485a3e6b012e6c3965616af5b8eb9b9aebd2f6712be2eb");
});

test("loadGenerationTask() makes the prompts of GSM8K that the harness has", { skip }, async () => {
  const [task] = await findAnyTasks(["gsm8k"]);
  assert.ok(task && isGenerationTask(task));
  const answer = (text: string): string => task.filters[0]!.answer(text);
  for (const harness of ["current", "262f879"] as const) {
    const options = { dataDir: shared, shots: null, limit: harness === "current" ? null : 3, harness };
    const { documents } = await loadGenerationTask(task, options);
    assert.deepEqual(
      documents.slice(0, 3).map(({ request }) => [[...request.context].length, sha256(request.context)]),
      [
        [3187, "32680f263ba83280e98a8a24ceefed10a722a4cdcd9f4d78e93c45d43143ca66"],
        [3320, "e6b9a0195411932e5323ed20ad05e965b08b979103bbb26594a5bdf123d27990"],
        [3257, "97eb2662b11bbd7bd0423f898efde0e9a04d22028ed5fc1f80576965b0f570fa"],
      ],
    );
    if (harness === "262f879") continue;
    assert.equal(
      sha256(documents.map(({ request }) => `${request.context}\n`).join("")),
      "07c086fe87958cdab12278ca91b00fa5185af49bc1596352a5c049f95c133546",
    );
    // Every published answer is found, and right.
    for (const document of documents) {
      for (const filter of task.filters)
        assert.equal(task.score(document, filter.answer(document.target)), 1, document.target);
    }
    assert.deepEqual(
      documents.slice(0, 10).map(({ target }) => answer(target).replaceAll(",", "")),
      ["18", "3", "70000", "540", "20", "64", "260", "160", "45", "460"],
    );
  }
});

test("GSM8K's questions are those of the harness's first release", { skip }, async () => {
  const [task] = await findTasks(["gsm8k_teacher_forced"]);
  assert.ok(task);
  const options = { dataDir: shared, shots: 0, limit: null, harness: "current" } as const;
  const { documents } = await loadTask(task, options);
  const requests = new PythonRandom(42)
    .shuffle([...documents])
    .map((document) => `[${asciiJson(document.requests[0]!.context)}, ["\\n"]]`);
  assert.equal(
    sha256(`[${requests.join(", ")}]`),
    "e7292dbdd7fd8419ba954f2e0701e04c8d0e8842fe053dbf2fe47d926630e35e",
  );
});
