// The generations of a coordinator: each lives as long as its client's call, stands in line with the sweeps, and leaves
// nothing behind.
import type { EndNews, GenerationNews } from "../../proto/generation-words.js";
import type { Log } from "../../proto/log.js";
import type { SweepProgress } from "../../proto/sweep-words.js";
import type { SweepHandlers } from "../../proto/sweeps-server.js";
import { type GenerateRequest, parseGenerateRequest } from "./generate-request.js";
import type { GenerationEnd } from "./generate-texts.js";
import type { Line, Place } from "./line.js";
import { NewsFeed } from "./news-feed.js";
import type { RunningGeneration } from "./run-generation.js";

export interface GenerationsSettings {
  readonly line: Line;
  /** The folder of a model that a client names. Throws what is wrong with the name. */
  readonly findModel: (name: string) => Promise<string>;
  readonly run: (generation: RunningGeneration) => Promise<GenerationEnd>;
  readonly workerCount: () => number;
  readonly log: Log;
}

/** It ended before its texts were over. */
export class GenerationEndedError extends Error {
  override readonly name = "GenerationEndedError";
  readonly exitCode = 1;
}

/** Nobody but the client that asked can hear of it. */
export class NoSweepError extends Error {
  override readonly name = "NoSweepError";
  readonly exitCode = 2;
}

interface Living {
  readonly id: string;
  readonly place: Place;
  readonly abort: AbortController;
  /** Resolves when it is over, however. */
  readonly ended: Promise<unknown>;
  over: number;
  total: number;
}

const cancelMs = 10_000;

export class Generations {
  readonly #settings: GenerationsSettings;
  readonly #living = new Set<Living>();
  #lastNumber = 0;
  #isStopping = false;

  constructor(settings: GenerationsSettings) {
    this.#settings = settings;
  }

  /** Those of the sweeps, with generations beside them. */
  handlers(sweeps: Omit<SweepHandlers, "generate">): SweepHandlers {
    return {
      ...sweeps,
      generate: (options, signal) => this.#generate(options, signal),
      list: async () => [
        ...(await sweeps.list()),
        ...Array.from(this.#living, (living) => this.#progress(living)),
      ],
      cancel: (id) => {
        const living = this.#find(id);
        return living ? this.#cancel(living) : sweeps.cancel(id);
      },
      watch: (id, signal) => {
        if (this.#find(id)) {
          throw new NoSweepError(`${id} is a generation: its texts go to the client that asked for them`);
        }
        return sweeps.watch(id, signal);
      },
    };
  }

  /** Ends all, and resolves when they have ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const all = [...this.#living];
    for (const { abort } of all) abort.abort(new GenerationEndedError("it stops; ask again when it is back"));
    await Promise.all(all.map(({ ended }) => ended));
  }

  async *#generate(options: unknown, gone: AbortSignal): AsyncGenerator<GenerationNews> {
    const request = parseGenerateRequest(options);
    const checkpoint = await this.#settings.findModel(request.model);
    if (this.#isStopping) throw new GenerationEndedError("it stops");
    const feed = new NewsFeed();
    const abort = new AbortController();
    const leave = (): void => abort.abort(new GenerationEndedError("the client left"));
    gone.addEventListener("abort", leave, { once: true });
    if (gone.aborted) leave();
    const end = this.#run(request, checkpoint, feed, abort);
    try {
      yield* feed.news();
      yield endNews(await end);
    } finally {
      // Whoever stops listening wants no more of it.
      leave();
      await end.catch(() => {});
    }
  }

  /** Its place is taken when this returns, and left when the promise settles. */
  #run(
    request: GenerateRequest,
    checkpoint: string,
    feed: NewsFeed,
    abort: AbortController,
  ): Promise<GenerationEnd> {
    const { line, log, run } = this.#settings;
    const id = `generate-${++this.#lastNumber}`;
    const place = line.join(id);
    const total = request.schedule.length * request.prompt.length;
    const { signal } = abort;
    const onProgress = (over: number, of: number): void => {
      living.over = over;
      living.total = of;
    };
    const texts = async (): Promise<GenerationEnd> => {
      log(`${id} came: ${total} texts`);
      try {
        const end = await run({ request, checkpoint, place, signal, feed, onProgress });
        if (end.outcome === "cancelled") signal.throwIfAborted();
        log(`${id} is ${end.outcome === "complete" ? "done" : end.outcome}`);
        return end;
      } catch (error) {
        const reason: unknown = signal.aborted ? signal.reason : error;
        log(`${id} ended: ${whatFailed(reason)}`);
        throw reason;
      } finally {
        this.#living.delete(living);
        place.leave();
        feed.end();
      }
    };
    const ended = Promise.resolve().then(texts);
    const living: Living = { id, place, abort, ended: ended.catch(() => {}), over: 0, total };
    this.#living.add(living);
    return ended;
  }

  async #cancel(living: Living): Promise<SweepProgress> {
    living.abort.abort(new GenerationEndedError(`${living.id} was cancelled`));
    // What it is at, such as reading a large model, may take longer than a client waits.
    const patience = AbortSignal.timeout(cancelMs);
    await Promise.race([
      living.ended,
      new Promise((resolve) => patience.addEventListener("abort", resolve, { once: true })),
    ]);
    const progress = this.#progress(living);
    return this.#living.has(living)
      ? { ...progress, state: "running" }
      : { ...progress, state: "cancelled", message: "" };
  }

  /** No scores: what it counts are texts, and none of them is kept. */
  #progress({ id, place, over, total }: Living): SweepProgress {
    const { line, workerCount } = this.#settings;
    const state = place.isFirst ? "running" : "queued";
    const message = place.isFirst ? `${over} of ${total} texts are over` : `waits for ${line.first}`;
    return { id, state, recorded: 0, total: 0, workers: workerCount(), message, etaSeconds: null };
  }

  #find(id: string): Living | undefined {
    return [...this.#living].find((living) => living.id === id);
  }
}

function endNews({ failed, timing }: GenerationEnd): EndNews {
  return { kind: "end", failed, timing };
}

/** For people; an error without an exit code is a bug, of which the log tells more. */
function whatFailed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "exitCode" in error ? error.message : (error.stack ?? error.message);
}
