// Bench `scoring`: a sweep as painters runs it against the same work done
// naively (one request a row, one schedule after another, as the paper's code
// does), and its share of the GEMM rate measured in the same run.
import os from "node:os";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { countVisits, type VisitCounts } from "../../coordinator/graph/counts.js";
import { gridSchedules } from "../../coordinator/schedule/grids.js";
import { countLayerApplications } from "../../coordinator/schedule/simplify.js";
import { documentRows } from "../../coordinator/suites/token-rows.js";
import type { TokenisedRequest } from "../../coordinator/suites/tokenise.js";
import { llama } from "../../models/architectures/llama.js";
import type { LlamaConfig } from "../../models/config.js";
import { measureGemmRate } from "../../models/runtime/gemm-rate.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import type { StoredModel } from "../../models/store/import-checkpoint.js";
import { scoreContinuation } from "../reference/interpreter.js";
import { BenchCluster, withModel } from "./bench-cluster.js";
import { contextTokens, endings, endingTokens, randomDocuments } from "./random-documents.js";
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
const rounds = 3;

export async function benchScoring(): Promise<readonly Row[]> {
  return await withModel(config, async (model, storeDir) => {
    const devicesPerWorker = os.availableParallelism();
    const cluster = await BenchCluster.start(model, storeDir, {
      workers: 1,
      devicesPerWorker,
      device: "cpu",
    });
    try {
      return await measure(model, cluster, devicesPerWorker);
    } finally {
      await cluster.stop();
    }
  });
}

async function measure(model: StoredModel, cluster: BenchCluster, cores: number): Promise<readonly Row[]> {
  const schedules = gridSchedules("main", config.num_hidden_layers).filter(
    ({ parameters }) => parameters.start === 1,
  );
  const counts = countVisits(buildGraph(schedules.map(({ schedule }) => schedule)));
  const documents = randomDocuments(12, config.vocab_size);
  const naiveDocuments = documents.slice(0, 1);

  const naiveModel = await ModelRuntime.load(model.dir, model.manifest, cores);
  const ratios: number[] = [];
  const shares: number[] = [];
  const rates: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const gemm = await measureGemmRate({ rows: 1024, inner: 512, columns: 1376 }, cores);
    const sweepSeconds = await sweepTime(cluster, cores, schedules, documents);
    const naiveSeconds = await timed(() => runNaively(naiveModel, schedules, naiveDocuments));
    if (round === 0) continue; // warm-up
    ratios.push(((naiveSeconds / naiveDocuments.length) * documents.length) / sweepSeconds);
    shares.push(sweepFlops(counts, documents, llama.readConfig(config)) / sweepSeconds / gemm);
    rates.push((requestTokens(documents) * schedules.length) / sweepSeconds);
  }
  await naiveModel.release();
  const naiveLayers = schedules.reduce((sum, { schedule }) => sum + countLayerApplications(schedule), 0);
  return [
    {
      name: "sweep against naive, same work",
      value: median(ratios),
      unit: "x",
      note: `${schedules.length} schedules, ${naiveLayers} layer applications a document unshared, ${counts.layers} shared`,
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

/** Seconds from the first injection to the last record: the cluster was up before. */
async function sweepTime(
  cluster: BenchCluster,
  devices: number,
  schedules: ReturnType<typeof gridSchedules>,
  documents: readonly (readonly TokenisedRequest[])[],
): Promise<number> {
  const { injectedAt, recordedAt } = await cluster.run({
    schedules: schedules.map(({ schedule }) => schedule),
    documents: documents.map((requests) => ({
      rows: documentRows(requests, config.max_position_embeddings),
    })),
    batchTokens: 512,
    inFlightPerPlace: 2,
    placement: {
      groups: Array.from({ length: devices }, (_, device) => {
        const place = `worker-0/${device}`;
        return { embed: place, layers: { [`0..${config.num_hidden_layers}`]: place }, head: place };
      }),
    },
  });
  return (recordedAt.at(-1)! - injectedAt[0]!) / 1000;
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
  visits: VisitCounts,
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
  return layer * visits.layers + head * visits.heads;
}

function requestTokens(documents: readonly (readonly TokenisedRequest[])[]): number {
  return documents.flat().reduce((sum, { input }) => sum + input.length, 0);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
