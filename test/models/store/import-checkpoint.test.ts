import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readSafetensorsHeader, readTensor } from "../../../models/checkpoint/safetensors.js";
import { importCheckpoint, type StoredModel } from "../../../models/store/import-checkpoint.js";
import { verifyPart } from "../../../models/store/manifest-file.js";
import { partsOf } from "../../../models/store/model-layout.js";
import type { RawTensor } from "../checkpoint/raw-safetensors.js";
import { temporaryFolder } from "../checkpoint/raw-safetensors.js";
import {
  TINY_CONFIG,
  type TinyOptions,
  tinyTensors,
  writeCheckpoint,
} from "../checkpoint/tiny-checkpoint.js";

interface Places {
  readonly root: string;
  readonly store: string;
  readonly checkpoint: string;
}

async function places(t: TestContext, options: TinyOptions = {}): Promise<Places> {
  const root = await temporaryFolder(t);
  const checkpoint = await writeCheckpoint(join(root, "tiny"), options);
  return { root, store: join(root, "store"), checkpoint };
}

/** A checkpoint's tensor as float32, the slow way. */
function asFloat32({ dtype, data }: RawTensor): Float32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (dtype === "F32")
    return Float32Array.from({ length: data.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return Float32Array.from({ length: data.length / 2 }, (_, i) => {
    const bits = view.getUint16(2 * i, true);
    const [exponentBits, fractionBits] = dtype === "F16" ? [5, 10] : [8, 7];
    const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
    const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
    const bias = 2 ** (exponentBits - 1) - 1;
    const size = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
    return bits >> 15 ? -size : size;
  });
}

async function assertHolds(model: StoredModel, tensors: ReadonlyMap<string, RawTensor>): Promise<void> {
  const stored = new Set<string>();
  for (const { weights } of model.manifest.parts) {
    if (!weights) continue;
    const entries = await readSafetensorsHeader(join(model.dir, weights.file));
    for (const entry of entries.values()) {
      assert.ok(!stored.has(entry.name), `${entry.name} is stored twice`);
      stored.add(entry.name);
      const source = tensors.get(entry.name);
      assert.ok(source, entry.name);
      assert.equal(entry.dtype, "F32");
      assert.deepEqual(entry.shape, source.shape);
      const bytes = await readTensor(entry);
      assert.deepEqual(new Float32Array(bytes.buffer), asFloat32(source), entry.name);
    }
    assert.equal(Math.min(...[...entries.values()].map(({ offset }) => offset)) % 64, 0);
  }
  assert.deepEqual(stored, new Set(tensors.keys()));
}

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
  await writeFile(join(again, "tokenizer.json"), "{}");
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
  await writeFile(join(checkpoint, "tokenizer.json"), '{"model":{"type":"BPE"}}');
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

type Edit = (tensors: Map<string, RawTensor>) => unknown;
const Q = "model.layers.1.self_attn.q_proj.weight";

const UNFIT: readonly [what: string, edit: Edit, expected: RegExp][] = [
  [
    "a missing tensor",
    (tensors) => tensors.delete(Q),
    /tiny: tensor model\.layers\.1\.self_attn\.q_proj\.weight is missing, config\.json implies one of shape \[16, 16\]/,
  ],
  [
    "a tensor of another shape",
    (tensors) => tensors.set(Q, { dtype: "F32", shape: [8, 16], data: new Uint8Array(512) }),
    /tensor model\.layers\.1\S+ has shape \[8, 16\], config\.json implies \[16, 16\]/,
  ],
  [
    "a float64 tensor",
    (tensors) => tensors.set(Q, { dtype: "F64", shape: [16, 16], data: new Uint8Array(2048) }),
    /tensor model\.layers\.1\S+ is F64; weights must be F32, F16 or BF16/,
  ],
  [
    "an int8 tensor",
    (tensors) => tensors.set(Q, { dtype: "I8", shape: [16, 16], data: new Uint8Array(256) }),
    /is I8; weights must be/,
  ],
  [
    "a bias the config denies",
    (tensors) =>
      tensors.set(Q.replace("weight", "bias"), { dtype: "F32", shape: [16], data: new Uint8Array(64) }),
    /model\.safetensors: holds tensor model\.layers\.1\.self_attn\.q_proj\.bias, for which a LlamaForCausalLM .* no use/,
  ],
  [
    "a layer too many",
    (tensors) => tensors.set(Q.replace(".1.", ".2."), tensors.get(Q)!),
    /holds tensor model\.layers\.2\.self_attn\.q_proj\.weight/,
  ],
];

for (const [what, edit, expected] of UNFIT) {
  test(`importCheckpoint() refuses ${what} and writes nothing`, async (t) => {
    const tensors = tinyTensors();
    edit(tensors);
    const { checkpoint, store } = await places(t, { tensors });
    await assert.rejects(importCheckpoint(checkpoint, store), {
      name: "CheckpointError",
      exitCode: 2,
      message: expected,
    });
    await assert.rejects(stat(store), { code: "ENOENT" });
  });
}

test("importCheckpoint() ignores the rotary buffers of old checkpoints", async (t) => {
  const tensors = tinyTensors();
  tensors.set("model.layers.0.self_attn.rotary_emb.inv_freq", {
    dtype: "I64",
    shape: [2],
    data: new Uint8Array(16),
  });
  const { checkpoint, store } = await places(t, { tensors });
  await assertHolds(await importCheckpoint(checkpoint, store), tinyTensors());
});

test("a checkpoint that changes during its import is not imported", async (t) => {
  const { checkpoint, store } = await places(t);
  const touch = utimes.bind(null, join(checkpoint, "config.json"), 1, 1);
  let touched: Promise<void> | undefined;
  const importing = importCheckpoint(checkpoint, store, { onProgress: () => (touched ??= touch()) });
  await assert.rejects(importing, {
    name: "CheckpointError",
    message: /tiny: changed while it was being imported/,
  });
  assert.deepEqual(await readdir(store), []);
});

test("a store that cannot be made is the user's error", async (t) => {
  const { checkpoint, root } = await places(t);
  await writeFile(join(root, "file"), "");
  await assert.rejects(importCheckpoint(checkpoint, join(root, "file", "store")), (error) => {
    assert.ok(error instanceof Error && error.cause instanceof Error);
    assert.match(error.message, /file\/store: the import failed: ENOTDIR/);
    return error.name === "StoreError";
  });
});

for (const fraction of ["0.01", "0.5", "1"]) {
  test(`an import killed after ${fraction} of its bytes leaves no model, and the next one cleans up`, async (t) => {
    const { checkpoint, store } = await places(t);
    const script = fileURLToPath(new URL("import-child.js", import.meta.url));
    const child = spawn(process.execPath, [script, checkpoint, store, fraction], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const left = await readdir(store);
    assert.equal(left.length, 1);
    assert.match(left[0]!, /^\.importing-/);
    await assert.rejects(stat(join(store, left[0]!, "manifest.json")), { code: "ENOENT" });
    const model = await importCheckpoint(checkpoint, store);
    await assertHolds(model, tinyTensors());
    assert.equal((await readdir(store)).filter((name) => name.startsWith(".")).length, 0);
  });
}

test("what another live process or a fresh import elsewhere is writing stays, what is old goes", async (t) => {
  const { checkpoint, store } = await places(t);
  const name = (host: string, pid: number): string => `.importing-${host}-${pid}-abc123`;
  const live = name(hostname(), process.ppid);
  const elsewhere = name("another-host", 1);
  const old = name("another-host", 2);
  const reborn = name(hostname(), process.pid);
  for (const folder of [live, elsewhere, old, reborn]) await mkdir(join(store, folder), { recursive: true });
  await utimes(join(store, old), 1, 1);
  await importCheckpoint(checkpoint, store);
  const left = (await readdir(store)).filter((each) => each.startsWith("."));
  assert.deepEqual(left.sort(), [live, elsewhere].sort());
});
