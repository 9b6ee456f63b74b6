// Runs one generation of a coordinator: prepare, wait for its turn and for a worker that has the model, generate. Of all
// this the ledger keeps the numbers of its epochs, and nothing else.

import type { Ledger } from "../results/ledger.js";
import { type AttachedWorkers, awaitWorker, whatIsWrong, workersWith } from "./await-worker.js";
import type { GenerateRequest } from "./generate-request.js";
import { type GenerationEnd, generateTexts } from "./generate-texts.js";
import type { Place } from "./line.js";
import type { NewsFeed } from "./news-feed.js";
import { nextEpoch } from "./next-epoch.js";
import { prepareGenerate } from "./prepare-generate.js";
import { noProgress } from "./progress.js";

export interface GenerationContext extends AttachedWorkers {
  readonly ledger: Ledger;
  readonly storeDir: string;
}

export interface RunningGeneration {
  readonly request: GenerateRequest;
  /** The model's folder. */
  readonly checkpoint: string;
  readonly place: Place;
  /** Aborts when nobody wants it any more. */
  readonly signal: AbortSignal;
  readonly feed: NewsFeed;
  readonly onProgress: (over: number, total: number) => void;
}

const lookMs = 500;

/** Throws what prepareGenerate() throws, and when the signal aborts. */
export async function runGeneration(
  { request, checkpoint, place, signal, feed, onProgress }: RunningGeneration,
  context: GenerationContext,
): Promise<GenerationEnd> {
  const { coordinator, ledger, storeDir } = context;
  // Before its turn: what is wrong with it is said at once.
  const prepared = await prepareGenerate(
    request,
    { checkpoint, storeDir },
    { startProgress: noProgress, signal },
  );
  const { manifest, schedules } = prepared;
  feed.starts(
    manifest.name,
    schedules.map(({ name }) => name),
  );
  await place.comes(signal, (first) => feed.waits(`waits for ${first}`));
  signal.throwIfAborted();
  feed.waits("");
  const waits = (reason: string): void => feed.waits(reason);
  const { numericsId } = await awaitWorker(manifest, { signal, waits }, context);
  let complaint = "";
  const look = setInterval(() => waits(whatIsWrong(coordinator.status, complaint)), lookMs);
  waits("");
  try {
    return await generateTexts(
      prepared,
      request,
      {
        coordinator: async () => coordinator,
        numericsId,
        minWorkers: Math.max(1, workersWith(manifest.fingerprint, coordinator).length),
        trace: null,
        placement: request.placement ?? null,
        nextEpoch: nextEpoch(ledger),
        persistEpoch: (epoch) => ledger.persistEpoch(epoch),
        onProgress: ({ recorded, total }) => onProgress(recorded, total),
        onRedispatch: () => {},
        onNote: (text) => {
          if (text.startsWith("waiting for capable workers: ")) complaint = text;
        },
      },
      signal,
      (text) => feed.came(text),
    );
  } finally {
    clearInterval(look);
  }
}
