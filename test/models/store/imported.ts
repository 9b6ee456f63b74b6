// A tiny checkpoint and a store to import it into, and a slow check of what was imported.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { readSafetensorsHeader, readTensor } from "../../../models/checkpoint/safetensors.js";
import type { StoredModel } from "../../../models/store/import-checkpoint.js";
import type { RawTensor } from "../checkpoint/raw-safetensors.js";
import { temporaryFolder } from "../checkpoint/raw-safetensors.js";
import { type TinyOptions, writeCheckpoint } from "../checkpoint/tiny-checkpoint.js";
export interface Places {
  readonly root: string;
  readonly store: string;
  readonly checkpoint: string;
}

export async function places(t: TestContext, options: TinyOptions = {}): Promise<Places> {
  const root = await temporaryFolder(t);
  const checkpoint = await writeCheckpoint(join(root, "tiny"), options);
  return { root, store: join(root, "store"), checkpoint };
}

/** A checkpoint's tensor as float32, the slow way. */
export function asFloat32({ dtype, data }: RawTensor): Float32Array {
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

export async function assertHolds(
  model: StoredModel,
  tensors: ReadonlyMap<string, RawTensor>,
): Promise<void> {
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
