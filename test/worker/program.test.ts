// The program, on packed rows in any micro-batch, against the reference
// interpreter on one request a row; and against itself, bit for bit.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { requestScores, scoredTokenCount } from "../../coordinator/cluster/request-scores.js";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import { documentRows } from "../../coordinator/suites/token-rows.js";
import type { TokenisedRequest } from "../../coordinator/suites/tokenise.js";
import { KeyValueCache } from "../../models/runtime/key-value-cache.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { importCheckpoint } from "../../models/store/import-checkpoint.js";
import type { RequestScore, TokenRow } from "../../models/token-row.js";
import { modelComputation } from "../../worker/compute.js";
import type { State } from "../../worker/merge.js";
import { PlaceProgram } from "../../worker/place-program.js";
import { writeRandomCheckpoint } from "../random-model/random-checkpoint.js";
import { scoreContinuation } from "../reference/interpreter.js";
import { anySchedule, LAYERS } from "../schedule/arbitrary-schedule.js";

const maxPositions = 96;
const vocab = 300;
const folder = await mkdtemp(path.join(os.tmpdir(), "painters-program-"));
after(() => rm(folder, { recursive: true }));

const llama = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 48,
  intermediate_size: 96,
  num_hidden_layers: LAYERS,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 10,
  vocab_size: vocab,
  max_position_embeddings: maxPositions,
  rms_norm_eps: 1e-5,
  rope_theta: 500,
  hidden_act: "silu",
};
const mistral = { ...llama, architectures: ["MistralForCausalLM"], model_type: "mistral", sliding_window: 7 };

async function load(name: string, config: Readonly<Record<string, unknown>>): Promise<ModelRuntime> {
  const checkpoint = path.join(folder, name);
  await writeRandomCheckpoint(checkpoint, config);
  const { dir, manifest } = await importCheckpoint(checkpoint, path.join(folder, "store"));
  const runtime = await ModelRuntime.load(dir, manifest, 1);
  after(() => runtime.release());
  return runtime;
}

const neox = {
  architectures: ["GPTNeoXForCausalLM"],
  model_type: "gpt_neox",
  hidden_size: 40,
  intermediate_size: 72,
  num_hidden_layers: LAYERS,
  num_attention_heads: 4,
  vocab_size: vocab,
  max_position_embeddings: maxPositions,
  rotary_pct: 0.6,
  rotary_emb_base: 500,
  hidden_act: "gelu",
};
const models = {
  llama: await load("llama", llama),
  mistral: await load("mistral", mistral),
  neox: await load("neox", neox),
};

const token = fc.nat(vocab - 1);
const tokens = (minLength: number, maxLength: number) => fc.array(token, { minLength, maxLength });

/** Requests as tasks make them: a context that is shared or not, and continuations that may begin alike. */
const documentRequests: fc.Arbitrary<readonly TokenisedRequest[]> = fc
  .tuple(tokens(1, 40), fc.array(fc.tuple(tokens(0, 2), tokens(1, 12)), { minLength: 1, maxLength: 4 }))
  .map(([context, ends]) =>
    ends.map(([own, continuation]) => ({
      input: [...context, ...own, ...continuation.slice(0, -1)],
      continuation,
    })),
  );

/** The scores of every document under every schedule, `batchSize` documents at a time. */
async function scorePacked(
  model: ModelRuntime,
  schedules: readonly Schedule[],
  documents: readonly (readonly TokenRow[])[],
  batchSize: number,
): Promise<RequestScore[][][]> {
  const graph = buildGraph(schedules);
  const layers = Array.from({ length: LAYERS }, () => [0]);
  const plan = compileGroup(graph, [...new Set(graph.heads)], { embed: [0], layers, head: [0] }).get(0)!;
  const program = new PlaceProgram<State>();
  program.openEpoch(0);
  program.definePlan(0, 0, plan.steps, plan.receives);
  const scores: RequestScore[][][] = schedules.map(() => []);
  for (let start = 0; start < documents.length; start += batchSize) {
    const batch = documents.slice(start, start + batchSize);
    const computation = modelComputation(
      model,
      model.prepare(batch.flat()),
      batch.flat(),
      new KeyValueCache(),
    );
    program.inject(0, start, 0);
    for (let firing = program.next(); firing; firing = program.next()) {
      const { step, inputs } = firing;
      const { operation } = step;
      if (operation.kind === "probe") throw new Error("a scoring sweep has no probes");
      if (operation.kind !== "head") {
        program.completed(await computation.run(operation, (id) => inputs.get(id)!, step.id));
        continue;
      }
      const { logprobs, isGreedy } = await computation.head(inputs.get(operation.input)!);
      program.completed(null);
      let offset = 0;
      for (const [i, rows] of batch.entries()) {
        const score = requestScores(rows, logprobs, isGreedy, offset);
        for (const [s, own] of graph.heads.entries())
          if (own === operation.head) scores[s]![start + i] = score;
        offset += scoredTokenCount(rows);
      }
    }
  }
  return scores;
}

for (const [name, model] of Object.entries(models)) {
  test(`a place's program on packed documents agrees with the reference: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anySchedule(2), { minLength: 1, maxLength: 3 }),
        fc.array(documentRequests, { minLength: 1, maxLength: 3 }),
        async (schedules, documents) => {
          const rows = documents.map((requests) => documentRows(requests, maxPositions));
          const packed = await scorePacked(model, schedules, rows, documents.length);
          for (const [s, schedule] of schedules.entries()) {
            for (const [d, requests] of documents.entries()) {
              for (const [r, { input, continuation }] of requests.entries()) {
                const reference = await scoreContinuation(schedule, input, continuation, model);
                const expected = reference.logprobs.reduce((sum, value) => sum + value, 0);
                const { logLikelihood } = packed[s]![d]![r]!;
                assert.ok(
                  Math.abs(logLikelihood - expected) <= 1e-5 * Math.max(1, Math.abs(expected)),
                  `${logLikelihood} is not ${expected}`,
                );
              }
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test(`a document's score has the same bits in every micro-batch and sweep: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anySchedule(2), { minLength: 2, maxLength: 3 }),
        fc.array(documentRequests, { minLength: 2, maxLength: 7 }),
        fc.integer({ min: 1, max: 7 }),
        async (schedules, documents, batchSize) => {
          const rows = documents.map((requests) => documentRows(requests, maxPositions));
          const together = await scorePacked(model, schedules, rows, rows.length);
          assert.deepEqual(await scorePacked(model, schedules, rows, batchSize), together);
          const reversed = await scorePacked(model, schedules.toReversed(), rows.toReversed(), batchSize);
          assert.deepEqual(
            reversed.toReversed().map((scores) => scores.toReversed()),
            together,
          );
          const alone = await scorePacked(model, [schedules[1]!], [rows[1]!], 1);
          assert.deepEqual(alone[0]![0], together[1]![1]);
        },
      ),
      { numRuns: 100 },
    );
  });
}
