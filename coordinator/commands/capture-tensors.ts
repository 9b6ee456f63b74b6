// What captured states are called in their file, and which probe finds them.
import type { CapturedState } from "../graph/probe-graph.js";
import type { VisitId } from "../graph/sweep-graph.js";
import type { CapturedTensor } from "./capture-file.js";
import type { PreparedSimilarity } from "./prepare-similarity.js";

/** The tensors of one state of one document: schedules that share the state have one each. */
interface NamedStates {
  readonly names: readonly string[];
  /** Of each. */
  readonly bytes: number;
}

type Captures = Pick<PreparedSimilarity, "schedules" | "documents" | "manifest">;

/** Document after document, as the file has them. */
export function capturedTensors({ schedules, documents, manifest }: Captures): readonly CapturedTensor[] {
  const { hiddenSize } = manifest.config;
  return documents.flatMap(({ docId, row }) =>
    schedules.flatMap(({ captures }, schedule) =>
      captures.map((capture) => ({
        name: tensorName(docId, capture, schedules.length > 1 ? schedule : null),
        shape: [row.tokens.length, hiddenSize],
      })),
    ),
  );
}

/** By probe, then by document in the order given. */
export function tensorsByProbe({
  schedules,
  documents,
  manifest,
}: Captures): ReadonlyMap<VisitId, readonly NamedStates[]> {
  const { hiddenSize } = manifest.config;
  const capturesOf = new Map<VisitId, { readonly capture: CapturedState; readonly schedule: number }[]>();
  for (const [schedule, { captures }] of schedules.entries()) {
    for (const capture of captures) {
      const own = capturesOf.get(capture.probe) ?? [];
      capturesOf.set(capture.probe, own);
      own.push({ capture, schedule });
    }
  }
  return new Map(
    [...capturesOf].map(([probe, own]) => [
      probe,
      documents.map(({ docId, row }) => ({
        names: own.map(({ capture, schedule }) =>
          tensorName(docId, capture, schedules.length > 1 ? schedule : null),
        ),
        bytes: row.tokens.length * hiddenSize * 4,
      })),
    ]),
  );
}

/**
 * `document.0.layer.4.input` (`layer.4.attn.input` of half a layer), with `.2` where the layer is applied a second time; `document.0.output`. With
 * several schedules `schedule.1.` stands before it.
 */
function tensorName(docId: number, { state, occurrence }: CapturedState, schedule: number | null): string {
  const before = schedule === null ? "" : `schedule.${schedule}.`;
  const again = occurrence === 0 ? "" : `.${occurrence + 1}`;
  return `${before}document.${docId}.${state === "out" ? "output" : `layer.${state}.input${again}`}`;
}

/** Every value is a text, as the format wants it. */
export function captureMetadata({
  manifest,
  schedules,
  task,
  documents,
}: PreparedSimilarity): Readonly<Record<string, string>> {
  return {
    producer: "painters similarity",
    model: manifest.name,
    fingerprint: manifest.fingerprint,
    task,
    documents: String(documents.length),
    schedules: JSON.stringify(schedules.map(({ name, canonical }) => ({ schedule: name, text: canonical }))),
  };
}
