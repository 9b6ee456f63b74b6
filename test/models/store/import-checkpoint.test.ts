import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readSafetensorsHeader } from "../../../models/checkpoint/safetensors.js";
import { importCheckpoint, type StoredModel } from "../../../models/store/import-checkpoint.js";
import { verifyPart } from "../../../models/store/manifest-file.js";
import { partsOf } from "../../../models/store/model-layout.js";
import { byteTokenizer } from "../../random-model/byte-tokenizer.js";
import {
  TINY_CONFIG,
  type TinyOptions,
  tinyTensors,
  writeCheckpoint,
} from "../checkpoint/tiny-checkpoint.js";
import { asFloat32, assertHolds, places } from "./imported.js";

const BIASED = { ...TINY_CONFIG, attention_bias: true, mlp_bias: true };
const TIED = { ...TINY_CONFIG, tie_word_embeddings: true };
const mixed = (name: string): string =>
  name.includes("norm") ? "F32" : name.includes("mlp") ? "BF16" : "F16";

const ROUND_TRIPS: readonly [what: string, options: TinyOptions, sourceDtype: string][] = [
  ["float32", {}, "F32"],
  ["float16", { tensors: tinyTensors(TINY_CONFIG, "F16") }, "F16"],
  ["bfloat16", { tensors: tinyTensors(TINY_CONFIG, "BF16") }, "BF16"],
  ["mixed dtypes", { tensors: tinyTensors(TINY_CONFIG, mixed) }, "F16"],
  ["shards", { shards: 4, tensors: tinyTensors(TINY_CONFIG, "F16") }, "F16"],
  ["biases", { config: BIASED, tensors: tinyTensors(BIASED) }, "F32"],
  ["tied embeddings", { config: TIED, tensors: tinyTensors(TIED) }, "F32"],
];

for (const [what, options, sourceDtype] of ROUND_TRIPS) {
  test(`importCheckpoint() keeps every value: ${what}`, async (t) => {
    const { checkpoint, store } = await places(t, options);
    const progress: number[] = [];
    let total = 0;
    const model = await importCheckpoint(checkpoint, store, {
      onProgress: (done, of) => {
        progress.push(done);
        total = of;
      },
    });
    const tensors = options.tensors ?? tinyTensors(options.config);
    await assertHolds(model, tensors);
    const { manifest, dir } = model;
    assert.equal(manifest.name, "tiny");
    assert.equal(dir, join(store, `tiny-${manifest.fingerprint.slice(0, 8)}`));
    assert.equal(manifest.sourceDtype, sourceDtype);
    assert.equal((await stat(dir)).mode & 0o777, (await stat(checkpoint)).mode & 0o777);
    const parameters = [...tensors.values()].reduce(
      (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
      0,
    );
    assert.equal(manifest.parameterCount, parameters);
    for (const part of partsOf(manifest.config)) await verifyPart(dir, manifest, part);
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
    assert.equal(progress.at(-1), total);
    for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
      assert.deepEqual(await readFile(join(dir, file)), await readFile(join(checkpoint, file)));
    }
    assert.deepEqual((await readdir(store)).sort(), [
      "imports.json",
      `tiny-${manifest.fingerprint.slice(0, 8)}`,
    ]);
  });
}

test("a tied head keeps only its norm, the embedding's matrix stays in the embedding's file", async (t) => {
  const { checkpoint, store } = await places(t, { config: TIED });
  const { dir } = await importCheckpoint(checkpoint, store);
  assert.deepEqual(
    [...(await readSafetensorsHeader(join(dir, "head.safetensors"))).keys()],
    ["model.norm.weight"],
  );
  assert.ok((await readFile(join(dir, "head.onnx"))).includes("embed.safetensors"));
});

test("a tied checkpoint may hold lm_head.weight too, if it is the embedding", async (t) => {
  const tensors = tinyTensors(TIED);
  const embedding = tensors.get("model.embed_tokens.weight")!;
  const { checkpoint, store, root } = await places(t, { config: TIED, tensors });
  const { manifest } = await importCheckpoint(checkpoint, store);
  tensors.set("lm_head.weight", embedding);
  const same = await writeCheckpoint(join(root, "same"), { config: TIED, tensors });
  assert.equal((await importCheckpoint(same, store)).manifest.fingerprint, manifest.fingerprint);
  const data = Uint8Array.from(embedding.data);
  data[data.length - 1]! ^= 1;
  tensors.set("lm_head.weight", { ...embedding, data });
  const other = await writeCheckpoint(join(root, "other"), { config: TIED, tensors });
  await assert.rejects(importCheckpoint(other, store), {
    name: "CheckpointError",
    message: /lm_head\.weight differs from model\.embed_tokens\.weight.*set tie_word_embeddings to false/,
  });
});

