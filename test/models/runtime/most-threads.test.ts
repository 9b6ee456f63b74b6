// Over how many threads a product may be cut: the rule, and the bits of the bundled model under it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { llama } from "../../../models/architectures/llama.js";
import { demo } from "../../../models/demo/demo.js";
import { ModelRuntime } from "../../../models/runtime/model-runtime.js";
import { mostThreads } from "../../../models/runtime/most-threads.js";
import { openModel } from "../../../models/store/open-model.js";
import { temporaryFolder } from "../../results/temporary-folder.js";

function shaped(hidden: number, intermediate: number, kvHeads: number, heads = 8) {
  return llama.readConfig({
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: 1,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    vocab_size: 32000,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    hidden_act: "silu",
  });
}

test("mostThreads() keeps every slice of a long product wider than 64 columns", () => {
  assert.equal(mostThreads(shaped(96, 256, 8)), 1);
  assert.equal(mostThreads(shaped(4096, 11008, 8)), 42);
  // Grouped heads: key and value projections are the narrowest.
  assert.equal(mostThreads(shaped(8192, 28672, 8, 64)), 10);
  // No inner dimension beyond one block: nothing to round otherwise.
  assert.equal(mostThreads(shaped(64, 128, 8)), Number.POSITIVE_INFINITY);
});

test("a row's bits do not depend on the threads, whatever else is in the batch", async (t) => {
  const { dir, manifest } = await openModel(demo.checkpointDir, temporaryFolder(t), {});
  const rowOf = (seed: number, length: number) => ({
    tokens: Array.from({ length }, (_, i) => 5 + ((i * 37 + seed * 11) % 700)),
    prefixLength: length,
    branchLengths: [],
    scored: [{ request: 0, index: length - 1, target: 7 }],
  });
  let expected: Float32Array | undefined;
  for (const threads of [1, 2, 4]) {
    const runtime = await ModelRuntime.load(dir, manifest, threads);
    for (const others of [0, 1, 6, 15]) {
      const rows = [rowOf(1, 9), ...Array.from({ length: others }, (_, i) => rowOf(i + 2, 5 + (i % 4)))];
      const inputs = runtime.prepare(rows);
      const output = await runtime.layer({ layer: 3 }, await runtime.embed(inputs), inputs);
      const own = output.slice(0, 9 * manifest.config.hiddenSize);
      expected ??= own;
      assert.deepEqual(own, expected, `${threads} threads, ${others} other rows`);
    }
    await runtime.release();
  }
});
