// `painters generate` as a user runs it: what it prints, and what it refuses.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runCli } from "./run-cli.js";

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
] as const) {
  test(`painters generate refuses ${name}`, async () => {
    const { code, stdout, stderr } = await runCli("generate", ...args);
    assert.deepEqual([code, stdout], [2, ""], stderr);
    assert.match(stderr, message);
  });
}
