// Computes what the ledger lacks of a sweep, and nothing else: missing records
// -> injections -> devices -> records, each written when its head finishes.
import { numericsId } from "../../models/runtime/numerics.js";
import type { TokenRow } from "../../models/token-row.js";
import { cutInjections } from "../cluster/injections.js";
import { LocalDevices } from "../cluster/local-devices.js";
import { requestScores, scoredTokenCount } from "../cluster/request-scores.js";
import type { VisitId } from "../graph/sweep-graph.js";
import { waves } from "../graph/waves.js";
import type { DocumentKey } from "../results/document-key.js";
import type { ContextId, Ledger } from "../results/ledger.js";
import type { PreparedSweep } from "./prepare-sweep.js";
import { startProgress } from "./progress.js";
import type { SweepOptions } from "./sweep-options.js";

export interface ComputeOutcome {
  /** Records in the ledger before, and those added now. */
  readonly known: number;
  readonly computed: number;
  readonly layerVisits: number;
  /** False when the signal came first: the rest is still missing. */
  readonly complete: boolean;
}

interface UniqueDocument {
  readonly key: DocumentKey;
  readonly rows: readonly TokenRow[];
}

/** The ledger's context of every schedule, in the sweep's order; equal schedules share one. */
export function scheduleContexts(sweep: PreparedSweep, ledger: Ledger): readonly ContextId[] {
  const numerics = numericsId();
  const { fingerprint } = sweep.manifest;
  return ledger.contexts(
    sweep.schedules.map(({ canonical }) => ({
      numericsId: numerics,
      modelFingerprint: fingerprint,
      schedule: canonical,
    })),
  );
}

export async function computeMissing(
  sweep: PreparedSweep,
  ledger: Ledger,
  options: SweepOptions,
  signal: AbortSignal,
): Promise<ComputeOutcome> {
  const documents = uniqueDocuments(sweep);
  const contexts = scheduleContexts(sweep, ledger);
  const contextOf = new Map(sweep.graph.heads.map((head, i) => [head, contexts[i]!]));
  const missing = findMissing(contextOf, documents, ledger);
  const total = contextOf.size * documents.length;
  const missingCount = [...missing.values()].reduce(
    (count, flags) => count + flags.reduce((a, b) => a + b, 0),
    0,
  );
  const known = total - missingCount;
  if (missingCount === 0) return { known, computed: 0, layerVisits: 0, complete: true };

  const { plans, injections } = cutInjections(
    sweep.graph,
    headWaves(sweep),
    documents,
    (head, document) => missing.get(head)![document] === 1,
    {
      batchTokens: options["batch-tokens"],
      stateBytes: options["state-memory-mb"] * 2 ** 20,
      hiddenSize: sweep.manifest.config.hiddenSize,
    },
  );
  const devices = await LocalDevices.start(Math.min(options.devices, injections.length), {
    modelDir: sweep.modelDir,
    threads: options["threads-per-device"],
  });
  const progress = startProgress("computing", missingCount, "scores");
  let computed = 0;
  let layerVisits = 0;
  try {
    await devices.run(
      injections.length,
      (injection) => {
        const { plan, documents: members } = injections[injection]!;
        return { plan, rows: members.flatMap((document) => documents[document]!.rows) };
      },
      plans,
      {
        scored: (injection, head, logprobs, isGreedy) => {
          let offset = 0;
          const entries = injections[injection]!.documents.map((document) => {
            const { key, rows } = documents[document]!;
            const scores = requestScores(rows, logprobs, isGreedy, offset);
            offset += scoredTokenCount(rows);
            return { context: contextOf.get(head)!, document: key, scores };
          });
          ledger.record(entries);
          computed += entries.length;
          progress.update(computed);
        },
        done: (_injection, visits) => {
          layerVisits += visits;
        },
      },
      signal,
    );
  } finally {
    progress.stop();
    await devices.stop();
  }
  return { known, computed, layerVisits, complete: computed === missingCount };
}

/** Documents that look the same to the model are one. */
function uniqueDocuments(sweep: PreparedSweep): readonly UniqueDocument[] {
  const byKey = new Map<DocumentKey, UniqueDocument>();
  for (const { keys, rows } of sweep.tasks) {
    for (const [i, key] of keys.entries()) if (!byKey.has(key)) byKey.set(key, { key, rows: rows[i]! });
  }
  return [...byKey.values()];
}

/** For every head, a flag for each document: 1 where there is no record. */
function findMissing(
  contextOf: ReadonlyMap<VisitId, ContextId>,
  documents: readonly UniqueDocument[],
  ledger: Ledger,
): ReadonlyMap<VisitId, Uint8Array> {
  const keys = documents.map(({ key }) => key);
  const indexOf = new Map(keys.map((key, i) => [key, i]));
  const missing = new Map<VisitId, Uint8Array>();
  for (const [head, context] of contextOf) {
    const flags = new Uint8Array(keys.length);
    for (const key of ledger.missing(context, keys)) flags[indexOf.get(key)!] = 1;
    missing.set(head, flags);
  }
  return missing;
}

/** The heads of each wave; a head that several waves reach is in the first only. */
function headWaves(sweep: PreparedSweep): readonly (readonly VisitId[])[] {
  const seen = new Set<VisitId>();
  return waves(sweep.schedules).map(({ schedules }) =>
    schedules.flatMap((index) => {
      const head = sweep.graph.heads[index]!;
      if (seen.has(head)) return [];
      seen.add(head);
      return [head];
    }),
  );
}
