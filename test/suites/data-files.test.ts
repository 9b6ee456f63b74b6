// Every shape in which a data set of the hub ends up on a disk is found and read.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import {
  DataNotFoundError,
  findSplitFiles,
  IncompleteDataError,
} from "../../coordinator/suites/data-files.js";
import { DataFileError } from "../../coordinator/suites/data-rows.js";
import { loadTask } from "../../coordinator/suites/load-task.js";
import { findTasks } from "../../coordinator/suites/registry.js";
import type { Split, Task } from "../../coordinator/suites/task.js";
import { parquetBytes } from "./parquet-bytes.js";

const published = fileURLToPath(new URL("../../../test/testdata/suites/data/", import.meta.url));

async function taskCalled(name: string): Promise<Task> {
  const [task] = await findTasks([name]);
  assert.ok(task);
  return task;
}

/** A data folder with these files, gone after the test. */
function dataFolder(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "painters-data-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), content);
  }
  return folder;
}

async function found(
  t: TestContext,
  name: string,
  split: Split,
  files: readonly string[],
): Promise<readonly string[]> {
  const dataDir = dataFolder(t, Object.fromEntries(files.map((file) => [file, ""])));
  const { dataset } = await taskCalled(name);
  const paths = await findSplitFiles({ dataDir, task: name, dataset, split });
  return paths.map((path) => path.slice(dataDir.length + 1));
}

const SHAPES: readonly (readonly [task: string, split: Split, file: string])[] = [
  ["arc_easy", "test", "allenai/ai2_arc/ARC-Easy/test-00000-of-00001.parquet"],
  ["arc_easy", "test", "ai2_arc/ARC-Easy/test-00000-of-00001.parquet"],
  ["arc_easy", "train", "ai2_arc/ARC-Easy/train/0000.parquet"],
  ["arc_easy", "test", "ai2_arc/ARC-Easy/ai2_arc-test.parquet"],
  ["arc_easy", "test", "ARC-Easy/test-00000-of-00001.parquet"],
  ["arc_easy", "test", "arc_easy/test.jsonl"],
  ["arc_easy", "test", "arc_easy/test.json"],
  ["arc_easy", "test", "arc_easy_test.jsonl"],
  [
    "arc_challenge",
    "test",
    "datasets--allenai--ai2_arc/snapshots/210d02/ARC-Challenge/test-00000-of-00001.parquet",
  ],
  ["hellaswag", "validation", "Rowan/hellaswag/data/validation-00000-of-00001.parquet"],
  ["hellaswag", "validation", "hellaswag/data/validation-00000-of-00001-9d1b3c.parquet"],
  ["hellaswag", "validation", "hellaswag/default/validation/0000.parquet"],
  ["hellaswag", "validation", "hellaswag/validation.parquet"],
  ["winogrande", "validation", "allenai/winogrande/winogrande_xl/validation-00000-of-00001.parquet"],
  ["winogrande", "validation", "winogrande/winogrande_xl/validation/0000.parquet"],
  ["winogrande", "validation", "winogrande/validation.jsonl"],
  ["lambada_openai", "test", "EleutherAI/lambada_openai/data/lambada_test.jsonl"],
  ["lambada_openai", "test", "lambada_openai/data/lambada_test.jsonl"],
  ["lambada_openai", "test", "lambada_openai/default/test/0000.parquet"],
  ["lambada_openai", "test", "lambada_test.jsonl"],
  ["lambada_openai", "test", "lambada_openai-test.json"],
  ["sst2", "validation", "nyu-mll/glue/sst2/validation-00000-of-00001.parquet"],
  ["sst2", "train", "datasets--nyu-mll--glue/snapshots/bcdcba/sst2/train-00000-of-00001.parquet"],
  ["mnli", "validation_matched", "glue/mnli/validation_matched/0000.parquet"],
  ["mnli_mismatch", "validation_mismatched", "glue/mnli/validation_mismatched-00000-of-00001.parquet"],
  ["mnli_mismatch", "train", "mnli/train.jsonl"],
  ["cola", "validation", "cola/validation.jsonl"],
  ["cola", "validation", "CoLA/dev.tsv"],
  ["mnli", "validation_matched", "glue_data/MNLI/dev_matched.tsv"],
  ["sst2", "train", "GLUE/SST-2/train.tsv"],
];

