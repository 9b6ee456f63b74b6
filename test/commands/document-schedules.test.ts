// A schedule for each document: its scores are those of ordinary sweeps, bit for bit,
// its metrics follow from them, and mistakes in the file are named with their line.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, test } from "node:test";
import { documentLatency } from "../../coordinator/commands/document-latency.js";
import {
  chooseDocumentSchedules,
  readDocumentSchedules,
} from "../../coordinator/commands/document-schedules.js";
import type { PreparedSweep } from "../../coordinator/commands/prepare-sweep.js";
import type { Summary } from "../../coordinator/results/summary-file.js";
import { type LoadedTask, loadTask } from "../../coordinator/suites/load-task.js";
import { findTasks } from "../../coordinator/suites/registry.js";
import { demoData, freshPath, readJson, runWell } from "./run-cli.js";
import { countsIn, recordCount, samplesIn, summaryRows } from "./sweep-outputs.js";

const limit = 6;
const tasks = ["arc_easy", "lambada_openai"];
/** The second twice by law. */
const texts = ["baseline", "skip(start=6)", "0..6, (6, 10..16)", "0..4, sum(4.attn, 5.attn), 5.mlp, 6..16"];
const textOf = (task: number, document: number): string => texts[(document + task) % texts.length]!;

interface Line {
  readonly task: string;
  readonly doc_id: number;
  readonly schedule: string;
}

const lines = tasks.flatMap((task, t) =>
  // More documents than the limit: one file serves both.
  Array.from({ length: limit + 2 }, (_, d): Line => ({ task, doc_id: d, schedule: textOf(t, d) })),
);
const jsonLines = (all: readonly object[]): string => all.map((line) => `${JSON.stringify(line)}\n`).join("");
const sweep = ["sweep", "--tasks", tasks.join(","), "--limit", String(limit), "--bootstrap-iters", "0"];

interface Sample {
  readonly doc_id: number;
  readonly resps: unknown;
  readonly acc: number;
}

/** By task and schedule's folder. */
function samplesOf(out: string, task: string, folder: RegExp): readonly Sample[] {
  const [text] = [...samplesIn(out)].filter(([name]) => folder.test(name) && name.endsWith(`/${task}`));
  assert.ok(text, `${task} under ${folder} in ${[...samplesIn(out).keys()].join(", ")}`);
  const samples = text[1].trimEnd().split("\n");
  return samples.map((line) => JSON.parse(line) as Sample).sort((a, b) => a.doc_id - b.doc_id);
}

let file: string;

before(() => {
  file = freshPath("chosen.jsonl");
  writeFileSync(file, jsonLines(lines.toReversed()));
});

