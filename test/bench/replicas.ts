// Bench `replicas`: two workers of one core each, as a pipeline of two stages
// against two replicas of the whole model; same documents, same schedules.
//
// The floor: the slower stage's share of the work. Stages are cut by visits x FLOPs, so what is lost is
// the unevenness of the cut (in the note), filling and draining the pipeline, and the hops.
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { countPerLayer } from "../../coordinator/graph/counts.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { documentRows } from "../../coordinator/suites/token-rows.js";
import { BenchCluster, type BenchRun, type GroupFile, withModel } from "./bench-cluster.js";
import { randomDocuments } from "./random-documents.js";
import { median, type Row, verdict } from "./row.js";

const layerCount = 12;
const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 384,
  intermediate_size: 1024,
  num_hidden_layers: layerCount,
  num_attention_heads: 6,
  num_key_value_heads: 6,
  vocab_size: 4096,
  max_position_embeddings: 512,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  hidden_act: "silu",
};
/** Chosen such that an even cut exists: 51 % of the work is in the larger stage. */
const texts = ["0..12", "0..4, mean(4..8), 8..12", "0..10", "0..8"];
const documentCount = 48;
const rounds = 5;
const target = 0.9;

export async function benchReplicas(): Promise<readonly Row[]> {
  return await withModel(config, async (model, storeDir) => {
    const cluster = await BenchCluster.start(model, storeDir, { workers: 2, device: "cpu" });
    try {
      return await measure(cluster);
    } finally {
      await cluster.stop();
    }
  });
}

async function measure(cluster: BenchCluster): Promise<readonly Row[]> {
  const schedules = texts.map((text) => parseSchedule(text, layerCount));
  const { cut, share } = balancedCut(schedules);
  const documents = randomDocuments(documentCount, config.vocab_size).map((requests) => ({
    rows: documentRows(requests, config.max_position_embeddings),
  }));
  const pipeline: GroupFile = {
    embed: "worker-0",
    layers: { [`0..${cut}`]: "worker-0", [`${cut}..${layerCount}`]: "worker-1" },
    head: "worker-1",
  };
  const whole = (worker: string): GroupFile => ({
    embed: worker,
    layers: { [`0..${layerCount}`]: worker },
    head: worker,
  });
  const replicas = [whole("worker-0"), whole("worker-1")];
  const run = (groups: readonly GroupFile[]): Promise<BenchRun> =>
    cluster.run({ schedules, documents, batchTokens: 300, inFlightPerPlace: 2, placement: { groups } });
  const ratios: number[] = [];
  const rates: { readonly pipeline: number; readonly replicas: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const piped = documentsPerSecond(await run([pipeline]));
    const replicated = documentsPerSecond(await run(replicas));
    if (round === 0) continue; // warm-up
    ratios.push(piped / replicated);
    rates.push({ pipeline: piped, replicas: replicated });
  }
  return [
    {
      name: "pipeline of 2 over 2 replicas",
      value: median(ratios),
      unit: "x",
      note:
        `${verdict(median(ratios), target, "x")}; best of ${rounds} rounds ${Math.max(...ratios).toFixed(2)}; ` +
        `${median(rates.map((rate) => rate.pipeline)).toFixed(1)} against ` +
        `${median(rates.map((rate) => rate.replicas)).toFixed(1)} documents/s, cut before layer ${cut}, ` +
        `the larger stage has ${(100 * share).toFixed(0)} % of the work`,
    },
  ];
}

/** Fill and drain are in it. */
function documentsPerSecond({ injectedAt, recordedAt }: BenchRun): number {
  return documentCount / ((recordedAt.at(-1)! - injectedAt[0]!) / 1000);
}

function balancedCut(schedules: readonly ReturnType<typeof parseSchedule>[]): {
  readonly cut: number;
  readonly share: number;
} {
  const graph = buildGraph(schedules);
  const { hidden_size: hidden, intermediate_size: intermediate, vocab_size: vocabulary } = config;
  const layer = 4 * hidden ** 2 + 3 * hidden * intermediate;
  // Of a document's tokens, two thirds are scored.
  const head = ((hidden * vocabulary * 2) / 3) * new Set(graph.heads).size;
  const work = countPerLayer(graph, layerCount).map((visits) => visits * layer);
  const total = work.reduce((sum, own) => sum + own, head);
  const largerShare = (cut: number): number => {
    const first = work.slice(0, cut).reduce((sum, own) => sum + own, 0);
    return Math.max(first, total - first) / total;
  };
  const cuts = Array.from({ length: layerCount - 1 }, (_, i) => i + 1);
  const cut = cuts.reduce((a, b) => (largerShare(b) < largerShare(a) ? b : a));
  return { cut, share: largerShare(cut) };
}
