// The sweeps of a coordinator: submitted, run one at a time in the order in which
// they came (generations in between, line.ts), cancelled, watched. Each is on the disk before its client hears of it,
// and a coordinator that starts again takes up what it had not finished.
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../proto/log.js";
import { hasEnded, type SweepProgress, type SweepState } from "../../proto/sweep-words.js";
import { type SweepHandlers, UnknownSweepError } from "../../proto/sweeps-server.js";
import type { Line, Place } from "./line.js";
import { readResultFiles } from "./result-files.js";
import { readSweeps, resultsFolder, type StoredSweep, sweepNumber, writeSweep } from "./stored-sweep.js";
import type { Wake } from "./wake.js";

export interface QueueSettings {
  readonly stateDir: string;
  /** Throws what is wrong with a client's options. */
  readonly check: (options: unknown) => Promise<void>;
  readonly workerCount: () => number;
  /** Where sweeps stand with whatever else the coordinator runs. */
  readonly line: Line;
  /** Wakes whoever waits for a sweep or a worker to change. */
  readonly changes: Wake;
  readonly log: Log;
}

/** What becomes known while a sweep runs. */
export type SweepChange = Partial<
  Pick<StoredSweep, "recorded" | "total" | "message"> & Pick<SweepProgress, "etaSeconds">
>;

export interface RunningSweep {
  readonly stored: StoredSweep;
  /** Aborts when the sweep is cancelled and when the coordinator stops. */
  readonly signal: AbortSignal;
  update(change: SweepChange): void;
  /** Durable when it resolves. */
  keepNumericsId(id: string): Promise<void>;
}

export interface SweepEnd {
  readonly state: Extract<SweepState, "done" | "failed" | "cancelled">;
  readonly message: string;
}

interface Entry {
  stored: StoredSweep;
  etaSeconds: number | null;
  /** While it runs. */
  abort: AbortController | null;
  /** One write after the other. */
  writing: Promise<void>;
  /** Until it has ended; null: it has ended before. */
  readonly place: Place | null;
}

/** It has no results, or none yet. */
export class NoResultsError extends Error {
  override readonly name = "NoResultsError";
  readonly exitCode = 2;
}

const leastWatchMs = 100;
const watchMs = 5000;
const cancelMs = 10_000;

export class SweepQueue {
  readonly #settings: QueueSettings;
  readonly #stopping = new AbortController();
  readonly #entries: Entry[];
  #lastNumber: number;

