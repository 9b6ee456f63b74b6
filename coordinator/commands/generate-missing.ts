// Generates what the ledger lacks of a sweep: missing texts -> the coordinator's workers -> records, each written when
// its text is over.
import type { VisitId } from "../graph/sweep-graph.js";
import type { DocumentKey } from "../results/document-key.js";
import type { ContextId, Ledger } from "../results/ledger.js";
import type { Generation } from "../suites/generation.js";
import type { ComputeOptions, ComputeOutcome, ComputeSettings, FailedDocument } from "./compute-missing.js";
import { generationDocument } from "./generation-document.js";
import { headWaves } from "./head-waves.js";
import { nextEpoch } from "./next-epoch.js";
import type { PreparedSweep } from "./prepare-sweep.js";
import { runOptions } from "./run-options.js";

interface UniquePrompt {
  readonly key: DocumentKey;
  readonly generation: Generation;
}

/** Records wanted, whether they are there or not. */
export function generationsWanted(sweep: PreparedSweep): number {
  return headsOf(sweep).length * uniquePrompts(sweep).length;
}

/** @param contexts of the sweep's schedules, in their order */
export async function generateMissing(
  sweep: PreparedSweep,
  ledger: Ledger,
  contexts: readonly ContextId[],
  options: ComputeOptions,
  settings: ComputeSettings,
  signal: AbortSignal,
): Promise<ComputeOutcome> {
  const prompts = uniquePrompts(sweep);
  const heads = headsOf(sweep);
  const graph = sweep.generationGraph;
  const contextOf = new Map(graph.heads.map((head, i) => [head, contexts[i]!]));
  const missing = new Map(
    heads.map((head) => {
      const keys = prompts.map(({ key }) => key);
      return [head, new Set(ledger.missingGenerations(contextOf.get(head)!, keys))] as const;
    }),
  );
  const total = heads.length * prompts.length;
  const known = total - [...missing.values()].reduce((count, keys) => count + keys.size, 0);
  const failed: FailedDocument[] = [];
  if (known === total) return { known, computed: 0, outcome: "complete", failed };

  const documents = prompts.map(({ generation }) => generationDocument(generation, sweep.manifest.config));
  let computed = 0;
  settings.onProgress({ recorded: known, total });
  const coordinator = await settings.coordinator();
  const outcome = await coordinator.run(
    {
      ...runOptions({ ...sweep, graph }, options, settings),
      waves: headWaves(sweep.schedules, graph.heads),
      documents,
      isMissing: (head, document) => missing.get(head)!.has(prompts[document]!.key),
      nextEpoch: nextEpoch(ledger),
    },
    {
      persistEpoch: (epoch) => ledger.persistEpoch(epoch),
      record: () => {},
      generated: (head, document, tokens, isOver) => {
        if (!isOver) return;
        const entry = { context: contextOf.get(head)!, document: prompts[document]!.key, tokens };
        computed += ledger.recordGenerations([entry]).added;
        settings.onProgress({ recorded: known + computed, total });
      },
      documentFailed: (document, _heads, reason) => {
        failed.push({ document: prompts[document]!.key, reason });
      },
      redispatched: settings.onRedispatch,
      note: settings.onNote,
    },
    signal,
    settings.trace ? [settings.trace] : [],
  );
  return { known, computed, outcome, failed };
}

/** Of the schedules that all documents run under, each once. */
function headsOf({ generationGraph, schedules }: PreparedSweep): readonly VisitId[] {
  return [...new Set(generationGraph.heads.slice(0, schedules.length))];
}

/** Documents that look the same to the model are one. */
function uniquePrompts({ generating }: PreparedSweep): readonly UniquePrompt[] {
  const byKey = new Map<DocumentKey, UniquePrompt>();
  for (const { keys, generations } of generating) {
    for (const [i, key] of keys.entries()) {
      if (!byKey.has(key)) byKey.set(key, { key, generation: generations[i]! });
    }
  }
  return [...byKey.values()];
}
