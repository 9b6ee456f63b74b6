import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { importCheckpoint } from "../../../models/store/import-checkpoint.js";
import type { RawTensor } from "../checkpoint/raw-safetensors.js";
import { tinyTensors } from "../checkpoint/tiny-checkpoint.js";
import { assertHolds, places } from "./imported.js";

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
