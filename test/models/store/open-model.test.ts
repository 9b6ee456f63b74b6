import assert from "node:assert/strict";
import { mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { canonicalJson } from "../../../models/store/canonical-json.js";
import { importCheckpoint, type StoredModel } from "../../../models/store/import-checkpoint.js";
import { readManifest, verifyPart } from "../../../models/store/manifest-file.js";
import { openModel } from "../../../models/store/open-model.js";
import { temporaryFolder } from "../checkpoint/raw-safetensors.js";
import { writeCheckpoint } from "../checkpoint/tiny-checkpoint.js";

async function imported(
  t: TestContext,
): Promise<StoredModel & { readonly checkpoint: string; readonly store: string }> {
  const root = await temporaryFolder(t);
  const store = join(root, "store");
  const checkpoint = await writeCheckpoint(join(root, "tiny"));
  return { ...(await importCheckpoint(checkpoint, store)), checkpoint, store };
}

test("openModel() opens a checkpoint and a model of the store alike", async (t) => {
  const { checkpoint, store, dir, manifest } = await imported(t);
  assert.deepEqual(await openModel(checkpoint, store), { manifest, dir });
  assert.deepEqual(await openModel(dir, "/nowhere"), { manifest, dir });
});

test("openModel() imports a checkpoint it has not seen", async (t) => {
  const root = await temporaryFolder(t);
  const checkpoint = await writeCheckpoint(join(root, "tiny"));
  const { dir, manifest } = await openModel(checkpoint, join(root, "store"));
  assert.deepEqual(await readManifest(dir), manifest);
});

test("openModel() says what is wrong with a path", async (t) => {
  const dir = await temporaryFolder(t);
  const fails = async (path: string, message: RegExp): Promise<void> =>
    await assert.rejects(openModel(path, dir), { name: "StoreError", exitCode: 2, message });
  await fails(join(dir, "none"), /none: does not exist; give a checkpoint folder or a model of the store/);
  await writeFile(join(dir, "file"), "");
  await fails(join(dir, "file"), /file: is a file; give the folder/);
  await mkdir(join(dir, "empty"));
  await fails(join(dir, "empty"), /empty: has neither manifest\.json .* nor config\.json/);
});

test("openModel() notices a file that was cut", async (t) => {
  const { dir, store, manifest } = await imported(t);
  const { file, bytes } = manifest.parts[1]!.weights!;
  await truncate(join(dir, file), bytes - 4);
  await assert.rejects(openModel(dir, store), {
    name: "StoreError",
    message: new RegExp(
      `${file}: has ${bytes - 4} bytes, the manifest says ${bytes}; remove the folder .* import`,
    ),
  });
});

test("verifyPart() names the file whose bytes differ", async (t) => {
  const { dir, manifest } = await imported(t);
  const path = join(dir, "layer-001.safetensors");
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
  await verifyPart(dir, manifest, { layer: 0 });
  await assert.rejects(verifyPart(dir, manifest, { layer: 1 }), {
    name: "StoreError",
    exitCode: 2,
    message:
      /layer-001\.safetensors: is damaged: its sha256 is \w{64}, the manifest says \w{64}; remove .* import/,
  });
  await assert.rejects(verifyPart(dir, manifest, { layer: 9 }), {
    message: /has no part layer-009; .* has 4 parts/,
  });
});

const CHANGES: readonly [what: string, change: (json: string) => string, expected: RegExp][] = [
  ["broken JSON", (json) => json.slice(1), /manifest\.json: is not JSON/],
  [
    "another format",
    (json) => json.replace('"formatVersion": 1', '"formatVersion": 2'),
    /formatVersion: .*import/,
  ],
  [
    "a short fingerprint",
    (json) => json.replace(/"fingerprint": ".{8}/, '"fingerprint": "'),
    /fingerprint: not a sha256/,
  ],
  [
    "a config it does not know",
    (json) => json.replace('"architecture": "llama"', '"architecture": "x"'),
    /config\.architecture: /,
  ],
  ["a negative size", (json) => json.replace('"hiddenSize": ', '"hiddenSize": -'), /config\.hiddenSize: /],
  [
    "an unknown field",
    (json) => json.replace('"tiedEmbeddings"', '"new": 1, "tiedEmbeddings"'),
    /config: .*new/,
  ],
  [
    "a file outside",
    (json) => json.replace('"head.onnx"', '"../head.onnx"'),
    /parts\.3\.graph\.file: not a plain file name/,
  ],
  [
    "a missing part",
    (json) => json.replace('"layer-000"', '"layer-009"'),
    /lists 4 parts where a model of 2 layers has 4/,
  ],
  [
    "a layer too few",
    (json) => json.replace('"layerCount": 2', '"layerCount": 3'),
    /lists 4 parts where a model of 3 layers has 5/,
  ],
];

for (const [what, change, expected] of CHANGES) {
  test(`readManifest() refuses ${what}`, async (t) => {
    const { dir } = await imported(t);
    const path = join(dir, "manifest.json");
    const before = await readFile(path, "utf8");
    const after = change(before);
    assert.notEqual(after, before);
    await writeFile(path, after);
    await assert.rejects(readManifest(dir), { name: "StoreError", exitCode: 2, message: expected });
  });
}

test("readManifest() says when there is none", async (t) => {
  await assert.rejects(readManifest(await temporaryFolder(t)), {
    message: /manifest\.json: cannot be read: .*ENOENT/,
  });
});

test("canonicalJson() has one spelling for equal values", () => {
  assert.equal(canonicalJson({ b: [{ d: 1, c: null }], a: "x" }), '{"a":"x","b":[{"c":null,"d":1}]}');
});
