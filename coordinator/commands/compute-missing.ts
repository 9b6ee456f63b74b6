// Computes what the ledger lacks of a sweep, and nothing else: missing records
// -> the coordinator's workers -> records, each written when its head finishes.
import type { TokenRow } from "../../models/token-row.js";
import type { Coordinator, SweepOutcome } from "../cluster/coordinator.js";
import { Latencies } from "../cluster/latencies.js";
import { requestScores, scoredTokenCount } from "../cluster/request-scores.js";
import type { TraceCollector } from "../cluster/trace.js";
import type { VisitId } from "../graph/sweep-graph.js";
import type { DocumentKey } from "../results/document-key.js";
import type { ContextId, Ledger } from "../results/ledger.js";
import { generateMissing, generationsWanted } from "./generate-missing.js";
import { headWaves } from "./head-waves.js";
import { nextEpoch } from "./next-epoch.js";
import { documentSets, graphSchedules, type PreparedSweep } from "./prepare-sweep.js";
import { runOptions } from "./run-options.js";
import type { SweepOptions } from "./sweep-options.js";

export interface ComputeSettings {
  /** Asked for only if something is missing. */
  readonly coordinator: () => Promise<Coordinator>;
  /** Of the workers that may compute for this sweep. */
  readonly numericsId: string;
  /** The first epoch waits for this many workers, for a while. */
  readonly minWorkers: number;
  readonly trace: TraceCollector | null;
  /** What a placement file says; null: the placement is chosen. */
  readonly placement: unknown;
  readonly onProgress: (progress: ComputeProgress) => void;
  /** From the loss of a worker to the first injection that brought one of its documents back. */
  readonly onRedispatch: (milliseconds: number) => void;
  /** What the dispatcher says to people. */
  readonly onNote: (text: string) => void;
}

export type ComputeOptions = Pick<SweepOptions, "batch-tokens" | "state-memory-mb" | "objective">;

export interface ComputeProgress {
  /** Records in the ledger, of `total` wanted. */
  readonly recorded: number;
  readonly total: number;
}

export interface FailedDocument {
  readonly document: DocumentKey;
  readonly reason: string;
}

export interface ComputeOutcome {
  /** Records in the ledger before, and those added now. */
  readonly known: number;
  readonly computed: number;
  readonly outcome: SweepOutcome;
  /** Documents given up, because workers were lost with them again and again. */
  readonly failed: readonly FailedDocument[];
}

interface UniqueDocument {
  readonly key: DocumentKey;
  readonly rows: readonly TokenRow[];
}

/** The ledger's context of every schedule, in the order of the graph's heads; equal schedules share one. */
export function scheduleContexts(
  sweep: PreparedSweep,
  ledger: Ledger,
  numericsId: string,
): readonly ContextId[] {
  const modelFingerprint = sweep.manifest.fingerprint;
  return ledger.contexts(
    graphSchedules(sweep).map(({ canonical }) => ({ numericsId, modelFingerprint, schedule: canonical })),
  );
}

/** Scores first, then texts. */
export async function computeMissing(
  sweep: PreparedSweep,
  ledger: Ledger,
  options: ComputeOptions,
  settings: ComputeSettings,
  signal: AbortSignal,
): Promise<ComputeOutcome> {
  const { onProgress } = settings;
  const texts = generationsWanted(sweep);
  let scores = 0;
  const scored = await scoreMissing(
    sweep,
    ledger,
    options,
    {
      ...settings,
      onProgress: ({ recorded, total }) => {
        scores = total;
        onProgress({ recorded, total: total + texts });
      },
    },
    signal,
  );
  if (texts === 0 || scored.outcome === "cancelled") return scored;
  const contexts = scheduleContexts(sweep, ledger, settings.numericsId);
  const generated = await generateMissing(
    sweep,
    ledger,
    contexts,
    options,
    {
      ...settings,
      onProgress: ({ recorded, total }) => onProgress({ recorded: scores + recorded, total: scores + total }),
    },
    signal,
  );
  return {
    known: scored.known + generated.known,
    computed: scored.computed + generated.computed,
    outcome: scored.outcome === "failed" ? "failed" : generated.outcome,
    failed: [...scored.failed, ...generated.failed],
  };
}

