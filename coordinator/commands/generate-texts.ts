// Generates: the prompts under every schedule -> the coordinator's workers -> texts, as their tokens come.
import type { GenerationTiming } from "../../proto/generation-words.js";
import type { ToCoordinator } from "../../proto/messages.js";
import type { SweepObserver, SweepOutcome, SweepSink } from "../cluster/coordinator.js";
import type { VisitId } from "../graph/sweep-graph.js";
import type { ComputeOptions, ComputeSettings } from "./compute-missing.js";
import { generationDocument } from "./generation-document.js";
import { headWaves } from "./head-waves.js";
import type { PreparedGenerate } from "./prepare-generate.js";
import { runOptions } from "./run-options.js";

export interface GeneratedText {
  readonly schedule: string;
  readonly prompt: string;
  readonly text: string;
  readonly tokens: readonly number[];
}

/** A text that grows. */
export interface TextSoFar {
  /** Indices of the schedule and the prompt. */
  readonly schedule: number;
  readonly prompt: number;
  /** All of it so far; it may become shorter again, when it turns out to end in a stop or a worker is lost. */
  readonly text: string;
  readonly tokens: readonly number[];
  readonly isOver: boolean;
}

/** Numbers of epochs, which the workers must never hear twice. */
export interface EpochNumbers {
  readonly nextEpoch: number;
  /** Durable when it returns. */
  readonly persistEpoch: (epoch: number) => void;
}

/** Of a cluster that ends with its run: nobody else uses them. */
export const ownEpochs: EpochNumbers = { nextEpoch: 1, persistEpoch: () => {} };

export interface GenerationEnd {
  readonly outcome: SweepOutcome;
  /** Prompts that were given up, and why. */
  readonly failed: readonly string[];
  readonly timing: GenerationTiming;
}

export async function generateTexts(
  prepared: PreparedGenerate,
  options: ComputeOptions,
  settings: ComputeSettings & EpochNumbers,
  signal: AbortSignal,
  came: (text: TextSoFar) => void,
): Promise<GenerationEnd> {
  const { graph, manifest, schedules, prompts } = prepared;
  const indices = [...schedules.keys()];
  const textOf = (document: number, tokens: readonly number[]): string =>
    tokens.length === 0 ? "" : prompts[document]!.generation.textOf(tokens);
  const documents = prompts.map(({ generation }) => generationDocument(generation, manifest.config));
  const heads = [...new Set(graph.heads)];
  const over = new Set<string>();
  const failed: string[] = [];
  const clock = new TokenClock(graph);
  const total = heads.length * prompts.length;
  settings.onProgress({ recorded: 0, total });
  const coordinator = await settings.coordinator();
  const sink: SweepSink = {
    persistEpoch: settings.persistEpoch,
    record: () => {},
    generated(head, document, tokens, isOver) {
      clock.came(head, document);
      const text = textOf(document, tokens);
      for (const schedule of indices.filter((index) => graph.heads[index] === head)) {
        came({ schedule, prompt: document, text, tokens, isOver });
      }
      if (!isOver) return;
      over.add(`${head} ${document}`);
      settings.onProgress({ recorded: over.size, total });
    },
    documentFailed: (document, _heads, reason) => {
      failed.push(`${JSON.stringify(prompts[document]!.text.slice(0, 40))}: ${reason}`);
    },
    redispatched: settings.onRedispatch,
    note: settings.onNote,
  };
  const outcome = await coordinator.run(
    {
      ...runOptions(prepared, options, settings),
      waves: headWaves(schedules, graph.heads),
      documents,
      isMissing: () => true,
      nextEpoch: settings.nextEpoch,
    },
    sink,
    signal,
    [clock],
  );
  return { outcome, failed, timing: clock.timing };
}

/** When tokens came, and how long layers took in the steps between them. */
class TokenClock implements SweepObserver {
  readonly #startMs = performance.now();
  readonly #layers: ReadonlySet<number>;
  readonly #last = new Map<string, number>();
  readonly #tokenMs: number[] = [];
  readonly #prompts = new Set<string>();
  #firstMs: number | null = null;
  #visitMs = 0;
  #visits = 0;

  constructor({ visits }: PreparedGenerate["graph"]) {
    this.#layers = new Set([...visits.keys()].filter((id) => visits[id]!.kind === "layer"));
  }

  came(head: VisitId, document: number): void {
    const now = performance.now();
    const key = `${head} ${document}`;
    const before = this.#last.get(key);
    if (before !== undefined) this.#tokenMs.push(now - before);
    this.#firstMs ??= now - this.#startMs;
    this.#last.set(key, now);
  }

  told(message: Parameters<SweepObserver["told"]>[0]): void {
    if (message.kind !== "inject" || message.rows.every(({ cached }) => cached?.past !== 0)) return;
    this.#prompts.add(`${message.epoch} ${message.injection}`);
  }

  heard(message: ToCoordinator): void {
    if (message.kind !== "finished" || this.#prompts.has(`${message.epoch} ${message.injection}`)) return;
    for (const { kind, state, startMs, endMs } of message.slices) {
      if (kind !== "step" || !this.#layers.has(state)) continue;
      this.#visitMs += endMs - startMs;
      this.#visits++;
    }
  }

  get timing(): GenerationTiming {
    const sorted = this.#tokenMs.toSorted((a, b) => a - b);
    return {
      tokenMs: sorted[sorted.length >> 1] ?? null,
      visitMs: this.#visits === 0 ? null : this.#visitMs / this.#visits,
      visits: this.#visits,
      promptMs: this.#firstMs,
    };
  }
}
