// The task definitions on the golden strings of lm-eval.md, sections 2 to 4, and how they are found.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { loadTask, TaskOptionError } from "../../coordinator/suites/load-task.js";
import { defaultTasks, findTasks, loadTasks, UnknownTaskError } from "../../coordinator/suites/registry.js";
import { type Columns, RowError, type TaskDocument } from "../../coordinator/suites/task.js";

const dataDir = fileURLToPath(new URL("../../../test/testdata/suites/data/", import.meta.url));

async function document(name: string, row: Columns, fewshotBlock = ""): Promise<TaskDocument> {
  const [task] = await findTasks([name]);
  assert.ok(task);
  return task.document(0, task.processRow ? task.processRow(row) : row, fewshotBlock);
}

test("loadTasks() finds every file of tasks/ whose documents are scored", async () => {
  assert.deepEqual(
    [...(await loadTasks()).keys()],
    [
      ...["arc_challenge", "arc_easy", "cola", "gsm8k_teacher_forced", "hellaswag", "lambada_openai", "mnli"],
      ...["mnli_mismatch", "mrpc", "qnli", "qqp", "rte", "sst2", "winogrande", "wnli"],
    ],
  );
  assert.deepEqual(
    [...(await loadTasks("encoder")).keys()],
    ["cola", "mnli", "mnli_mismatch", "mrpc", "qnli", "qqp", "rte", "sst2", "stsb", "wnli"],
  );
});

test("defaultTasks() are the paper's", async () => {
  assert.deepEqual(await defaultTasks(), [
    "arc_challenge",
    "arc_easy",
    "hellaswag",
    "lambada_openai",
    "winogrande",
  ]);
});

test("findTasks() keeps the order given, each task once", async () => {
  const found = await findTasks(["winogrande", "arc_easy", "winogrande"]);
  assert.deepEqual(
    found.map(({ name }) => name),
    ["winogrande", "arc_easy"],
  );
});

for (const [typed, meant] of [
  ["lambada", "lambada_openai"],
  ["arc-chalenge", "arc_challenge"],
  ["HellaSwag", "hellaswag"],
  ["truthfulqa", undefined],
] as const) {
  test(`findTasks() on ${typed} suggests ${meant ?? "nothing"}`, async () => {
    await assert.rejects(findTasks([typed]), (error) => {
      assert.ok(error instanceof UnknownTaskError);
      assert.equal(error.exitCode, 2);
      assert.ok(
        error.message.includes(
          "Tasks: arc_challenge, arc_easy, cola, gsm8k, gsm8k_teacher_forced, hellaswag",
        ),
      );
      assert.equal(/did you mean (\w+)\?/.exec(error.message)?.[1], meant);
      return true;
    });
  });
}

const arcRow = {
  id: "x",
  question: "Which is a gas?",
  choices: { text: ["ice", "steam", "rock"], label: ["1", "2", "3"] },
  answerKey: "2",
};

test("arc: the key is looked up among the labels", async () => {
  assert.deepEqual(await document("arc_easy", arcRow, "Question: a\nAnswer: b\n\n"), {
    docId: 0,
    columns: arcRow,
    requests: ["ice", "steam", "rock"].map((choice) => ({
      context: "Question: a\nAnswer: b\n\nQuestion: Which is a gas?\nAnswer:",
      continuation: ` ${choice}`,
    })),
    gold: 1,
    choices: ["ice", "steam", "rock"],
    target: "1",
  });
  await assert.rejects(document("arc_easy", { ...arcRow, answerKey: "B" }), RowError);
});

const QUERIES = [
  [
    "Baking cookies",
    "A woman mixes dough.",
    "She looks at NASA TV.",
    "Baking cookies: A woman mixes dough. She looks at nasa tv.",
  ],
  [
    "Health",
    "[header] How to rest [title] Sleep early. [step] Go to bed.",
    "",
    "Health: How to rest. Sleep early. Go to bed.",
  ],
  ["Home", "[header] How to clean [title] Get soap [step]", "", "Home: How to clean. Get soap "],
] as const;

const ENDINGS = [
  ["[substeps] Use a cloth. Try cold water.", " Use a cloth. Try cold water."],
  ["  is   very    happy.  ", "is  very  happy."],
  ["[title] Pick one. [step] Do it.", " Pick one. Do it."],
  ["a [b\nc] d", "a [b\nc] d"],
] as const;

test("hellaswag: queries and endings are cleaned as the harness cleans them", async () => {
  for (const [activity_label, ctx_a, ctx_b, query] of QUERIES) {
    const row = { activity_label, ctx_a, ctx_b, endings: ENDINGS.map(([raw]) => raw), label: "2" };
    const made = await document("hellaswag", row);
    assert.deepEqual(
      made.requests,
      ENDINGS.map(([, cleaned]) => ({ context: query, continuation: ` ${cleaned}` })),
    );
    assert.deepEqual(Object.keys(made.columns), [...Object.keys(row), "query", "choices", "gold"]);
    assert.deepEqual([made.gold, made.target], [2, "2"]);
  }
});