  private constructor(settings: QueueSettings, stored: readonly StoredSweep[]) {
    this.#settings = settings;
    this.#entries = stored.map((sweep) => {
      const place = hasEnded(sweep.state) ? null : settings.line.join(sweep.id);
      return entryOf(sweep.state === "running" ? { ...sweep, state: "queued" } : sweep, place);
    });
    this.#lastNumber = Math.max(0, ...stored.map(({ id }) => sweepNumber(id)));
  }

  /** Throws StateFileError. */
  static async open(settings: QueueSettings): Promise<SweepQueue> {
    return new SweepQueue(settings, await readSweeps(settings.stateDir));
  }

  get states(): readonly SweepState[] {
    return this.#entries.map(({ stored }) => stored.state);
  }

  readonly handlers: Omit<SweepHandlers, "generate"> = {
    submit: (options) => this.#submit(options),
    watch: (id, signal) => this.#watch(this.#find(id), signal),
    list: async () => this.#entries.map((entry) => this.#progress(entry)),
    cancel: (id) => this.#cancel(this.#find(id)),
    results: (id, signal) => this.#results(this.#find(id), signal),
  };

  /** Runs sweep after sweep until stop(). */
  async serve(run: (sweep: RunningSweep) => Promise<SweepEnd>): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const next = this.#entries.find(({ stored, place }) => stored.state === "queued" && place?.isFirst);
      if (next) await this.#run(next, run);
      else await this.#settings.changes.wait(signal, 60_000);
    }
  }

  /** The running sweep stays unfinished; whoever watches is let go. */
  stop(): void {
    this.#stopping.abort();
  }

  async #submit(options: unknown): Promise<string> {
    await this.#settings.check(options);
    const id = `sweep-${++this.#lastNumber}`;
    const stored: StoredSweep = {
      formatVersion: 1,
      id,
      submittedAt: new Date().toISOString(),
      options: options as StoredSweep["options"],
      state: "queued",
      message: "",
      numericsId: null,
      recorded: 0,
      total: 0,
    };
    const place = this.#settings.line.join(id);
    await writeSweep(this.#settings.stateDir, stored).catch((error: unknown) => {
      place.leave();
      throw error;
    });
    this.#entries.push(entryOf(stored, place));
    this.#entries.sort((a, b) => sweepNumber(a.stored.id) - sweepNumber(b.stored.id));
    this.#settings.log(`${id} was submitted`);
    this.#settings.changes.wake();
    return id;
  }

  async #run(entry: Entry, run: (sweep: RunningSweep) => Promise<SweepEnd>): Promise<void> {
    const { id } = entry.stored;
    const { log } = this.#settings;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    this.#stopping.signal.addEventListener("abort", stop, { once: true });
    entry.abort = abort;
    log(`${id} runs`);
    let end: SweepEnd;
    try {
      await this.#change(entry, { state: "running", message: "" });
      end = await run({
        stored: entry.stored,
        signal: abort.signal,
        update: ({ etaSeconds, ...change }) => {
          if (etaSeconds !== undefined) entry.etaSeconds = etaSeconds;
          entry.stored = { ...entry.stored, ...change };
          this.#settings.changes.wake();
        },
        keepNumericsId: (numericsId) => this.#change(entry, { numericsId }),
      });
    } catch (error) {
      end = { state: abort.signal.aborted ? "cancelled" : "failed", message: whatFailed(error) };
      if (end.state === "failed") log(`${id} failed: ${whatFailed(error, true)}`);
    } finally {
      this.#stopping.signal.removeEventListener("abort", stop);
    }
    entry.abort = null;
    entry.etaSeconds = null;
    if (end.state === "cancelled" && this.#stopping.signal.aborted) {
      log(`${id} stays unfinished`);
      return;
    }
    const message = end.state === "cancelled" ? "" : end.message;
    await this.#change(entry, { state: end.state, message });
    log(`${id} is ${end.state}${message === "" ? "" : `: ${message}`}`);
  }

  async #cancel(entry: Entry): Promise<SweepProgress> {
    if (entry.abort) entry.abort.abort();
    else if (entry.stored.state === "queued") await this.#change(entry, { state: "cancelled", message: "" });
    // What it is at, such as reading a large model, may take longer than a client waits.
    const patience = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(cancelMs)]);
    while (!hasEnded(entry.stored.state) && !patience.aborted) {
      await this.#settings.changes.wait(patience, watchMs);
    }
    await entry.writing;
    return this.#progress(entry);
  }

  async *#watch(entry: Entry, signal: AbortSignal): AsyncGenerator<SweepProgress> {
    const until = new AbortController();
    const leave = (): void => until.abort();
    signal.addEventListener("abort", leave);
    this.#stopping.signal.addEventListener("abort", leave);
    let last = "";
    try {
      while (!until.signal.aborted) {
        const progress = this.#progress(entry);
        const text = JSON.stringify(progress);
        if (text !== last) yield progress;
        if (hasEnded(progress.state)) return;
        last = text;
        await sleep(leastWatchMs);
        if (JSON.stringify(this.#progress(entry)) === text) {
          await this.#settings.changes.wait(until.signal, watchMs);
        }
      }
    } finally {
      this.#stopping.signal.removeEventListener("abort", leave);
    }
  }

  async *#results(entry: Entry, signal: AbortSignal): ReturnType<SweepHandlers["results"]> {
    const { id, state, message } = entry.stored;
    if (state !== "done") {
      throw new NoResultsError(
        `${id} has no results: it is ${state}${message === "" ? "" : ` (${message})`}`,
      );
    }
    yield* readResultFiles(resultsFolder(this.#settings.stateDir, id), signal);
  }

  #progress({ stored, etaSeconds }: Entry): SweepProgress {
    const { id, state, recorded, total } = stored;
    const { first } = this.#settings.line;
    const message =
      state === "queued" && first !== null && first !== id ? `waits for ${first}` : stored.message;
    return { id, state, recorded, total, workers: this.#settings.workerCount(), message, etaSeconds };
  }

  #find(id: string): Entry {
    const entry = this.#entries.find(({ stored }) => stored.id === id);
    if (!entry) throw new UnknownSweepError(id);
    return entry;
  }

  /** Durable when it resolves. */
  async #change(entry: Entry, change: Partial<StoredSweep>): Promise<void> {
    entry.stored = { ...entry.stored, ...change };
    if (hasEnded(entry.stored.state)) entry.place?.leave();
    entry.writing = entry.writing
      .then(() => writeSweep(this.#settings.stateDir, entry.stored))
      .catch((error: Error) => this.#settings.log(`cannot keep ${entry.stored.id}: ${error.message}`));
    await entry.writing;
    this.#settings.changes.wake();
  }
}

function entryOf(stored: StoredSweep, place: Place | null): Entry {
  return { stored, etaSeconds: null, abort: null, writing: Promise.resolve(), place };
}

/** For people; an error without an exit code is a bug, of which the log tells more. */
function whatFailed(error: unknown, inLog = false): string {
  if (!(error instanceof Error)) return String(error);
  return inLog && !("exitCode" in error) ? (error.stack ?? error.message) : error.message;
}
