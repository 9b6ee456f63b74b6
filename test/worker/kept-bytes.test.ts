// What a device says of the keys and values it keeps, from its counter to what Prometheus reads.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { blockTokens } from "../../models/runtime/key-value-cache.js";
import { importCheckpoint } from "../../models/store/import-checkpoint.js";
import { Device } from "../../worker/device.js";
import type { FromDevice } from "../../worker/device-messages.js";
import { WorkerMetrics } from "../../worker/worker-metrics.js";
import { writeRandomCheckpoint } from "../random-model/random-checkpoint.js";
import { temporaryFolder } from "../results/temporary-folder.js";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 16,
  intermediate_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  vocab_size: 300,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-5,
  rope_theta: 500,
  hidden_act: "silu",
};

test("a device counts the keys and values that it keeps, until they are forgotten or their epoch ends", async (t) => {
  const folder = temporaryFolder(t);
  await writeRandomCheckpoint(path.join(folder, "checkpoint"), config);
  const model = await importCheckpoint(path.join(folder, "checkpoint"), path.join(folder, "store"));
  const cacheBytes = new SharedArrayBuffer(8);
  const counted = new Float64Array(cacheBytes);
  const said: FromDevice[] = [];
  const settings = { threads: 1, simulated: null, busySince: new SharedArrayBuffer(8), cacheBytes };
  const device = new Device(settings, (message) => said.push(message));
  t.after(() => device.release());

  // Layer 0 is applied twice: three visits, each with keys and values of its own.
  const graph = buildGraph([parseSchedule("0, 0, 1", 2)]);
  const place = compileGroup(graph, graph.heads, { embed: [0], layers: [[0], [0]], head: [0] }).get(0)!;
  await device.take({
    kind: "open-epoch",
    epoch: 1,
    model,
    parts: ["embed", "layer-000", "layer-001", "head"],
  });
  await device.take({ kind: "plan", epoch: 1, plan: 0, steps: place.steps, receives: place.receives });
  const generate = async (
    injection: number,
    sequence: number,
    tokens: number,
    past: number,
  ): Promise<void> => {
    const row = {
      tokens: Array.from({ length: tokens }, (_, i) => i + 3),
      prefixLength: tokens,
      branchLengths: [],
      scored: [],
      cached: { sequence, past },
    };
    await device.take({ kind: "inject", epoch: 1, injection, plan: 0, rows: [row] });
    while (await device.step());
  };
  // Slots have room for whole blocks of tokens of a key/value head of 8: what is reserved.
  const blockBytes = 2 * blockTokens * 8 * 4;
  await generate(0, 0, 4 * blockTokens, 0);
  assert.equal(counted[0], 3 * 4 * blockBytes);
  await generate(1, 1, 5, 0);
  assert.equal(counted[0], 3 * (4 + 1) * blockBytes);
  await generate(2, 0, 1, 4 * blockTokens);
  assert.equal(counted[0], 3 * (5 + 1) * blockBytes);
  await device.take({ kind: "forget", epoch: 1, sequences: [0] });
  assert.equal(counted[0], 3 * blockBytes);
  await device.take({ kind: "abort-epoch", epoch: 1 });
  assert.equal(counted[0], 0);
  assert.deepEqual(
    said.filter(({ kind }) => kind === "epoch-failed"),
    [],
  );
});

test("WorkerMetrics.cached() says the bytes of each device", async () => {
  const metrics = new WorkerMetrics("0.0.0");
  metrics.cached([4096, 0]);
  const text = await metrics.registry.getSingleMetricAsString("painters_kv_cache_bytes");
  assert.match(
    text,
    /^painters_kv_cache_bytes\{device="0"\} 4096\npainters_kv_cache_bytes\{device="1"\} 0$/m,
  );
});
