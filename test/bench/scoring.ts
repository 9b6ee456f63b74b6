// Bench `scoring`: a sweep as painters runs it against the same work done
// naively (one request a row, one schedule after another, as the paper's code
// does), and its share of the GEMM rate measured in the same run.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { cutInjections } from "../../coordinator/cluster/injections.js";
import { LocalDevices } from "../../coordinator/cluster/local-devices.js";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { gridSchedules } from "../../coordinator/schedule/grids.js";
import { countLayerApplications } from "../../coordinator/schedule/simplify.js";
import { documentRows } from "../../coordinator/suites/token-rows.js";
import type { TokenisedRequest } from "../../coordinator/suites/tokenise.js";
import type { LlamaConfig } from "../../models/config.js";
import { writeRandomCheckpoint } from "../../models/demo/random-checkpoint.js";
import { RandomSource } from "../../models/demo/random-source.js";
import { measureGemmRate } from "../../models/runtime/gemm-rate.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { importCheckpoint, type StoredModel } from "../../models/store/import-checkpoint.js";
import { scoreContinuation } from "../reference/interpreter.js";
import { median, type Row } from "./row.js";

const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 512,
  intermediate_size: 1376,
  num_hidden_layers: 8,
  num_attention_heads: 8,
  num_key_value_heads: 8,
  vocab_size: 4096,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  hidden_act: "silu",
};
const contextTokens = 45;
const endings = 4;
const endingTokens = 25;
const rounds = 3;

export async function benchScoring(): Promise<readonly Row[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "painters-bench-"));
  try {
    await writeRandomCheckpoint(path.join(folder, "model"), config);
    return await measure(await importCheckpoint(path.join(folder, "model"), path.join(folder, "store")));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(model: StoredModel): Promise<readonly Row[]> {
  const cores = os.availableParallelism();
  const schedules = gridSchedules("main", config.num_hidden_layers).filter(
    ({ parameters }) => parameters.start === 1,
  );
  const documents = randomDocuments(12);
  const naiveDocuments = documents.slice(0, 1);

  const devices = await LocalDevices.start(cores, { modelDir: model.dir, threads: 1 });
  const naiveModel = await ModelRuntime.load(model.dir, model.manifest, cores);
  const ratios: number[] = [];
  const shares: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const gemm = await measureGemmRate({ rows: 1024, inner: 512, columns: 1376 }, cores);
    const sweepSeconds = await timed(() => runSweep(devices, schedules, documents));
    const naiveSeconds = await timed(() => runNaively(naiveModel, schedules, naiveDocuments));
    if (round === 0) continue; // warm-up
    ratios.push(((naiveSeconds / naiveDocuments.length) * documents.length) / sweepSeconds);
    shares.push(sweepFlops(schedules, documents, model.manifest.config) / sweepSeconds / gemm);
    rates.push((requestTokens(documents) * schedules.length) / sweepSeconds);
  }
  await naiveModel.release();
  await devices.stop();
  const naiveLayers = schedules.reduce((sum, { schedule }) => sum + countLayerApplications(schedule), 0);
  return [
    {
      name: "sweep against naive, same work",
      value: median(ratios),
      unit: "x",
      note: `${schedules.length} schedules, ${naiveLayers} layer applications a document unshared, ${layerVisits(schedules)} shared`,
    },
    {
      name: "share of the GEMM rate",
      value: median(shares),
      unit: "",
      note: `${cores} devices of one thread, GEMM 1024x512x1376`,
    },
    {
      name: "request tokens x schedules",
      value: median(rates),
      unit: "tokens/s",
      note: `${contextTokens}-token context, ${endings} endings of ${endingTokens}`,
    },
  ];
}

async function runSweep(
  devices: LocalDevices,
  schedules: ReturnType<typeof gridSchedules>,
  documents: readonly (readonly TokenisedRequest[])[],
): Promise<void> {
  const graph = buildGraph(schedules.map(({ schedule }) => schedule));
  const rows = documents.map((requests) => ({
    rows: documentRows(requests, config.max_position_embeddings),
  }));
  const { plans, injections } = cutInjections(graph, [[...new Set(graph.heads)]], rows, () => true, {
    batchTokens: 512,
    stateBytes: 2 ** 30,
    hiddenSize: config.hidden_size,
  });
  await devices.run(
    injections.length,
    (injection) => {
      const { plan, documents: members } = injections[injection]!;
      return { plan, rows: members.flatMap((document) => rows[document]!.rows) };
    },
    plans,
    { scored: () => {}, done: () => {} },
    new AbortController().signal,
  );
}

async function runNaively(
  model: ModelRuntime,
  schedules: ReturnType<typeof gridSchedules>,
  documents: readonly (readonly TokenisedRequest[])[],
): Promise<void> {
  for (const { schedule } of schedules) {
    for (const { input, continuation } of documents.flat()) {
      await scoreContinuation(schedule, input, continuation, model);
    }
  }
}

/** Multiplications and additions of the shared, packed work: linear layers, attention and head. */
function sweepFlops(
  schedules: ReturnType<typeof gridSchedules>,
  documents: readonly (readonly TokenisedRequest[])[],
  model: LlamaConfig,
): number {
  const { hiddenSize, intermediateSize, headCount, kvHeadCount, headSize, vocabSize } = model;
  const weights =
    hiddenSize * headSize * (2 * headCount + 2 * kvHeadCount) + 3 * hiddenSize * intermediateSize;
  let layer = 0;
  let head = 0;
  for (const { tokens, scored } of documents.flatMap((requests) => documentRows(requests, Infinity))) {
    layer += 2 * tokens.length * weights + 4 * tokens.length ** 2 * headCount * headSize;
    head += 2 * scored.length * hiddenSize * vocabSize;
  }
  return (
    layer * layerVisits(schedules) + head * new Set(buildGraph(schedules.map((s) => s.schedule)).heads).size
  );
}

function layerVisits(schedules: ReturnType<typeof gridSchedules>): number {
  return buildGraph(schedules.map(({ schedule }) => schedule)).visits.filter(({ kind }) => kind === "layer")
    .length;
}

function randomDocuments(count: number): readonly (readonly TokenisedRequest[])[] {
  const random = new RandomSource(1);
  const draw = (length: number): number[] =>
    Array.from({ length }, () => Math.floor(random.next() * config.vocab_size));
  return Array.from({ length: count }, () => {
    const context = draw(contextTokens);
    return Array.from({ length: endings }, () => {
      const continuation = draw(endingTokens);
      return { input: [...context, ...continuation.slice(0, -1)], continuation };
    });
  });
}

function requestTokens(documents: readonly (readonly TokenisedRequest[])[]): number {
  return documents.flat().reduce((sum, { input }) => sum + input.length, 0);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
