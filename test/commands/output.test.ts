// What the commands print for programs: one JSON document or CSV, and nothing beside it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { commandLine } from "../../coordinator/commands/command-line.js";
import { formatSummary, type Summary } from "../../coordinator/results/summary-file.js";
import { freshPath, runPipeline, runWell } from "./run-cli.js";

const out = freshPath("out");
const sweep = [
  "sweep",
  "--out",
  out,
  "--limit",
  "2",
  "--bootstrap-iters",
  "100",
  "--no-report",
  "--schedule",
  "baseline",
  "--schedule",
  "reverse(start=2)",
];
let printed = "";
let saved = "";

before(async () => {
  printed = await runWell(...sweep, "--json");
  saved = readFileSync(join(out, "summary.json"), "utf8");
});

test("commandLine() quotes what a shell would take apart", () => {
  assert.equal(
    commandLine(["sweep", "--schedule", "0..2, mean(2..6)", "--out", "it's", "--limit=8"]),
    `painters sweep --schedule '0..2, mean(2..6)' --out 'it'\\''s' --limit=8`,
  );
});

test("sweep --json prints its summary as one JSON document and nothing else", async () => {
  assert.equal(printed, saved);
  const { run, rows } = JSON.parse(printed) as Summary;
  assert.match(run.command, /^painters sweep --out .* --json$/);
  assert.deepEqual([...new Set(rows.map(({ schedule }) => schedule))], ["baseline", "reverse(start=2)"]);
  for (const { documents } of rows) assert.equal(documents, 2);
});

test("sweep prints no progress where nobody watches", async () => {
  // runWell() has seen that stderr is empty.
  const text = await runWell(...sweep);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would act on
  assert.doesNotMatch(text, /[\r\u001b]/);
  assert.match(text, /^0 scores computed, 20 known before, \d+\.\d s$/m);
  assert.ok(text.includes(`Results are in ${out}`));
  saved = readFileSync(join(out, "summary.json"), "utf8");
});

test("results prints what is saved: all as JSON and CSV, and filtered", async () => {
  assert.equal(await runWell("results", out, "--json"), saved);
  assert.equal(await runWell("results", out, "--csv"), readFileSync(join(out, "results.csv"), "utf8"));
  const filtered = await runWell("results", out, "--task", "winogrande", "--method", "reverse", "--json");
  const { rows } = JSON.parse(filtered) as Summary;
  assert.deepEqual(
    rows.map(({ schedule, task, metric }) => [schedule, task, metric]),
    [["reverse(start=2)", "winogrande", "acc"]],
  );
  assert.equal(formatSummary(JSON.parse(filtered) as Summary), filtered);
  assert.match(await runWell("results", out), /^baseline /m);
});

test("every command goes on when its output is closed early, and exits 0", async () => {
  const other = freshPath("unread");
  const lines = [
    'painters schedule "loop(30000, 0..4)" | head -c 10',
    "painters plan --shape llama-2-7b --json | head -1",
    "painters sweep --help | true",
    `painters results ${out} --json | true`,
    `painters sweep --out ${out} --limit 3 --bootstrap-iters 100 --schedule baseline | head -1`,
    `painters sweep --out ${other} --limit 4 --bootstrap-iters 100 --schedule baseline --json | true`,
  ];
  await Promise.all(
    lines.map(async (line) => {
      const { codes, output } = await runPipeline(line);
      assert.deepEqual(codes, [0, 0], `${line}: ${output}`);
      assert.doesNotMatch(output, /EPIPE|^ {4}at /m, line);
    }),
  );
  for (const [folder, documents] of [
    [out, 3],
    [other, 4],
  ] as const) {
    const { rows } = JSON.parse(readFileSync(join(folder, "summary.json"), "utf8")) as Summary;
    assert.equal(rows[0]?.documents, documents, "the sweep finished though nobody read what it said");
  }
});
