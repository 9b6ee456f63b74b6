// Everything that generating needs before anything runs: the model, the schedules as a graph, the prompts as tokens.
// Mistakes show here.
import { setImmediate as nextTurn } from "node:timers/promises";
import { loadEosIds } from "../../models/end-of-sequence.js";
import type { Manifest } from "../../models/store/manifest.js";
import { openModel } from "../../models/store/open-model.js";
import { loadTokenizer } from "../../models/tokenizer.js";
import { buildGraph } from "../graph/build-graph.js";
import type { SweepGraph } from "../graph/sweep-graph.js";
import { parseNamed } from "../schedule/parse-named.js";
import type { NamedSchedule } from "../schedule/schedule.js";
import { type Generation, prepareGeneration } from "../suites/generation.js";
import { GenerateOptionsError, type GenerateRequest } from "./generate-request.js";
import type { PrepareSettings } from "./prepare-sweep.js";
import { startProgress } from "./progress.js";

export interface Prompt {
  readonly text: string;
  readonly generation: Generation;
}

export interface PreparedGenerate {
  readonly modelDir: string;
  readonly manifest: Manifest;
  /** Its heads are in the order of `schedules`. */
  readonly graph: SweepGraph;
  readonly schedules: readonly NamedSchedule[];
  readonly prompts: readonly Prompt[];
}

export type GeneratedRequest = Pick<GenerateRequest, "schedule" | "kv" | "prompt" | "stop" | "max-tokens">;

/** Where the model is read from, and imported to if it was not. */
export interface GenerateInputs {
  readonly checkpoint: string;
  readonly storeDir: string;
}

/** Throws GenerateOptionsError, and what openModel(), parseNamed() and prepareGeneration() throw. */
export async function prepareGenerate(
  { schedule: names, kv, prompt: texts, stop: stops, "max-tokens": maxTokens }: GeneratedRequest,
  { checkpoint, storeDir }: GenerateInputs,
  { startProgress: start = startProgress, signal }: PrepareSettings = {},
): Promise<PreparedGenerate> {
  const importing = start("importing", 100, "%");
  const { dir: modelDir, manifest } = await openModel(checkpoint, storeDir, {
    onProgress: (done, total) => importing.update(Math.floor((100 * done) / total)),
  }).finally(() => importing.stop());
  signal?.throwIfAborted();
  const { layerCount, maxPositions, architecture } = manifest.config;
  if (architecture === "bert") {
    throw new GenerateOptionsError(`--model ${manifest.name} is an encoder (BERT): it predicts no tokens`);
  }
  const byName = new Map(
    names.map((text) => parseNamed(text, layerCount)).map((named) => [named.name, named]),
  );
  const schedules = [...byName.values()];
  const tokenizer = loadTokenizer(modelDir);
  const eosIds = loadEosIds(modelDir);
  const prompts: Prompt[] = [];
  for (const text of texts) {
    const { length } = tokenizer.encode(text, { addSpecialTokens: true });
    if (length + maxTokens > maxPositions) {
      throw new GenerateOptionsError(
        `--prompt ${JSON.stringify(text.slice(0, 40))} has ${length} tokens, and with ${maxTokens} more ` +
          `(--max-tokens) they pass the model's ${maxPositions} positions`,
      );
    }
    const request = { context: text, until: stops, maxTokens };
    const options = { harness: "current", maxLength: maxPositions, eosIds } as const;
    prompts.push({ text, generation: prepareGeneration(request, tokenizer, options) });
    // Gives way to whatever else this process does, such as hearing workers.
    await nextTurn();
    signal?.throwIfAborted();
  }
  const graph = buildGraph(
    schedules.map(({ schedule }) => schedule),
    kv,
  );
  return { modelDir, manifest, graph, schedules, prompts };
}