for (const [task, split, file] of SHAPES) {
  test(`findSplitFiles() finds ${file}`, async (t) => {
    assert.deepEqual(await found(t, task, split, [file, "elsewhere/test.jsonl"]), [file]);
  });
}

test("findSplitFiles() puts shards in order, as many as there are said to be", async (t) => {
  const shards = Array.from(
    { length: 12 },
    (_, i) => `data/train-${String(i).padStart(5, "0")}-of-00012.parquet`,
  );
  const files = shards.map((shard) => `hellaswag/${shard}`);
  assert.deepEqual(await found(t, "hellaswag", "train", [...files].reverse()), files);
  await assert.rejects(
    found(t, "hellaswag", "train", files.slice(1)),
    (error) => error instanceof IncompleteDataError && error.missing === "train-00000-of-00012.parquet",
  );
  await assert.rejects(
    found(t, "arc_easy", "test", ["ai2_arc/ARC-Easy/test/0001.parquet"]),
    /not 0000\.parquet/,
  );
});

test("findSplitFiles() prefers main among the hub's snapshots", async (t) => {
  const file = (revision: string) =>
    `datasets--Rowan--hellaswag/snapshots/${revision}/data/validation-00000-of-00001.parquet`;
  const dataDir = dataFolder(t, {
    [file("aaa")]: "",
    [file("bbb")]: "",
    "datasets--Rowan--hellaswag/refs/main": "bbb\n",
  });
  const { dataset } = await taskCalled("hellaswag");
  assert.deepEqual(await findSplitFiles({ dataDir, task: "hellaswag", dataset, split: "validation" }), [
    join(dataDir, file("bbb")),
  ]);
});

test("findSplitFiles() does not take another configuration's file", async (t) => {
  await assert.rejects(
    found(t, "arc_easy", "test", ["ai2_arc/test.jsonl", "ai2_arc/data/test.jsonl"]),
    DataNotFoundError,
  );
});

test("findSplitFiles() lists where it looked", async (t) => {
  await assert.rejects(found(t, "lambada_openai", "test", []), (error) => {
    assert.ok(error instanceof DataNotFoundError);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /^found no test split of lambada_openai/);
    assert.match(error.message, /\n {2}.*\/EleutherAI\/lambada_openai\/data\/lambada_test\n/);
    return true;
  });
});

const PARQUET: readonly (readonly [task: string, file: string, copy: string])[] = [
  ["arc_easy", "arc_easy/test.jsonl", "allenai/ai2_arc/ARC-Easy/test-00000-of-00001.parquet"],
  ["hellaswag", "hellaswag/validation.jsonl", "hellaswag/default/validation/0000.parquet"],
  [
    "winogrande",
    "winogrande/validation.jsonl",
    "allenai/winogrande/winogrande_xl/validation-00000-of-00001.parquet",
  ],
  ["lambada_openai", "lambada_openai/data/lambada_test.jsonl", "lambada_openai/default/test/0000.parquet"],
  [
    "mnli_mismatch",
    "mnli/validation_mismatched.jsonl",
    "nyu-mll/glue/mnli/validation_mismatched-00000-of-00001.parquet",
  ],
];

