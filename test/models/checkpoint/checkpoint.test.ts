import assert from "node:assert/strict";
import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openCheckpoint } from "../../../models/checkpoint/checkpoint.js";
import { temporaryFolder } from "./raw-safetensors.js";
import { TINY_CONFIG, tinyTensors, writeCheckpoint } from "./tiny-checkpoint.js";

const INDEX = "model.safetensors.index.json";

async function editIndex(dir: string, edit: (map: Record<string, unknown>) => unknown): Promise<void> {
  const path = join(dir, INDEX);
  const index = JSON.parse(await readFile(path, "utf8")) as { weight_map: Record<string, unknown> };
  await writeFile(path, JSON.stringify({ weight_map: edit(index.weight_map) }));
}

test("openCheckpoint() finds every tensor of a single file", async (t) => {
  const dir = await writeCheckpoint(join(await temporaryFolder(t), "tiny"));
  const checkpoint = await openCheckpoint(dir);
  assert.equal(checkpoint.name, "tiny");
  assert.deepEqual(checkpoint.config, TINY_CONFIG);
  assert.deepEqual(new Set(checkpoint.tensors.keys()), new Set(tinyTensors().keys()));
  assert.deepEqual(checkpoint.textFiles, ["config.json", "tokenizer.json", "tokenizer_config.json"]);
  assert.deepEqual(
    checkpoint.sources.map(({ file }) => file),
    ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"],
  );
});

test("openCheckpoint() joins shards, one of them in a subfolder", async (t) => {
  const dir = await writeCheckpoint(join(await temporaryFolder(t), "tiny"), { shards: 3 });
  const shard = "model-00002-of-00003.safetensors";
  await mkdir(join(dir, "sub"));
  await rename(join(dir, shard), join(dir, "sub", shard));
  await editIndex(dir, (map) =>
    Object.fromEntries(Object.entries(map).map(([k, v]) => [k, v === shard ? `sub/${shard}` : v])),
  );
  const { tensors, sources } = await openCheckpoint(dir);
  assert.deepEqual(new Set(tensors.keys()), new Set(tinyTensors().keys()));
  assert.equal(sources.length, 3 + 1 + 3);
});

test("openCheckpoint() follows the links of a Hugging Face cache and takes the model's name from it", async (t) => {
  const root = await temporaryFolder(t);
  const blobs = await writeCheckpoint(join(root, "models--org--Some-Model-7b", "blobs"));
  const snapshot = join(root, "models--org--Some-Model-7b", "snapshots", "0123abcd");
  await mkdir(snapshot, { recursive: true });
  for (const file of ["config.json", "tokenizer.json", "model.safetensors"]) {
    await symlink(join("..", "..", "blobs", file), join(snapshot, file));
  }
  const checkpoint = await openCheckpoint(snapshot);
  assert.equal(checkpoint.name, "Some-Model-7b");
  assert.equal(checkpoint.sources.at(-1)?.realPath, join(blobs, "model.safetensors"));
});

type Damage = (dir: string) => Promise<unknown>;

