// Mistakes in what is asked: each exits 2, says in one message what is wrong and
// what would be right, and leaves nothing behind.
import assert from "node:assert/strict";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { demoCheckpoint, demoData, freshPath, home, listTree, runCli, sweepOnce } from "./run-cli.js";

const out = freshPath("out");
let homeBefore: readonly string[];

before(async () => {
  await sweepOnce();
  homeBefore = listTree(home);
});

/** Runs the command; it must exit 2 with this message alone on stderr, and change nothing on the disk. */
async function refuses(args: readonly string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runCli(...args);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, `${args.join(" ")}: ${stderr}`);
  assert.match(stderr, message);
  assert.match(stderr, /^painters: /m);
  assert.doesNotMatch(stderr, /^ {4}at |this is a bug/m);
}

async function sweepRefuses(cases: readonly (readonly [readonly string[], RegExp])[]): Promise<void> {
  await Promise.all(
    cases.map(([args, message]) => refuses(["sweep", "--out", out, "--limit", "1", ...args], message)),
  );
  assert.ok(!existsSync(out));
  assert.deepEqual(listTree(home), homeBefore);
}

test("sweep points at what is wrong in a schedule", async () => {
  await sweepRefuses([
    [["--schedule", "0..4, mean(4..x), 6..8"], / {2}0\.\.4, mean\(4\.\.x\), 6\.\.8\n {16}\^\n$/],
    [["--schedule", "0..17"], /0\.\.17 reaches layer 16, which is outside 0\.\.16\n {2}0\.\.17\n {5}\^\n$/],
    [["--schedule", "reverse(start=8)"], /start 8 leaves no middle in 16 layers: the largest start is 7/],
    [["--schedule", "loop(9999999, 0..8)"], /1,000,000|1000000/],
    [["--schedule", ""], /--schedule must be a text or a list of texts, not \[""\]/],
    [["--grid", "papr"], /--grid must be paper or main, not "papr"/],
  ]);
});

test("sweep names tasks and data that are not there", async () => {
  const empty = freshPath("empty");
  mkdirSync(empty);
  await sweepRefuses([
    [["--tasks", "winogrand"], /no task "winogrand"; did you mean winogrande\?.*arc_challenge, arc_easy/],
    [["--model", demoCheckpoint], /--data is missing: name the folder/],
    [["--data", empty, "--tasks", "arc_easy"], new RegExp(`no test split of arc_easy[\\s\\S]*${empty}`)],
    [["--data", join(empty, "none"), "--tasks", "winogrande"], /no validation split of winogrande/],
    [["--num-fewshot", "60", "--tasks", "arc_easy"], /60 shots .* has 40/],
  ]);
});

test("sweep names file, row and column of bad data", async () => {
  const data = freshPath("data");
  cpSync(demoData, data, { recursive: true });
  const file = join(data, "arc_easy", "test.jsonl");
  const lines = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, lines.with(2, lines[2]!.replace('"question"', '"quest"')).join("\n"));
  appendFileSync(join(data, "winogrande", "validation.jsonl"), '{"sentence": ');
  await sweepRefuses([
    [
      ["--data", data, "--tasks", "arc_easy"],
      /arc_easy\/test\.jsonl:3: column "question" is missing among id/,
    ],
    [["--data", data, "--tasks", "winogrande"], /winogrande\/validation\.jsonl:401: is not JSON/],
  ]);
});

test("sweep names value and bound of a number, and a flag it does not know", async () => {
  await sweepRefuses([
    [["--limit"], /Not enough arguments following: limit/],
    [["--limit", "2"], /--limit must be a number of documents, .*, not \["1","2"\]/],
    [["--devices", "1.5"], /--devices must be a whole number of at least 1, not 1\.5/],
    [["--batch-tokens", "-4"], /--batch-tokens must be a whole number of at least 1, not -4/],
    [["--bootstrap-iters", "1e99"], /--bootstrap-iters must be a whole number of at least 0, not 1e\+99/],
    [["--harness", "old"], /--harness must be 262f879 or current, not "old"/],
    [["--limt", "3"], /Unknown argument: limt/],
    [["one.yaml", "two.yaml"], /two\.yaml/],
  ]);
  const limits: readonly (readonly [string, string])[] = [
    ["-3", "-3"],
    ["abc", '"abc"'],
  ];
  await Promise.all(
    limits.map(([text, shown]) =>
      refuses(
        ["sweep", "--out", out, "--limit", text],
        new RegExp(`^painters: --limit must be .* not ${shown}$`, "m"),
      ),
    ),
  );
  assert.ok(!existsSync(out));
});

test("the other commands refuse as clearly", async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["frobnicate"], /Unknown argument: frobnicate/],
    [["swep"], /Did you mean sweep\?/],
    [
      ["schedule", "reverse(start=3)", "--layers", "x"],
      /--layers must be a whole number of at least 0, not 'x'/,
    ],
    [["schedule", "mean("], / {2}mean\(\n {7}\^/],
    [["plan"], /give either --shape or --layers/],
    [["plan", "--shape", "gpt-5"], /'gpt-5' is no shape; the shapes are llama-2-7b/],
    [["plan", "--layers", "8", "--grid", "papr"], /'papr' is no grid; the grids are paper and main/],
    [["import", freshPath("none"), freshPath("store")], /none: does not exist/],
    [["results", freshPath("none")], /no sweep's results in .*none/],
  ];
  await Promise.all(cases.map(([args, message]) => refuses(args, message)));
});
