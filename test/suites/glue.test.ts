// GLUE's tasks where the harness's own fixture (harness.test.ts) does not reach: wordings on golden
// strings, labels that are none, and the original TSV files.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { DataFileError } from "../../coordinator/suites/data-rows.js";
import { loadTask } from "../../coordinator/suites/load-task.js";
import { findTasks } from "../../coordinator/suites/registry.js";
import type { Harness, Task } from "../../coordinator/suites/task.js";
import { originalFile, originalLines } from "./original-tsv.js";

const published = fileURLToPath(new URL("../../../test/testdata/suites/data/", import.meta.url));
const GLUE = ["cola", "mnli", "mnli_mismatch", "mrpc", "qnli", "qqp", "rte", "sst2", "wnli"];

async function taskCalled(name: string): Promise<Task> {
  const [task] = await findTasks([name]);
  assert.ok(task);
  return task;
}

function dataFolder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "painters-glue-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return folder;
}

for (const [hypothesis, claim] of [
  ["Did he leave?", "Did he leave?."],
  [" He left. ", "He left."],
  ["He left\u00a0", "He left."],
  ["He left..", "He left.."],
] as const) {
  test(`mnli: ${JSON.stringify(hypothesis)} ends in one full stop`, async () => {
    const row = { premise: " He went ", hypothesis, label: 2, idx: 0 };
    const { requests, gold, target } = (await taskCalled("mnli")).document(0, row, "Shots.\n\n");
    const context = `Shots.\n\n He went \nQuestion: ${claim} True, False or Neither?\nAnswer:`;
    assert.deepEqual(
      requests,
      [" True", " Neither", " False"].map((continuation) => ({ context, continuation })),
    );
    assert.deepEqual([gold, target], [2, "2"]);
  });
}

test("qqp: prompt and version are the harness's that is asked for", async () => {
  const load = async (harness: Harness) =>
    loadTask(await taskCalled("qqp"), { dataDir: published, shots: 1, limit: 1, harness });
  const paper = await load("262f879");
  const current = await load("current");
  assert.deepEqual([paper.task.version, current.task.version], [1, 2]);
  assert.match(
    paper.documents[0]!.requests[0]!.context,
    /^\nSentence 1: .*\nSentence 2: .*\nAnswer: (no|yes)\n\n\nSentence 1: .*\nSentence 2: .*\nAnswer:$/,
  );
  assert.match(current.documents[0]!.requests[0]!.context, /^Question 1: /);
});

for (const label of [-1, 2]) {
  test(`rte: label ${label} is refused, evaluated or drawn`, async () => {
    const rte = await taskCalled("rte");
    const row = { sentence1: "a", sentence2: "b", label, idx: 0 };
    const expected = new RegExp(`column "label" is ${label}; expected 0 to 1`);
    assert.throws(() => rte.document(0, row, ""), expected);
    assert.throws(() => rte.fewshotText?.(row), expected);
  });
}

test("loadTask() wants labels as integers", async (t) => {
  const row = { sentence1: "a", sentence2: "b", label: "1", idx: 0 };
  const dataDir = dataFolder(t, { "rte/validation.jsonl": JSON.stringify(row) });
  await assert.rejects(
    loadTask(await taskCalled("rte"), { dataDir, shots: 0, limit: null, harness: "current" }),
    /:1: column "label" is "1"; expected an integer/,
  );
});

for (const name of GLUE) {
  test(`loadTask() makes the same of ${name} from its original TSV files`, async (t) => {
    const task = await taskCalled(name);
    const { dataset } = task;
    const { config, evaluationSplit } = dataset;
    const rowsOf = (split: string) =>
      readFileSync(join(published, String(config), `${split}.jsonl`), "utf8")
        .split("\n")
        .flatMap((line) => (line ? [JSON.parse(line) as Record<string, unknown>] : []));
    const dataDir = dataFolder(
      t,
      Object.fromEntries(
        ["train", evaluationSplit].map((split) => [
          originalFile(dataset, split),
          originalLines(dataset, rowsOf(split)),
        ]),
      ),
    );
    const options = { shots: 3, limit: null, harness: "current" } as const;
    const fromTsv = await loadTask(task, { ...options, dataDir });
    const fromHub = await loadTask(task, { ...options, dataDir: published });
    const comparable = ({ documents }: typeof fromTsv) =>
      // MRPC's idx on the hub is a position in a corpus that its TSV files do not tell.
      documents.map((document) => ({
        ...document,
        columns: { ...document.columns, idx: name === "mrpc" || document.columns.idx },
      }));
    assert.equal(JSON.stringify(comparable(fromTsv)), JSON.stringify(comparable(fromHub)));
  });
}

const QQP_HEADER = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n";

test("TSV: quotes are text, a byte order mark is none, rows that lack a field leave a gap in idx", async (t) => {
  const dataDir = dataFolder(t, {
    "QQP/dev.tsv": `\uFEFF${QQP_HEADER}1\t2\t3\t"a\tb""\t1\n4\t5\t6\tonly one\n7\t8\t9\tno label\tc\t\n\n10\t11\t12\td\te\t0`,
  });
  const { documents } = await loadTask(await taskCalled("qqp"), {
    dataDir,
    shots: 0,
    limit: null,
    harness: "current",
  });
  assert.deepEqual(
    documents.map(({ columns }) => columns),
    [
      { question1: '"a', question2: 'b""', label: 1, idx: 0 },
      { question1: "d", question2: "e", label: 0, idx: 3 },
    ],
  );
});

for (const [what, content, message] of [
  ["a label that is none", `${QQP_HEADER}1\t2\t3\ta\tb\tyes\n`, /dev\.tsv:2: label "yes" is none of 0, 1/],
  ["another file's columns", "sentence\tlabel\nx\t1\n", /dev\.tsv:1: has no column "question1" among/],
] as const) {
  test(`TSV: ${what} is an error that names its line`, async (t) => {
    const dataDir = dataFolder(t, { "QQP/dev.tsv": content });
    await assert.rejects(
      loadTask(await taskCalled("qqp"), { dataDir, shots: 0, limit: null, harness: "current" }),
      (error) => error instanceof DataFileError && error.exitCode === 2 && message.test(error.message),
    );
  });
}
