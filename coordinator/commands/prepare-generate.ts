// Everything that generating needs before anything runs: the model, the schedules as a graph, the prompts as tokens.
// Mistakes show here.
import { readFileSync } from "node:fs";
import path from "node:path";
import { demo } from "../../models/demo/demo.js";
import { loadEosIds } from "../../models/end-of-sequence.js";
import type { Manifest } from "../../models/store/manifest.js";
import { openModel } from "../../models/store/open-model.js";
import { loadTokenizer } from "../../models/tokenizer.js";
import { buildGraph } from "../graph/build-graph.js";
import type { SweepGraph } from "../graph/sweep-graph.js";
import { parseNamed } from "../schedule/parse-named.js";
import type { NamedSchedule } from "../schedule/schedule.js";
import { type Generation, prepareGeneration } from "../suites/generation.js";
import { startProgress } from "./progress.js";
import type { SweepOptions } from "./sweep-options.js";

export class GenerateOptionsError extends Error {
  override readonly name = "GenerateOptionsError";
  readonly exitCode = 2;
}

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

interface Asked {
  /** null: standard input is the prompt. */
  readonly prompts: readonly string[] | null;
  readonly stops: readonly string[];
  readonly maxTokens: string | undefined;
}

const defaultMaxTokens = 128;

export async function prepareGenerate(
  options: Pick<SweepOptions, "model" | "store" | "schedule" | "kv">,
  { prompts, stops, maxTokens: typed }: Asked,
): Promise<PreparedGenerate> {
  const maxTokens = typed === undefined ? defaultMaxTokens : Number(typed);
  if (!Number.isSafeInteger(maxTokens) || maxTokens < 1) {
    throw new GenerateOptionsError(`--max-tokens must be a whole number of at least 1, not ${typed}`);
  }
  if (stops.includes("")) throw new GenerateOptionsError("--stop is empty; it would end every text at once");
  if (prompts === null && process.stdin.isTTY) {
    throw new GenerateOptionsError('--prompt is missing; for example --prompt "The capital of"');
  }
  const texts = prompts ?? [readFileSync(0, "utf8").replace(/\n$/, "")];
  const checkpoint = options.model === "demo" ? demo.checkpointDir : path.resolve(options.model);
  const importing = startProgress("importing", 100, "%");
  const { dir: modelDir, manifest } = await openModel(checkpoint, options.store, {
    onProgress: (done, total) => importing.update(Math.floor((100 * done) / total)),
  }).finally(() => importing.stop());
  const { layerCount, maxPositions, architecture } = manifest.config;
  if (architecture === "bert") {
    throw new GenerateOptionsError(`--model ${manifest.name} is an encoder (BERT): it predicts no tokens`);
  }
  const byName = new Map(
    options.schedule.map((text) => parseNamed(text, layerCount)).map((named) => [named.name, named]),
  );
  const schedules = [...byName.values()];
  const tokenizer = loadTokenizer(modelDir);
  const eosIds = loadEosIds(modelDir);
  const tokenised = texts.map((text): Prompt => {
    const { length } = tokenizer.encode(text, { addSpecialTokens: true });
    if (length + maxTokens > maxPositions) {
      throw new GenerateOptionsError(
        `--prompt ${JSON.stringify(text.slice(0, 40))} has ${length} tokens, and with ${maxTokens} more ` +
          `(--max-tokens) they pass the model's ${maxPositions} positions`,
      );
    }
    const request = { context: text, until: stops, maxTokens };
    const options = { harness: "current", maxLength: maxPositions, eosIds } as const;
    return { text, generation: prepareGeneration(request, tokenizer, options) };
  });
  const graph = buildGraph(
    schedules.map(({ schedule }) => schedule),
    options.kv,
  );
  return { modelDir, manifest, graph, schedules, prompts: tokenised };
}
