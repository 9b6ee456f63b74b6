// Heads of more than 128 numbers: the bits of a short row, alone, padded and in company.
import assert from "node:assert/strict";
import path from "node:path";
import { type TestContext, test } from "node:test";
import type { ModelConfig } from "../../../models/config.js";
import { leastRowTokens } from "../../../models/least-tokens.js";
import { ModelRuntime } from "../../../models/runtime/model-runtime.js";
import { openModel } from "../../../models/store/open-model.js";
import type { TokenRow } from "../../../models/token-row.js";
import { writeRandomCheckpoint } from "../../random-model/random-checkpoint.js";
import { temporaryFolder } from "../../results/temporary-folder.js";

const decoder = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  num_hidden_layers: 1,
  vocab_size: 300,
  hidden_size: 64,
  intermediate_size: 64,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 256,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  hidden_act: "silu",
};
const encoder = {
  architectures: ["BertModel"],
  model_type: "bert",
  num_hidden_layers: 1,
  vocab_size: 300,
  hidden_size: 256,
  intermediate_size: 64,
  num_attention_heads: 1,
  max_position_embeddings: 80,
};

const token = (i: number): number => 3 + ((i * 17 + i * i) % 250);

function plainRow(length: number, features: number): TokenRow {
  const tokens = Array.from({ length }, (_, i) => token(i));
  const scored = Array.from({ length: features }, (_, target) => ({ request: 0, index: 0, target }));
  return { tokens, prefixLength: length, branchLengths: [], scored };
}

function scoredRow(length: number): TokenRow {
  const scored = Array.from({ length: length - 1 }, (_, index) => ({
    request: 0,
    index,
    target: token(index),
  }));
  return { ...plainRow(length, 0), scored };
}

/** A prefix of 20 tokens and four endings of 9 to 12. */
function packedRow(): TokenRow {
  const branchLengths = [9, 10, 11, 12];
  return { ...scoredRow(62), prefixLength: 20, branchLengths };
}

async function load(t: TestContext, json: Readonly<Record<string, unknown>>) {
  const folder = temporaryFolder(t);
  await writeRandomCheckpoint(path.join(folder, "checkpoint"), json);
  const { dir, manifest } = await openModel(path.join(folder, "checkpoint"), path.join(folder, "store"), {});
  const runtimes = await Promise.all([1, 2].map((threads) => ModelRuntime.load(dir, manifest, threads)));
  t.after(() => Promise.all(runtimes.map((runtime) => runtime.release())));
  return { runtimes, config: manifest.config };
}

test("leastRowTokens() is one up to heads of 128", () => {
  const wide = (headSize: number) => leastRowTokens({ headSize } as ModelConfig);
  assert.deepEqual([wide(64), wide(128), wide(130), wide(256)], [1, 1, 65, 65]);
});

test("a short row's log-probs have the same bits in any company, with a decoder's heads of 256", async (t) => {
  const { runtimes } = await load(t, decoder);
  for (const row of [scoredRow(2), scoredRow(9), packedRow(), scoredRow(64)]) {
    let expected: Float32Array | undefined;
    for (const runtime of runtimes) {
      for (const company of [[], [66], [130, 3], [5, 20]]) {
        const inputs = runtime.prepare([row, ...company.map(scoredRow)]);
        const hidden = await runtime.layer({ layer: 0 }, await runtime.embed(inputs), inputs);
        const own = (await runtime.head(hidden, inputs)).logprobs.slice(0, row.scored.length);
        expected ??= own;
        assert.deepEqual(own, expected, `${row.tokens.length} tokens beside ${company.join(" and ")}`);
      }
    }
  }
});

test("a short row's features have the same bits in any company, with an encoder's head of 256", async (t) => {
  const { runtimes, config } = await load(t, encoder);
  for (const length of [1, 9, 33]) {
    let expected: Float32Array | undefined;
    for (const runtime of runtimes) {
      for (const company of [[], [80], [66, 3], [5, 20]]) {
        const rows = [length, ...company].map((own) => plainRow(own, config.hiddenSize));
        const inputs = runtime.prepare(rows);
        const hidden = await runtime.layer({ layer: 0 }, await runtime.embed(inputs), inputs);
        const own = (await runtime.readRows(hidden, inputs)).features.slice(0, config.hiddenSize);
        expected ??= own;
        assert.deepEqual(own, expected, `${length} tokens beside ${company.join(" and ")}`);
      }
    }
  }
});

test("rows may be padded past the positions that a model has", async (t) => {
  const { runtimes } = await load(t, { ...encoder, max_position_embeddings: 40 });
  const inputs = runtimes[0]!.prepare([plainRow(40, 1)]);
  assert.equal((await runtimes[0]!.embed(inputs)).length, 65 * 256);
});
