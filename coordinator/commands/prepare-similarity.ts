// Everything a similarity run needs before anything runs: the model, a graph of probes
// for its schedules, and the task's documents as plain texts. Mistakes show here.
import type { Manifest } from "../../models/store/manifest.js";
import { openModel } from "../../models/store/open-model.js";
import type { TokenRow } from "../../models/token-row.js";
import { loadTokenizer } from "../../models/tokenizer.js";
import {
  buildProbeGraph,
  type Captured,
  type ProbedSchedule,
  type ProbedState,
  type Reader,
} from "../graph/probe-graph.js";
import type { SweepGraph } from "../graph/sweep-graph.js";
import { parseSchedule } from "../schedule/parse.js";
import { parseNamed } from "../schedule/parse-named.js";
import { printSchedule } from "../schedule/print.js";
import { canonicalText } from "../schedule/simplify.js";
import { documentTextRow } from "../suites/document-text.js";
import { loadTask } from "../suites/load-task.js";
import { findTasks } from "../suites/registry.js";
import type { SweepInputs, SweepSchedule } from "./prepare-sweep.js";
import { startProgress } from "./progress.js";
import type { SweepOptions } from "./sweep-options.js";

export interface PreparedSimilarity {
  readonly modelDir: string;
  readonly manifest: Manifest;
  readonly graph: SweepGraph;
  readonly schedules: readonly (SweepSchedule & ProbedSchedule)[];
  readonly task: string;
  readonly documents: readonly TextDocument[];
}

export interface TextDocument {
  /** Row index in the task's file. */
  readonly docId: number;
  readonly row: TokenRow;
}

/** What is asked for cannot be measured. */
export class SimilarityOptionsError extends Error {
  override readonly name = "SimilarityOptionsError";
  readonly exitCode = 2;
}

export type SimilarityOptions = Pick<SweepOptions, "tasks" | "limit" | "harness" | "store" | "schedule">;

export async function prepareSimilarity(
  options: SimilarityOptions,
  captured: readonly Captured[],
  { checkpoint, dataDir }: SweepInputs,
): Promise<PreparedSimilarity> {
  const { harness, limit = null } = options;
  const names = options.tasks ?? [];
  if (names.length !== 1) {
    throw new SimilarityOptionsError(`--task takes one task, not ${names.length}: ${names.join(", ")}`);
  }
  const [task] = await findTasks(names);
  const loaded = await loadTask(task!, { dataDir, shots: 0, limit, harness });
  const importing = startProgress("importing", 100, "%");
  const { dir: modelDir, manifest } = await openModel(checkpoint, options.store, {
    onProgress: (done, total) => importing.update(Math.floor((100 * done) / total)),
  }).finally(() => importing.stop());
  const { layerCount, maxPositions } = manifest.config;
  const byName = new Map(
    options.schedule.map((text) => parseNamed(text, layerCount)).map((named) => [named.name, named]),
  );
  const schedules = [...byName.values()];
  checkCaptured(captured, layerCount);
  const { graph, schedules: probed } = buildProbeGraph(
    schedules.map(({ schedule }) => schedule),
    captured,
  );
  for (const state of captured) {
    if (probed.some(({ captures }) => captures.some((capture) => capture.state === state))) continue;
    throw new SimilarityOptionsError(`--capture ${state}: no schedule given applies layer ${state}`);
  }
  const encoder = loadTokenizer(modelDir);
  const progress = startProgress("tokenising", loaded.effective, "documents");
  const documents = loaded.documents.map((document, i) => {
    progress.update(i + 1);
    return {
      docId: document.docId,
      row: documentTextRow(document, encoder, { harness, maxLength: maxPositions }),
    };
  });
  progress.stop();
  return {
    modelDir,
    manifest,
    graph,
    schedules: schedules.map((named, i) => ({
      ...named,
      canonical: canonicalText(named.schedule),
      ...probed[i]!,
    })),
    task: task!.name,
    documents,
  };
}

/** Layers by number and `out`, separated by commas. Whether the model has them: prepareSimilarity(). */
export function parseCapture(texts: readonly string[]): readonly Captured[] {
  const words = texts.flatMap((text) => text.split(",").map((word) => word.trim()));
  const captured = words.map((word): Captured => {
    if (word === "out") return "out";
    if (/^\d+$/.test(word)) return Number(word);
    if (isHalf(word)) return word;
    throw new SimilarityOptionsError(
      `--capture ${JSON.stringify(word)}: name layers by number (or halves, as 4.attn), for their inputs, or out, for the last output; for example 4,8,out`,
    );
  });
  return [...new Set(captured)];
}

function isHalf(word: string): word is Exclude<Reader, number> {
  return /^\d+\.(attn|mlp)$/.test(word);
}

function checkCaptured(captured: readonly Captured[], layerCount: number): void {
  const outside = captured.find((state) => state !== "out" && layerOf(state) >= layerCount);
  if (outside === undefined || outside === "out") return;
  throw new SimilarityOptionsError(
    `--capture ${outside}: layer ${layerOf(outside)} is outside 0..${layerCount}; the model has layers 0 to ${layerCount - 1}`,
  );
}

function layerOf(reader: Reader): number {
  return typeof reader === "number" ? reader : Number(reader.split(".")[0]);
}

/** The layers that read a state, as a schedule writes them; `#2` where they read another before. `out`: the output. */
export function stateLabels(states: readonly ProbedState[]): readonly string[] {
  const counts = new Map<string, number>();
  return states.map(({ layers }) => {
    if (layers.length === 0) return "out";
    const text = printSchedule({
      kind: "sequence",
      items: layers.map((reader) => parseSchedule(String(reader))),
    });
    const count = (counts.get(text) ?? 0) + 1;
    counts.set(text, count);
    return count === 1 ? text : `${text}#${count}`;
  });
}