test("the fingerprint is of the values and the config, not of dtype, shards, name or tokenizer", async (t) => {
  const { root, store, checkpoint } = await places(t, { tensors: tinyTensors(TINY_CONFIG, "BF16") });
  const { manifest } = await importCheckpoint(checkpoint, store);
  const widened = new Map(
    [...tinyTensors(TINY_CONFIG, "BF16")].map(([name, tensor]) => [
      name,
      { dtype: "F32", shape: tensor.shape, data: new Uint8Array(asFloat32(tensor).buffer) },
    ]),
  );
  const again = await writeCheckpoint(join(root, "other-name"), { tensors: widened, shards: 2 });
  await writeFile(join(again, "tokenizer.json"), JSON.stringify(byteTokenizer().definition, null, 1));
  const other = await importCheckpoint(again, join(root, "other-store"));
  assert.equal(other.manifest.fingerprint, manifest.fingerprint);
  const changed = await writeCheckpoint(join(root, "changed"), {
    config: { ...TINY_CONFIG, rope_theta: 20000 },
    tensors: widened,
  });
  assert.notEqual((await importCheckpoint(changed, store)).manifest.fingerprint, manifest.fingerprint);
});

async function contents(dir: string): Promise<readonly string[]> {
  const states: string[] = [];
  for (const file of (await readdir(dir)).sort()) {
    const { ino, size, mtimeNs } = await stat(join(dir, file), { bigint: true });
    states.push(`${file} ${ino} ${size} ${mtimeNs}`);
  }
  return states;
}

test("the same checkpoint again is the same folder and nothing is written", async (t) => {
  const { checkpoint, store } = await places(t);
  const { dir } = await importCheckpoint(checkpoint, store);
  const [model, whole] = [await contents(dir), await contents(store)];
  const again = await importCheckpoint(checkpoint, store, {
    onProgress: () => assert.fail("it was converted"),
  });
  assert.equal(again.dir, dir);
  assert.deepEqual(await contents(dir), model);
  assert.deepEqual(await contents(store), whole);
  // Without the record the weights are hashed, and found to be there.
  await rm(join(store, "imports.json"));
  assert.equal((await importCheckpoint(checkpoint, store)).dir, dir);
  assert.deepEqual(await contents(dir), model);
});

test("a broken record costs an import and nothing more", async (t) => {
  const { checkpoint, store } = await places(t);
  const { dir } = await importCheckpoint(checkpoint, store);
  await writeFile(join(store, "imports.json"), "{");
  assert.equal((await importCheckpoint(checkpoint, store)).dir, dir);
});

test("a touched, damaged or removed file leads to a new import", async (t) => {
  const { checkpoint, store } = await places(t);
  const { dir, manifest } = await importCheckpoint(checkpoint, store);
  let converted = 0;
  const again = async (): Promise<StoredModel> => {
    converted = 0;
    return await importCheckpoint(checkpoint, store, { onProgress: (done) => (converted = done) });
  };
  await utimes(join(checkpoint, "model.safetensors"), 1, 1);
  assert.equal((await again()).dir, dir);
  assert.ok(converted > 0);

  await rm(join(dir, "layer-001.safetensors"));
  assert.equal((await again()).dir, dir);
  for (const part of partsOf(manifest.config)) await verifyPart(dir, manifest, part);

  await rm(dir, { recursive: true });
  assert.equal((await again()).dir, dir);
  for (const part of partsOf(manifest.config)) await verifyPart(dir, manifest, part);
});

test("graphs of another version of the program are replaced", async (t) => {
  const { checkpoint, store } = await places(t);
  const { dir, manifest } = await importCheckpoint(checkpoint, store);
  const graph = manifest.parts[0]!.graph;
  const old = {
    ...manifest,
    parts: [
      { ...manifest.parts[0]!, graph: { ...graph, sha256: "0".repeat(64) } },
      ...manifest.parts.slice(1),
    ],
  };
  await writeFile(join(dir, "manifest.json"), JSON.stringify(old));
  const again = await importCheckpoint(checkpoint, store);
  assert.equal(again.dir, dir);
  assert.deepEqual(again.manifest, manifest);
});

test("the same weights with another tokenizer get a folder of their own", async (t) => {
  const { checkpoint, store } = await places(t);
  const first = await importCheckpoint(checkpoint, store);
  await writeFile(join(checkpoint, "tokenizer.json"), JSON.stringify(byteTokenizer().definition, null, 1));
  const second = await importCheckpoint(checkpoint, store);
  assert.equal(second.dir, `${first.dir}-2`);
  assert.equal(second.manifest.fingerprint, first.manifest.fingerprint);
  await rm(join(checkpoint, "tokenizer_config.json"));
  assert.equal((await importCheckpoint(checkpoint, store)).dir, `${first.dir}-3`);
});

test("a folder that is in the way is left alone", async (t) => {
  const { checkpoint, store, root } = await places(t);
  const { dir } = await importCheckpoint(checkpoint, join(root, "trial"));
  const taken = dir.replace("/trial/", "/store/");
  await mkdir(taken, { recursive: true });
  await writeFile(join(taken, "notes.txt"), "mine");
  assert.equal((await importCheckpoint(checkpoint, store)).dir, `${taken}-2`);
  assert.equal(await readFile(join(taken, "notes.txt"), "utf8"), "mine");
});

test("imports of one checkpoint at once end in one folder", async (t) => {
  const { checkpoint, store } = await places(t);
  const models = await Promise.all([1, 2, 3].map(() => importCheckpoint(checkpoint, store)));
  assert.equal(new Set(models.map(({ dir }) => dir)).size, 1);
  assert.equal((await readdir(store)).filter((name) => name.startsWith(".")).length, 0);
});
