// What importing a checkpoint of GPT-NeoX or BERT leaves in the store, whatever
// the version that wrote it called its tensors.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readSafetensorsHeader, readTensor } from "../../../models/checkpoint/safetensors.js";
import { importCheckpoint } from "../../../models/store/import-checkpoint.js";
import { readManifest } from "../../../models/store/manifest-file.js";
import { storedTensors } from "../../../models/store/model-layout.js";
import { openModel } from "../../../models/store/open-model.js";
import { type RawTensor, safetensorsBytes, temporaryFolder } from "../checkpoint/raw-safetensors.js";
import { copyFixture, importFixture } from "../fixture-model.js";

/** Rewrites a checkpoint's weights with other names, or other tensors. */
async function rewrite(
  checkpoint: string,
  edit: (tensors: Map<string, RawTensor>) => Iterable<readonly [string, RawTensor]>,
): Promise<void> {
  const file = join(checkpoint, "model.safetensors");
  const tensors = new Map<string, RawTensor>();
  for (const entry of (await readSafetensorsHeader(file)).values()) {
    const { name, dtype, shape } = entry;
    tensors.set(name, { dtype, shape: [...shape], data: await readTensor(entry) });
  }
  await writeFile(file, safetensorsBytes(new Map(edit(tensors))));
}

for (const name of ["neox-classic", "neox-unbiased", "bert-classifier", "bert-pooled", "bert-bare"]) {
  test(`importCheckpoint() stores ${name} once, and its manifest reads back`, async () => {
    const { dir, manifest } = await importFixture(name);
    assert.deepEqual(await readManifest(dir), manifest);
    const stored = new Set<string>();
    for (const { weights } of manifest.parts) {
      for (const tensor of weights ? (await readSafetensorsHeader(join(dir, weights.file))).keys() : []) {
        assert.ok(!stored.has(tensor));
        stored.add(tensor);
      }
    }
    assert.deepEqual(stored, storedTensors(manifest.config));
  });
}

test("importCheckpoint() finds bert-bare again without reading its weights", async (t) => {
  const store = await temporaryFolder(t);
  const checkpoint = await copyFixture("bert-bare");
  const first = await importCheckpoint(checkpoint, store);
  assert.equal(first.manifest.config.architecture === "bert" && first.manifest.config.hasPooler, false);
  let converted = 0;
  const again = await importCheckpoint(checkpoint, store, { onProgress: () => converted++ });
  assert.deepEqual(again, first);
  assert.equal(converted, 0);
  assert.deepEqual(await openModel(first.dir, store), first);
});

test("importCheckpoint() takes a GPT-NeoX head under either of its names", async (t) => {
  const store = await temporaryFolder(t);
  const original = await importCheckpoint(await copyFixture("neox-classic"), store);
  const checkpoint = await copyFixture("neox-classic");
  await rewrite(checkpoint, (tensors) =>
    [...tensors].map(([name, tensor]) => [name === "embed_out.weight" ? "lm_head.weight" : name, tensor]),
  );
  const renamed = await importCheckpoint(checkpoint, store);
  assert.equal(renamed.manifest.fingerprint, original.manifest.fingerprint);

  await rewrite(checkpoint, (tensors) => tensors.set("embed_out.weight", tensors.get("lm_head.weight")!));
  await assert.rejects(importCheckpoint(checkpoint, store), {
    name: "CheckpointError",
    message: /holds (embed_out|lm_head)\.weight and (embed_out|lm_head)\.weight, which are the same tensor/,
  });
});

test("importCheckpoint() takes a BertModel's tensors with the prefix of a larger model", async (t) => {
  const store = await temporaryFolder(t);
  const original = await importCheckpoint(await copyFixture("bert-bare"), store);
  const checkpoint = await copyFixture("bert-bare");
  await rewrite(checkpoint, (tensors) => [...tensors].map(([name, tensor]) => [`bert.${name}`, tensor]));
  const prefixed = await importCheckpoint(checkpoint, store);
  assert.equal(prefixed.manifest.fingerprint, original.manifest.fingerprint);
});

const UNFIT: readonly [name: string, change: (tensors: Map<string, RawTensor>) => unknown, RegExp][] = [
  [
    "neox-classic",
    (tensors) => tensors.delete("gpt_neox.layers.2.mlp.dense_h_to_4h.bias"),
    /tensor gpt_neox\.layers\.2\.mlp\.dense_h_to_4h\.bias is missing, config\.json implies one of shape \[40\]/,
  ],
  [
    "neox-sequential",
    (tensors) =>
      tensors.set("embed_out.weight", { dtype: "F32", shape: [96, 24], data: new Uint8Array(9216) }),
    /tensor embed_out\.weight differs from gpt_neox\.embed_in\.weight, though config\.json ties them/,
  ],
  [
    "bert-regression",
    (tensors) => tensors.delete("bert.pooler.dense.weight"),
    /tensor pooler\.dense\.weight is missing/,
  ],
  [
    "bert-bare",
    (tensors) => tensors.set("cls.predictions.bias", { dtype: "F32", shape: [1], data: new Uint8Array(4) }),
    /holds tensor cls\.predictions\.bias, for which a BertModel with this config\.json has no use/,
  ],
];

for (const [name, change, message] of UNFIT) {
  test(`importCheckpoint() refuses ${name}: ${message.source}`, async (t) => {
    const checkpoint = await copyFixture(name);
    await rewrite(checkpoint, (tensors) => {
      change(tensors);
      return tensors;
    });
    await assert.rejects(importCheckpoint(checkpoint, await temporaryFolder(t)), {
      name: "CheckpointError",
      exitCode: 2,
      message,
    });
  });
}

test("openModel() refuses a manifest of an encoder that is not whole", async (t) => {
  const store = await temporaryFolder(t);
  const { dir } = await importCheckpoint(await copyFixture("bert-classifier"), store);
  const file = join(dir, "manifest.json");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace('"labelCount": 3', '"labelCount": 0'));
  await assert.rejects(openModel(dir, store), {
    name: "StoreError",
    message: /config\.classifier\.labelCount: .*import the model again/,
  });
});
