// A sweep's YAML file: the same names as the flags, which win over it.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Summary } from "../../coordinator/results/summary-file.js";
import { freshPath, runCli, runWell } from "./run-cli.js";

function yamlFile(text: string): string {
  const file = freshPath("sweep.yaml");
  writeFileSync(file, text);
  return file;
}

async function sweepSummary(...args: readonly string[]) {
  const { rows } = JSON.parse(await runWell("sweep", ...args)) as Summary;
  const distinct = (name: "schedule" | "task" | "documents") => [...new Set(rows.map((row) => row[name]))];
  return { schedules: distinct("schedule"), tasks: distinct("task"), documents: distinct("documents") };
}

test("sweep reads its options from a YAML file, and flags win", async () => {
  const out = freshPath("out");
  const file = yamlFile(`
model: demo
schedule:
  - baseline
  - "0..2, mean(2..6), 6..8"
tasks: [winogrande, arc_easy]
limit: 2
devices: 1
bootstrap-iters: 0
samples: false
report: false
json: true
out: ${JSON.stringify(out)}
`);
  assert.deepEqual(await sweepSummary(file), {
    schedules: ["baseline", "0..2, mean(2..6), 6..8"],
    tasks: ["winogrande", "arc_easy"],
    documents: [2],
  });
  const flags = ["--tasks", "hellaswag", "--limit", "3", "--schedule", "skip(start=2)", "--devices", "2"];
  assert.deepEqual(await sweepSummary(file, ...flags), {
    schedules: ["skip(start=2)"],
    tasks: ["hellaswag"],
    documents: [3],
  });
  const elsewhere = freshPath("elsewhere");
  await sweepSummary("--out", elsewhere, file);
  assert.ok(existsSync(elsewhere));
  for (const folder of [out, elsewhere]) assert.ok(!existsSync(join(folder, "report.html")));
});

test("sweep refuses a YAML file by its name, the option's and its value", async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["limt: 3", /sweep\.yaml: limt is no option; the options are model, grid, .*limit/],
    ["limit: many", /sweep\.yaml: limit must be a number of documents, .* not "many"/],
    ["samples: 1", /sweep\.yaml: samples must be true or false, not 1/],
    ["tasks: []", /sweep\.yaml: tasks must be a name or a list of names, not \[\]/],
    [
      "schedule: {reverse: 3}",
      /sweep\.yaml: schedule must be a text or a list of texts, not \{"reverse":3\}/,
    ],
    ["model:", /sweep\.yaml: model must be a text, not null/],
    ["", /sweep\.yaml must hold options by name/],
    ["limit: [", /sweep\.yaml is not YAML: .* line 1/],
    ["limit: many\ndevices: -1", /limit must be [\s\S]*devices must be /],
  ];
  const out = freshPath("out");
  await Promise.all(
    cases.map(async ([text, message]) => {
      // What is wrong in the file stays wrong when a flag wins over it.
      const { code, stdout, stderr } = await runCli("sweep", yamlFile(text), "--limit", "1", "--out", out);
      assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^ {4}at /m);
    }),
  );
  assert.ok(!existsSync(out));
});

test("sweep names a YAML file that is not there", async () => {
  const { code, stderr } = await runCli("sweep", "nowhere.yaml");
  assert.equal(code, 2);
  assert.match(stderr, /^painters: nowhere\.yaml cannot be read: ENOENT/);
});
