// Checkpoints that cannot be what they say: refused before anything is computed.
import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { demoCheckpoint, demoData, freshPath, listTree, runCli, sweepOnce } from "./run-cli.js";

before(async () => {
  await sweepOnce();
});

interface BadModel {
  readonly name: string;
  /** Spoils a copy of the demo's checkpoint. */
  readonly spoil: (dir: string) => void;
  readonly message: RegExp;
}

function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, "latin1");
  assert.ok(text.includes(from), `${file} has no ${from}`);
  writeFileSync(file, text.replace(from, to), "latin1");
}

/** Overwrites the length of the weights' header. */
function lieAboutHeader(dir: string, bytes: bigint): void {
  const file = join(dir, "model.safetensors");
  const content = readFileSync(file);
  content.writeBigUInt64LE(bytes, 0);
  writeFileSync(file, content);
}

const badModels: readonly BadModel[] = [
  {
    name: "unknown-architecture",
    spoil: (dir) => edit(join(dir, "config.json"), "LlamaForCausalLM", "GPT2LMHeadModel"),
    message: /architectures is \["GPT2LMHeadModel"\]; supported are .*LlamaForCausalLM/,
  },
  {
    name: "truncated",
    spoil: (dir) => truncateSync(join(dir, "model.safetensors"), 100_000),
    message: /model\.safetensors: tensor .* ends at byte \d+, the file has 100000; it is truncated/,
  },
  {
    name: "huge-header",
    spoil: (dir) => lieAboutHeader(dir, 2n ** 62n),
    message: /model\.safetensors: says its header has 4611686018427387904 bytes, the format allows 100000000/,
  },
  {
    name: "long-header",
    spoil: (dir) => lieAboutHeader(dir, 33_554_431n),
    message: /model\.safetensors: is truncated: its header should end at byte 33554439/,
  },
  {
    name: "not-json-header",
    spoil: (dir) => edit(join(dir, "model.safetensors"), '{"', "??"),
    message: /model\.safetensors: .*JSON/,
  },
  {
    name: "missing-layer",
    spoil: (dir) => edit(join(dir, "config.json"), '"num_hidden_layers": 16', '"num_hidden_layers": 17'),
    message: /tensor model\.layers\.16\.\S+ is missing, config\.json implies one of shape/,
  },
  {
    name: "no-weights",
    spoil: (dir) => rmSync(join(dir, "model.safetensors")),
    message: /no-weights: has neither model\.safetensors nor model\.safetensors\.index\.json/,
  },
  {
    name: "no-config",
    spoil: (dir) => rmSync(join(dir, "config.json")),
    message: /no-config: has neither manifest\.json .* nor config\.json/,
  },
  {
    name: "no-tokenizer",
    spoil: (dir) => rmSync(join(dir, "tokenizer.json")),
    message: /no-tokenizer: has no tokenizer\.json; write one with python/,
  },
];

const out = freshPath("out");

/** A copy of the demo's checkpoint, spoilt; a sweep of it must exit 2 with this message and compute nothing. */
async function refuses({ name, spoil, message }: BadModel, store: string): Promise<void> {
  const dir = freshPath(name);
  cpSync(demoCheckpoint, dir, { recursive: true });
  spoil(dir);
  const args = ["--model", dir, "--data", demoData, "--store", store, "--out", out, "--limit", "1"];
  const { code, stdout, stderr } = await runCli("sweep", ...args);
  assert.deepEqual({ code, stdout }, { code: 2, stdout: "" }, `${name}: ${stderr}`);
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /^ {4}at |this is a bug/m);
  assert.ok(!existsSync(out));
}

test("sweep refuses a checkpoint that is damaged or does not fit its config, and stores nothing", async () => {
  const store = freshPath("store");
  await Promise.all(badModels.map((model) => refuses(model, store)));
  assert.deepEqual(listTree(store), []);
});

test("sweep refuses a tokenizer without a token that its config names", async () => {
  await refuses(
    {
      name: "no-bos",
      spoil: (dir) => edit(join(dir, "tokenizer_config.json"), '"bos_token": "<s>"', '"bos_token": "<bos>"'),
      message: /names "<bos>" as bos_token, but .*tokenizer\.json has no such token/,
    },
    freshPath("store"),
  );
});

test("sweep names a model that is not there, or is a file", async () => {
  const missing = freshPath("missing");
  for (const [model, message] of [
    [missing, /missing: does not exist; give a checkpoint folder/],
    [join(demoCheckpoint, "config.json"), /config\.json: is a file; give the folder/],
  ] as const) {
    const { code, stderr } = await runCli("sweep", "--model", model, "--data", demoData, "--out", missing);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});
