// Bench `decoding`: texts under several schedules side by side, whose steps share the weights they both read, against one
// schedule after another; and cached keys and values against computing every token's text anew.
import type { RowDocument } from "../../coordinator/cluster/dispatch.js";
import { generationDocument } from "../../coordinator/commands/generation-document.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import type { StoredModel } from "../../models/store/import-checkpoint.js";
import { recomputed } from "../reference/decode.js";
import { BenchCluster, withModel } from "./bench-cluster.js";
import { median, type Row } from "./row.js";

const layers = 8;
/** 51 MB of weights a layer: more than caches hold, so a step takes as long as reading them. */
const config = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 1024,
  intermediate_size: 2816,
  num_hidden_layers: layers,
  num_attention_heads: 16,
  num_key_value_heads: 16,
  vocab_size: 4096,
  max_position_embeddings: 1024,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  hidden_act: "silu",
};
const texts = [
  "0..8",
  "0..2, 6..8",
  "0..2, 5, 4, 3, 2, 6..8",
  "0..2, 4, 3, 5, 2, 6..8",
  "0..3, 5..8",
  "0..2, mean(2..6), 6..8",
];
const promptTokens = 32;
const newTokens = 32;
const rounds = 3;

export async function benchDecoding(): Promise<readonly Row[]> {
  return await withModel(config, async (model, storeDir) => {
    const cluster = await BenchCluster.start(model, storeDir, { workers: 1, device: "cpu" });
    try {
      return await measure(model, cluster);
    } finally {
      await cluster.stop();
    }
  });
}

async function measure(model: StoredModel, cluster: BenchCluster): Promise<readonly Row[]> {
  const schedules = texts.map((text) => parseSchedule(text, layers));
  const prompt = Array.from({ length: promptTokens }, (_, i) => (37 * i + 11) % config.vocab_size);
  const runtime = await ModelRuntime.load(model.dir, model.manifest, 1);
  const together: number[] = [];
  const anew: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const document = endlessly(prompt, model);
    const sideBySide = await seconds(cluster, schedules, document);
    let oneByOne = 0;
    let baseline = 0;
    for (const [i, schedule] of schedules.entries()) {
      const alone = await seconds(cluster, [schedule], document);
      oneByOne += alone;
      if (i === 0) baseline = alone;
    }
    const started = performance.now();
    for (const length of [promptTokens, promptTokens + newTokens]) {
      await recomputed(runtime, schedules[0]!, new Array<number>(length).fill(1));
    }
    const tokenAnew = (performance.now() - started) / 1000 / 2;
    if (round === 0) continue; // warm-up
    together.push(oneByOne / sideBySide);
    anew.push((tokenAnew * newTokens) / baseline);
  }
  await runtime.release();
  return [
    {
      name: "schedules side by side",
      value: median(together),
      unit: "x",
      note: `${texts.length} schedules, one prompt of ${promptTokens} tokens and ${newTokens} more, against one by one`,
    },
    {
      name: "kept keys and values",
      value: median(anew),
      unit: "x",
      note: "one text, prompt included, against computing it anew for every token",
    },
  ];
}

/** From the first injection to the last token. */
async function seconds(
  cluster: BenchCluster,
  schedules: readonly Schedule[],
  document: RowDocument,
): Promise<number> {
  const { injectedAt, recordedAt } = await cluster.run({
    schedules,
    documents: [document],
    batchTokens: 512,
    inFlightPerPlace: 2,
    placement: {
      groups: [{ embed: "worker-0", layers: { [`0..${layers}`]: "worker-0" }, head: "worker-0" }],
    },
  });
  return (recordedAt.at(-1)! - injectedAt[0]!) / 1000;
}

function endlessly(prompt: readonly number[], { manifest }: StoredModel): RowDocument {
  const isOver = (tokens: readonly number[]): boolean => tokens.length === newTokens;
  return generationDocument(
    { prompt, maxTokens: newTokens, stops: [], stopTokens: [], isOver, textOf: String },
    manifest.config,
  );
}
