// Runs the probes over the documents: on the coordinator's workers, and what they find
// -> averages, and captured states to their file as they come.
import type { SweepOutcome, SweepSink } from "../cluster/coordinator.js";
import { rowGrams } from "../cluster/probe-values.js";
import type { VisitId } from "../graph/sweep-graph.js";
import { waves } from "../graph/waves.js";
import { averageGrams, type DocumentGram } from "../results/similarity.js";
import type { ScheduleSimilarity } from "../results/similarity-file.js";
import type { CaptureFile } from "./capture-file.js";
import { tensorsByProbe } from "./capture-tensors.js";
import type { ComputeOptions, ComputeSettings } from "./compute-missing.js";
import { type PreparedSimilarity, stateLabels } from "./prepare-similarity.js";
import { runOptions } from "./run-options.js";

export interface Measured {
  readonly outcome: SweepOutcome;
  /** Documents that were given up, and why. */
  readonly failed: ReadonlyMap<number, string>;
  /** null: not all of it was found. */
  readonly schedules: readonly ScheduleSimilarity[] | null;
}

/** @param capture where captured states go; null: none are */
export async function measureSimilarity(
  prepared: PreparedSimilarity,
  capture: CaptureFile | null,
  options: ComputeOptions,
  settings: ComputeSettings,
  signal: AbortSignal,
): Promise<Measured> {
  const { schedules, documents } = prepared;
  const rows = documents.map(({ row }) => ({ rows: [row] }));
  const grams = new Map(schedules.map(({ gram }) => [gram, new Array<DocumentGram>(documents.length)]));
  const tensors = tensorsByProbe(prepared);
  const failed = new Map<number, string>();
  const wanted = outputWaves(prepared);
  const total = wanted.flat().length * documents.length;
  let recorded = 0;
  const found = (probe: VisitId, members: readonly number[], values: Uint8Array<ArrayBuffer>): void => {
    const own = grams.get(probe);
    if (own) {
      const states = schedules.find(({ gram }) => gram === probe)!.states.length;
      for (const [i, gram] of rowGrams(values, states).entries()) {
        const document = members[i]!;
        own[document] = { ...gram, tokens: documents[document]!.row.tokens.length };
      }
    }
    let at = 0;
    for (const document of members) {
      const named = tensors.get(probe)?.[document];
      if (!named) continue;
      const bytes = values.subarray(at, at + named.bytes);
      at += named.bytes;
      for (const name of named.names) capture?.write(name, bytes);
    }
    recorded += members.length;
    settings.onProgress({ recorded, total });
  };
  settings.onProgress({ recorded, total });
  const coordinator = await settings.coordinator();
  const sink: SweepSink = {
    persistEpoch: () => {},
    record: () => {},
    probed: found,
    documentFailed: (document, _heads, reason) => failed.set(document, reason),
    redispatched: settings.onRedispatch,
    note: settings.onNote,
  };
  const outcome = await coordinator.run(
    {
      ...runOptions(prepared, options, settings),
      waves: wanted,
      documents: rows,
      isMissing: () => true,
      // The cluster ends with the run: its numbers are nobody else's.
      nextEpoch: 1,
    },
    sink,
    signal,
    settings.trace ? [settings.trace] : [],
  );
  if (outcome !== "complete") return { outcome, failed, schedules: null };
  const measured = schedules.map(({ name, canonical, states, gram }) => ({
    schedule: name,
    text: canonical,
    ...averageGrams(stateLabels(states), grams.get(gram)!),
  }));
  return { outcome, failed, schedules: measured };
}

/** The probes of each wave; one that several waves reach is in the first only. */
function outputWaves({ schedules }: PreparedSimilarity): readonly (readonly VisitId[])[] {
  const seen = new Set<VisitId>();
  return waves(schedules).map((wave) =>
    wave.schedules
      .flatMap((index) => {
        const { gram, captures } = schedules[index]!;
        return [gram, ...captures.map(({ probe }) => probe)];
      })
      .filter((probe) => !seen.has(probe) && seen.add(probe)),
  );
}