for (const [name, file, copy] of PARQUET) {
  test(`loadTask() makes the same of ${name} from parquet as from JSON lines`, async (t) => {
    const task = await taskCalled(name);
    const lines = readFileSync(join(published, file), "utf8");
    const rows = lines
      .split("\n")
      .flatMap((line) => (line ? [JSON.parse(line) as Record<string, unknown>] : []));
    const options = { shots: 0, limit: null, harness: "current" } as const;
    const dataDir = dataFolder(t, { [copy]: parquetBytes(rows) });
    const fromParquet = await loadTask(task, { ...options, dataDir });
    const fromLines = await loadTask(task, { ...options, dataDir: published });
    assert.deepEqual(fromParquet.documents, fromLines.documents);
    // The order of columns, and of what is in them, decides a document's hash.
    assert.equal(JSON.stringify(fromParquet.documents), JSON.stringify(fromLines.documents));
    const whole = dataFolder(t, {
      [`${name}/${task.dataset.evaluationSplit}.json`]: JSON.stringify(rows, null, 1),
    });
    assert.deepEqual((await loadTask(task, { ...options, dataDir: whole })).documents, fromLines.documents);
  });
}

const row = { sentence: "A met B, so _ smiled.", option1: "A", option2: "B", answer: "1" };
const BROKEN: readonly (readonly [what: string, content: string, message: RegExp])[] = [
  ["a broken line", `${JSON.stringify(row)}\n\n{"sentence": `, /validation\.jsonl:3: is not JSON \(/],
  ["a line that is no row", `${JSON.stringify(row)}\n17\n`, /:2: is 17; expected an object/],
  [
    "a missing column",
    '{"sentence": "x _ y"}',
    /:1: column "option1" is missing among sentence; expected a string/,
  ],
  ["a wrong kind", JSON.stringify({ ...row, answer: 1 }), /:1: column "answer" is 1; expected a string/],
  [
    "a label outside",
    JSON.stringify({ ...row, answer: "" }),
    /:1: column "answer" is ""; expected "1" or "2"/,
  ],
  [
    "no blank",
    JSON.stringify({ ...row, sentence: "none" }),
    /:1: column "sentence" is "none"; expected .*blank/,
  ],
  ["nothing", "\n", /holds no rows/],
  ["a pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0", /Git LFS pointer.*git lfs pull/],
];

for (const [what, content, message] of BROKEN) {
  test(`loadTask() names place and reason of ${what}`, async (t) => {
    const dataDir = dataFolder(t, { "winogrande/validation.jsonl": content });
    const options = { dataDir, shots: 0, limit: null, harness: "current" } as const;
    await assert.rejects(
      loadTask(await taskCalled("winogrande"), options),
      (error) => error instanceof DataFileError && error.exitCode === 2 && message.test(error.message),
    );
  });
}

test("loadTask() names the row of a parquet file, over shards", async (t) => {
  const good = { text: "a b" };
  const dataDir = dataFolder(t, {
    "lambada_openai/data/test-00000-of-00002.parquet": parquetBytes([good, good]),
    "lambada_openai/data/test-00001-of-00002.parquet": parquetBytes([good, { text: null }]),
  });
  const options = { dataDir, shots: 0, limit: null, harness: "current" } as const;
  await assert.rejects(
    loadTask(await taskCalled("lambada_openai"), options),
    /00001-of-00002\.parquet, row 1: .* is null/,
  );
});

test("loadTask() refuses a file that is no parquet, and one whose integers are no numbers", async (t) => {
  const options = { shots: 0, limit: null, harness: "current" } as const;
  const task = await taskCalled("lambada_openai");
  const cut = dataFolder(t, {
    "lambada_openai/test.parquet": parquetBytes([{ text: "a b" }]).subarray(0, 30),
  });
  await assert.rejects(
    loadTask(task, { ...options, dataDir: cut }),
    /test\.parquet: is no parquet file we can read/,
  );
  const big = dataFolder(t, {
    "lambada_openai/test.parquet": parquetBytes([{ text: "a b", idx: 2n ** 60n }]),
  });
  await assert.rejects(
    loadTask(task, { ...options, dataDir: big }),
    /row 0: column "idx" is 1152921504606846976, beyond/,
  );
  const small = dataFolder(t, { "lambada_openai/test.parquet": parquetBytes([{ text: "a b", idx: 7n }]) });
  const { documents } = await loadTask(task, { ...options, dataDir: small });
  assert.deepEqual(documents[0]?.columns, { text: "a b", idx: 7 });
});