test("sweep --document-schedules scores every document under its own schedule, and resumes", async () => {
  const [ordinary, own] = [freshPath("ordinary"), freshPath("own")];
  const asked = [...sweep, "--document-schedules", file, "--out", own];
  const [, said] = await Promise.all([
    runWell(...sweep, "--no-report", "--out", ordinary, ...texts.flatMap((text) => ["--schedule", text])),
    runWell(...asked, "--schedule", "baseline"),
  ]);
  const wanted = tasks.flatMap((_, t) => Array.from({ length: limit }, (_, d) => textOf(t, d)));
  const computed = tasks.length * limit + wanted.filter((text) => text !== "baseline").length;
  assert.deepEqual(countsIn(said), { computed, known: 0 });

  const folders = [/baseline/, /skip/, /skip/, /attn/];
  for (const [t, task] of tasks.entries()) {
    const expected = Array.from({ length: limit }, (_, d) => {
      return samplesOf(ordinary, task, folders[texts.indexOf(textOf(t, d))]!)[d]!;
    });
    const actual = samplesOf(own, task, /per_document/);
    assert.deepEqual(
      actual.map(({ resps }) => resps),
      expected.map(({ resps }) => resps),
    );
    const { rows } = readJson<Summary>(own, "summary.json");
    const row = rows.find(
      (each) => each.schedule.startsWith("per_document(") && each.task === task && each.metric === "acc",
    )!;
    assert.ok(Math.abs(row.value - expected.reduce((sum, { acc }) => sum + acc, 0) / limit) < 1e-12);
    assert.deepEqual(
      [row.text, row.method, row.documents],
      ["one of 3 schedules for each document", "per_document", limit],
    );
  }

  // Labelled and timed as any other.
  const name = `per_document(${basename(file)})`;
  const { latencies, rows: all } = readJson<Summary>(own, "summary.json");
  const [baseline, chosen] = latencies;
  assert.deepEqual([baseline?.schedule, chosen?.schedule, latencies.length], ["baseline", name, 2]);
  assert.ok(chosen!.workMs > 0 && chosen!.criticalPathMs <= chosen!.workMs + 1e-6);
  // The baseline was timed on the same documents.
  assert.equal(chosen!.tokens, baseline!.tokens);
  const csv = readFileSync(join(own, "results.csv"), "utf8");
  assert.ok(csv.includes(`\r\n${name},per_document,arc_easy,acc,`));
  assert.equal(new Set(all.map(({ method }) => method)).size, 2);
  assert.match(readFileSync(join(own, "report.html"), "utf8"), /a schedule for each document/);

  // The same without the baseline.
  assert.deepEqual(countsIn(await runWell(...asked)), { computed: 0, known: tasks.length * limit });
  assert.equal(recordCount(own), computed);
  assert.match(summaryRows(own), /^\{"rows":\[\{"schedule":"per_document\(/);
});

test("chooseDocumentSchedules() names file and line of what is wrong", async () => {
  const loaded: LoadedTask[] = [];
  for (const task of await findTasks(tasks)) {
    loaded.push(await loadTask(task, { dataDir: demoData, shots: null, limit, harness: "current" }));
  }
  const choose = (text: string) => chooseDocumentSchedules({ name: "c.jsonl", text }, loaded, 16);
  const good = jsonLines(lines);
  const line = (change: object): string => `${good}\n${JSON.stringify({ ...lines[0], ...change })}\n`;
  const end = lines.length + 2;
  const cases: readonly [string, RegExp][] = [
    [line({ task: "arc_esy" }), new RegExp(`^c.jsonl:${end}: there is no task "arc_esy"; did you mean`)],
    [line({ doc_id: 1e6 }), new RegExp(`^c.jsonl:${end}: document 1000000 of arc_easy is outside 0..\\d+: `)],
    [line({}), new RegExp(`^c.jsonl:${end}: document 0 of arc_easy has its schedule in line 1 already`)],
    [line({ doc_id: -1 }), new RegExp(`^c.jsonl:${end}: doc_id: .*; a line is like {"task"`)],
    [line({ doc_id: 90, weight: 1 }), new RegExp(`^c.jsonl:${end}: .*weight`)],
    [
      line({ doc_id: 90, schedule: "0..17" }),
      /^c.jsonl:18: 0\.\.17 reaches layer 16.*\n {2}0\.\.17\n {5}\^$/,
    ],
    [line({ doc_id: 90, schedule: "loop(9000, 0..16), loop(999999, 1)" }), /^c.jsonl:18: .*visits/],
    [`${good}task,doc\n`, /^c.jsonl:17: is not JSON; a line is like/],
    [
      jsonLines(lines.slice(1)),
      /^c.jsonl: no line of 15 gives document 0 of arc_easy a schedule; add it, or/,
    ],
    ["", /^c.jsonl: no line of 0 gives document 0 of arc_easy/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(choose(text), { name: "DocumentScheduleError", exitCode: 2, message });
  }
  // A task that is not swept is no mistake.
  const other = line({ task: "winogrande" });
  assert.equal((await choose(other)).chosen.get("arc_easy")!.length, limit);
});

test("readDocumentSchedules() names the file that cannot be read", async () => {
  await assert.rejects(readDocumentSchedules(freshPath("none.jsonl")), {
    exitCode: 2,
    message: /^--document-schedules .*none\.jsonl cannot be read: ENOENT/,
  });
});

test("documentLatency() counts each document at what its own schedule takes for a token", async () => {
  const [task] = await findTasks(["arc_easy"]);
  const row = (length: number) => ({ tokens: new Array<number>(length).fill(1) });
  const prepared = {
    documentSchedules: { chosen: new Map([["arc_easy", [0, 1, 0]]]) },
    tasks: [{ task, rows: [[row(10)], [row(5), row(15)], [row(30)]] }],
  } as unknown as Pick<PreparedSweep, "documentSchedules" | "tasks">;
  const timed = [
    { criticalPathMs: 100, workMs: 300, tokens: 1000 },
    { criticalPathMs: 20, workMs: 20, tokens: 100 },
  ];
  const { criticalPathMs, workMs, tokens } = documentLatency(prepared, (i) => timed[i]!)!;
  assert.deepEqual(
    [criticalPathMs, workMs, tokens].map((value) => Number(value.toFixed(9))),
    [8, 16, 60],
  );
  assert.equal(
    documentLatency(prepared, (i) => (i === 1 ? null : timed[i]!)),
    null,
  );
});