const BROKEN: readonly [what: string, shards: number | undefined, damage: Damage, expected: RegExp][] = [
  ["a missing folder", undefined, (dir) => rm(dir, { recursive: true }), /tiny: does not exist/],
  ["no config.json", undefined, (dir) => rm(join(dir, "config.json")), /tiny: has no config\.json/],
  [
    "a config.json that is not JSON",
    undefined,
    (dir) => writeFile(join(dir, "config.json"), "{'a': 1}"),
    /config\.json: is not JSON: /,
  ],
  [
    "a config.json that is a list",
    undefined,
    (dir) => writeFile(join(dir, "config.json"), "[]"),
    /config\.json: is not a JSON object/,
  ],
  [
    "a tokenizer.json that Git LFS has not fetched",
    undefined,
    (dir) => writeFile(join(dir, "tokenizer.json"), "version https://git-lfs.github.com/spec/v1\n"),
    /tokenizer\.json: is a Git LFS pointer; run `git lfs pull`/,
  ],
  [
    "no tokenizer.json",
    undefined,
    (dir) => rm(join(dir, "tokenizer.json")),
    /has no tokenizer\.json; write one with python.*save_pretrained/,
  ],
  [
    "no weights",
    undefined,
    (dir) => rm(join(dir, "model.safetensors")),
    /has neither model\.safetensors nor model\.safetensors\.index\.json/,
  ],
  [
    "only pickled weights",
    undefined,
    (dir) => rename(join(dir, "model.safetensors"), join(dir, "pytorch_model.bin")),
    /has pytorch_model\.bin but no model\.safetensors.*convert them with python.*import LlamaForCausalLM as M.*save_pretrained/,
  ],
  [
    "only pickled shards",
    undefined,
    (dir) => rename(join(dir, "model.safetensors"), join(dir, "pytorch_model.bin.index.json")),
    /has pytorch_model\.bin\.index\.json but no/,
  ],
  [
    "a missing shard",
    2,
    (dir) => rm(join(dir, "model-00002-of-00002.safetensors")),
    /model-00002-of-00002\.safetensors: is missing; download all 2 shards that model\.safetensors\.index\.json names/,
  ],
  [
    "an index without weight_map",
    2,
    (dir) => writeFile(join(dir, INDEX), "{}"),
    /index\.json: has no weight_map/,
  ],
  ["an empty weight_map", 2, (dir) => editIndex(dir, () => ({})), /index\.json: its weight_map is empty/],
  [
    "a shard that is a number",
    2,
    (dir) => editIndex(dir, (map) => ({ ...map, x: 5 })),
    /index\.json: maps x to 5, not to a file name/,
  ],
  [
    "a shard above the folder",
    2,
    (dir) => editIndex(dir, (map) => ({ ...map, x: "sub/../../other.safetensors" })),
    /maps x to "sub\/\.\.\/\.\.\/other\.safetensors", which is outside the folder/,
  ],
  [
    "an absolute shard",
    2,
    (dir) => editIndex(dir, (map) => ({ ...map, x: "/etc/passwd" })),
    /maps x to "\/etc\/passwd", which is outside/,
  ],
  [
    "a tensor that its shard lacks",
    2,
    (dir) => editIndex(dir, (map) => ({ ...map, x: "model-00001-of-00002.safetensors" })),
    /model-00001-of-00002\.safetensors: does not hold tensor x, though model\.safetensors\.index\.json says so/,
  ],
  [
    "a tensor in another shard",
    2,
    (dir) =>
      editIndex(dir, (map) => ({ ...map, "model.embed_tokens.weight": "model-00002-of-00002.safetensors" })),
    /does not hold tensor model\.embed_tokens\.weight \(model-00001-of-00002\.safetensors does\)/,
  ],
  [
    "a tensor in two shards",
    2,
    async (dir) => {
      await writeFile(
        join(dir, "model-00002-of-00002.safetensors"),
        await readFile(join(dir, "model-00001-of-00002.safetensors")),
      );
    },
    /model-00001-of-00002\.safetensors and model-00002-of-00002\.safetensors both hold tensor model\.embed/,
  ],
];

for (const [what, shards, damage, expected] of BROKEN) {
  test(`openCheckpoint() refuses ${what}`, async (t) => {
    const dir = join(await temporaryFolder(t), "tiny");
    await writeCheckpoint(dir, shards === undefined ? {} : { shards });
    await damage(dir);
    await assert.rejects(openCheckpoint(dir), { name: "CheckpointError", exitCode: 2, message: expected });
  });
}

test("openCheckpoint() refuses a file in place of a folder", async (t) => {
  const file = join(await temporaryFolder(t), "file");
  await writeFile(file, "");
  await assert.rejects(openCheckpoint(file), { name: "CheckpointError", message: /file: is not a folder/ });
});
