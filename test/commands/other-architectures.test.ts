// The whole command on a GPT-NeoX with a tokenizer of its kind (no BOS, byte-level),
// and what it says to an encoder.
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { writeRandomCheckpoint } from "../random-model/random-checkpoint.js";
import { freshPath, runCli, runWell } from "./run-cli.js";
import { countsIn, scoresIn } from "./sweep-outputs.js";

const suites = fileURLToPath(new URL("../../../test/testdata/suites/", import.meta.url));
const neox = freshPath("tiny-neox");
const bert = freshPath("tiny-bert");
const sizes = {
  hidden_size: 40,
  intermediate_size: 72,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  vocab_size: 400,
  max_position_embeddings: 1024,
};

before(async () => {
  await writeRandomCheckpoint(neox, {
    architectures: ["GPTNeoXForCausalLM"],
    model_type: "gpt_neox",
    ...sizes,
    rotary_pct: 0.4,
  });
  for (const file of ["tokenizer.json", "tokenizer_config.json"]) {
    copyFileSync(join(suites, "neox-like", file), join(neox, file));
  }
  await writeRandomCheckpoint(bert, { architectures: ["BertModel"], model_type: "bert", ...sizes });
});

const options = [
  ...["--data", join(suites, "data"), "--limit", "2", "--bootstrap-iters", "0"],
  ...["baseline", "reverse(start=1)", "loop_parallel(start=1,loops=2)"].flatMap((s) => ["--schedule", s]),
];

test("sweep scores a GPT-NeoX, with the same bits on one device and on two workers", async () => {
  const [one, two] = [freshPath("one"), freshPath("two")];
  const stdout = await runWell("sweep", "--model", neox, "--out", one, ...options, "--batch-tokens", "4096");
  assert.equal(countsIn(stdout).known, 0);
  const scores = scoresIn(one);
  assert.equal(scores.size, countsIn(stdout).computed);
  for (const [name, score] of scores) assert.doesNotMatch(score, /NaN|inf/i, name);
  await runWell("sweep", "--model", neox, "--out", two, ...options, "--workers", "2", "--batch-tokens", "1");
  assert.deepEqual(scoresIn(two), scores);
});

test("sweep asks for the task of an encoder, of which there is no default", async () => {
  const { code, stderr } = await runCli("sweep", "--model", bert, "--out", freshPath("none"), ...options);
  assert.equal(code, 2);
  assert.match(stderr, /--tasks is missing: name what the encoder was fine-tuned for, of cola, mnli, .*wnli/);
  assert.doesNotMatch(stderr, /^ {4}at |this is a bug/m);
});