async function scoreMissing(
  sweep: PreparedSweep,
  ledger: Ledger,
  options: ComputeOptions,
  settings: ComputeSettings,
  signal: AbortSignal,
): Promise<ComputeOutcome> {
  const documents = uniqueDocuments(sweep);
  const contexts = scheduleContexts(sweep, ledger, settings.numericsId);
  const contextOf = new Map(sweep.graph.heads.map((head, i) => [head, contexts[i]!]));
  const wanted = wantedDocuments(sweep, documents);
  const missing = findMissing(contextOf, documents, wanted, ledger);
  const total = [...wanted.values()].reduce((sum, keys) => sum + keys.length, 0);
  const known =
    total - [...missing.values()].reduce((count, flags) => count + flags.reduce((a, b) => a + b, 0), 0);
  const failed: FailedDocument[] = [];
  if (known === total) return { known, computed: 0, outcome: "complete", failed };

  let computed = 0;
  settings.onProgress({ recorded: known, total });
  const coordinator = await settings.coordinator();
  const latencies = new Latencies();
  const outcome = await coordinator.run(
    {
      ...runOptions(sweep, options, settings),
      waves: headWaves(graphSchedules(sweep), sweep.graph.heads),
      documents,
      isMissing: (head, document) => missing.get(head)![document] === 1,
      nextEpoch: nextEpoch(ledger),
    },
    {
      persistEpoch: (epoch) => ledger.persistEpoch(epoch),
      record: (head, members, logprobs, isGreedy) => {
        let offset = 0;
        const entries = members.map((document) => {
          const { key, rows } = documents[document]!;
          const scores = requestScores(rows, logprobs, isGreedy, offset);
          offset += scoredTokenCount(rows);
          return { context: contextOf.get(head)!, document: key, scores };
        });
        computed += ledger.record(entries).added;
        settings.onProgress({ recorded: known + computed, total });
      },
      documentFailed: (document, _heads, reason) => {
        failed.push({ document: documents[document]!.key, reason });
      },
      redispatched: settings.onRedispatch,
      note: settings.onNote,
    },
    signal,
    settings.trace ? [latencies, settings.trace] : [latencies],
  );
  ledger.addLatencies(
    Array.from(latencies.sums, ([head, latency]) => ({ context: contextOf.get(head)!, latency })),
  );
  return { known, computed, outcome, failed };
}

/** Documents that look the same to the model are one. */
function uniqueDocuments(sweep: PreparedSweep): readonly UniqueDocument[] {
  const byKey = new Map<DocumentKey, UniqueDocument>();
  for (const { keys, rows } of documentSets(sweep)) {
    for (const [i, key] of keys.entries()) if (!byKey.has(key)) byKey.set(key, { key, rows: rows[i]! });
  }
  return [...byKey.values()];
}

/** For every head the documents that are to be scored under it: all, or those that have its schedule as their own. */
function wantedDocuments(
  { schedules, documentSchedules, graph, tasks }: PreparedSweep,
  documents: readonly UniqueDocument[],
): ReadonlyMap<VisitId, readonly DocumentKey[]> {
  const all = documents.map(({ key }) => key);
  const wanted = new Map(graph.heads.slice(0, schedules.length).map((head) => [head, all]));
  const own = new Map<VisitId, Set<DocumentKey>>();
  for (const { task, keys } of tasks) {
    for (const [i, schedule] of (documentSchedules?.chosen.get(task.name) ?? []).entries()) {
      const head = graph.heads[schedules.length + schedule]!;
      if (wanted.has(head)) continue;
      const keysOfHead = own.get(head) ?? new Set();
      own.set(head, keysOfHead.add(keys[i]!));
    }
  }
  return new Map([...wanted, ...Array.from(own, ([head, keys]) => [head, [...keys]] as const)]);
}

/** For every head, a flag for each document: 1 where a record is wanted and there is none. */
function findMissing(
  contextOf: ReadonlyMap<VisitId, ContextId>,
  documents: readonly UniqueDocument[],
  wanted: ReadonlyMap<VisitId, readonly DocumentKey[]>,
  ledger: Ledger,
): ReadonlyMap<VisitId, Uint8Array> {
  const indexOf = new Map(documents.map(({ key }, i) => [key, i]));
  const missing = new Map<VisitId, Uint8Array>();
  for (const [head, context] of contextOf) {
    const flags = new Uint8Array(documents.length);
    for (const key of ledger.missing(context, wanted.get(head) ?? [])) flags[indexOf.get(key)!] = 1;
    missing.set(head, flags);
  }
  return missing;
}
