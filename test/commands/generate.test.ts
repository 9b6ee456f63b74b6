// `painters generate` as a user runs it: what it prints, and what it refuses.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freshPath, readJson, runCli, runPipeline, runWell } from "./run-cli.js";

const prompt = "Maya has the drum. Paul has the key. Maya shows us the";

test("painters generate prints the text as it comes and the time of a token and a visit", async () => {
  const { code, stdout, stderr } = await runCli("generate", "--prompt", prompt, "--max-tokens", "8");
  assert.equal(code, 0, stderr);
  assert.equal(stdout, " drum\n");
  assert.match(
    stderr,
    /^[\d.]+ ms a token .*, [\d.]+ ms a visit of a layer \(mean of 16\); first token after [\d.]+ s\n$/,
  );
});

test("painters generate reads a prompt that comes slowly", async () => {
  const { codes, output } = await runPipeline(
    `(sleep 0.5; echo '${prompt}') | painters generate --max-tokens 1 --schedule 0..99`,
  );
  assert.deepEqual(codes, [0, 2]);
  assert.match(output, /^painters: 0\.\.99 reaches layer 98/);
});

test("painters generate --json has every schedule and prompt, cut before the stop", async () => {
  const { code, stdout, stderr } = await runCli(
    ...["generate", "--prompt", prompt, "--prompt", "Question: Which", "--max-tokens", "6", "--json"],
    ...["--schedule", "baseline", "--schedule", "skip(start=3)", "--stop", "drum", "--workers", "2"],
  );
  assert.equal(code, 0, stderr);
  const { texts } = JSON.parse(stdout) as {
    texts: { schedule: string; prompt: string; text: string; tokens: number[] }[];
  };
  assert.deepEqual(
    texts.map(({ schedule, prompt: begun }) => [schedule, begun]),
    ["baseline", "skip(start=3)"].flatMap((name) =>
      [prompt, "Question: Which"].map((begun) => [name, begun]),
    ),
  );
  assert.equal(texts[0]!.text, " ");
  assert.equal(texts[0]!.tokens.length, 1);
  assert.ok(texts.every(({ tokens }) => tokens.length > 0 && tokens.length <= 6));
});

for (const [name, args, message] of [
  [
    "a prompt that is too long",
    ["--prompt", "the ".repeat(1000), "--max-tokens", "30"],
    /has 1\d\d\d tokens, and with 30 more \(--max-tokens\) they pass the model's 1024 positions/,
  ],
  [
    "no tokens",
    ["--prompt", "a", "--max-tokens", "0"],
    /--max-tokens must be a whole number of at least 1, not 0/,
  ],
  ["a schedule that is none", ["--prompt", "a", "--schedule", "0..99"], /99/],
  ["an empty stop", ["--prompt", "a", "--stop", ""], /--stop/],
  ["a kv mode that is none", ["--prompt", "a", "--kv", "mean"], /--kv must be own or paper, not "mean"/],
] as const) {
  test(`painters generate refuses ${name}`, async () => {
    const { code, stdout, stderr } = await runCli("generate", ...args);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, message);
  });
}

test("painters sweep refuses --kv paper where nothing is generated", async () => {
  const { code, stdout, stderr } = await runCli("sweep", "--tasks", "arc_easy", "--kv", "paper");
  assert.deepEqual([code, stdout], [2, ""], stderr);
  assert.match(stderr, /--kv paper is for tasks that have the model write text, .* \(arc_easy\): .* gsm8k/);
});

test("painters sweep --tasks gsm8k generates, scores both filters, and resumes from the ledger", async () => {
  const out = freshPath("gsm8k");
  const args = ["sweep", "--tasks", "gsm8k", "--num-fewshot", "0", "--limit", "4", "--out", out];
  const schedules = ["--schedule", "baseline", "--schedule", "skip(start=3)", "--workers", "2"];
  assert.match(await runWell(...args, ...schedules), /^8 scores computed, 0 known before/m);
  assert.match(await runWell(...args, ...schedules), /^0 scores computed, 8 known before/m);
  const { rows } = readJson<{ rows: { schedule: string; metric: string; value: number }[] }>(
    out,
    "summary.json",
  );
  const value = (schedule: string, metric: string): number | undefined =>
    rows.find((row) => row.schedule === schedule && row.metric === metric)?.value;
  for (const filter of ["strict-match", "flexible-extract"]) {
    assert.equal(value("baseline", `exact_match,${filter}`), 1);
  }
  assert.equal(value("skip(start=3)", "exact_match,strict-match"), 0);
  const folder = join(out, "harness", "painters-demo,schedule=baseline");
  const samples = readdirSync(folder).find((file) => file.startsWith("samples_gsm8k_"))!;
  const lines = readFileSync(join(folder, samples), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { filter: string });
  assert.deepEqual(lines.map(({ filter }) => filter).sort(), [
    ...new Array<string>(4).fill("flexible-extract"),
    ...new Array<string>(4).fill("strict-match"),
  ]);
  assert.match(readFileSync(join(out, "results.md"), "utf8"), /^- Generation: kv=own$/m);

  // Of the other mode nothing is known, and it is not mixed up with scores of the same sweep.
  const both = ["--tasks", "gsm8k,arc_easy", "--schedule", "parallel(start=6)", "--kv", "paper"];
  assert.match(await runWell(...args, ...both), /^8 scores computed, 0 known before/m);
  assert.match(readFileSync(join(out, "results.md"), "utf8"), /^- Generation: kv=paper$/m);
});