test("hellaswag: a label beyond the endings is no choice, an empty one an error", async () => {
  const row = { activity_label: "a", ctx_a: "b", ctx_b: "c", endings: ["d", "e"], label: "2" };
  assert.equal((await document("hellaswag", row)).gold, -100);
  await assert.rejects(
    document("hellaswag", { ...row, label: "" }),
    /column "label" is ""; expected the index/,
  );
});

test("winogrande: the options go into the context, the suffix is scored", async () => {
  const row = { sentence: "Ann saw Bea, so _ waved_. \n", option1: "Ann", option2: "Bea", answer: "2" };
  const made = await document("winogrande", row, "Shots.\n\n");
  assert.deepEqual(made.requests, [
    { context: "Shots.\n\nAnn saw Bea, so Ann", continuation: " waved_." },
    { context: "Shots.\n\nAnn saw Bea, so Bea", continuation: " waved_." },
  ]);
  assert.deepEqual([made.gold, made.target], [1, "waved_."]);
});

for (const [text, context, continuation] of [
  ["the last word", "the last", " word"],
  ["two before  word", "two before ", " word"],
  ["no\tspace\u00a0here", "", " no\tspace\u00a0here"],
  [" word", "", " word"],
  ["ends in space ", "ends in space", " "],
] as const) {
  test(`lambada: ${JSON.stringify(text)} is split at the last space`, async () => {
    const made = await document("lambada_openai", { text });
    assert.deepEqual(made.requests, [{ context, continuation }]);
    assert.deepEqual([made.gold, made.target, made.choices], [null, continuation, []]);
  });
}

test("gsm8k_teacher_forced: the harness's five shots and prompts, the worked answer as continuation", async (t) => {
  const shared = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
  if (!existsSync(shared)) return t.skip(`there is no ${shared}`);
  const [gsm8k] = await findTasks(["gsm8k_teacher_forced"]);
  assert.ok(gsm8k);
  const options = { dataDir: shared, shots: null, limit: 3, harness: "262f879" } as const;
  const { documents, shots, original } = await loadTask(gsm8k, options);
  assert.deepEqual([shots, original], [5, 1319]);
  // lm-eval.md, section 12.3.
  assert.deepEqual(
    documents.map(({ requests }) => createHash("sha256").update(requests[0]!.context).digest("hex")),
    [
      "32680f263ba83280e98a8a24ceefed10a722a4cdcd9f4d78e93c45d43143ca66",
      "e6b9a0195411932e5323ed20ad05e965b08b979103bbb26594a5bdf123d27990",
      "97eb2662b11bbd7bd0423f898efde0e9a04d22028ed5fc1f80576965b0f570fa",
    ],
  );
  assert.ok(documents[0]!.requests[0]!.continuation.endsWith("\n#### 18"));
});

test("loadTask() limits by number and by part, rounded up", async () => {
  const [lambada] = await findTasks(["lambada_openai"]);
  assert.ok(lambada);
  for (const [limit, effective] of [
    [null, 18],
    [3, 3],
    [100, 18],
    [0.1, 2],
    [0.5, 9],
    [1, 1],
  ] as const) {
    const loaded = await loadTask(lambada, { dataDir, shots: 0, limit, harness: "262f879" });
    assert.deepEqual(
      [loaded.original, loaded.effective, loaded.documents.length],
      [18, effective, effective],
    );
  }
});

test("loadTask() gives the first documents the shots of a whole run", async () => {
  const [hellaswag] = await findTasks(["hellaswag"]);
  assert.ok(hellaswag);
  const options = { dataDir, shots: 3, harness: "262f879" } as const;
  const whole = await loadTask(hellaswag, { ...options, limit: null });
  const some = await loadTask(hellaswag, { ...options, limit: 4 });
  assert.deepEqual(some.documents, whole.documents.slice(0, 4));
});

test("loadTask() refuses shots and limits that mean nothing", async () => {
  const [lambada] = await findTasks(["lambada_openai"]);
  assert.ok(lambada);
  const options = { dataDir, shots: 0, limit: null, harness: "current" } as const;
  for (const wrong of [{ limit: 0 }, { limit: 2.5 }, { limit: Number.NaN }, { shots: -1 }, { shots: 1.5 }]) {
    await assert.rejects(loadTask(lambada, { ...options, ...wrong }), TaskOptionError);
  }
  await assert.rejects(loadTask(lambada, { ...options, shots: 19 }), /19 shots draw 19 rows.* has 18/);
});
