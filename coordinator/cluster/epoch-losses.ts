// What a lost worker takes with it: its epochs, and the documents that were on it,
// which may be why it is lost.
import type { ConnectionId, DispatchAction } from "./dispatch.js";
import type { Epochs } from "./epochs.js";
import type { Work } from "./work.js";

/**
 * Aborts the epochs of a worker. Only documents in flight on the worker itself are blamed; one that was
 * alone on all its workers is at its third loss and given up.
 * @returns the documents that wait again
 */
export function loseWorker(
  connection: ConnectionId,
  epochs: Epochs,
  work: Work,
  act: (action: DispatchAction) => void,
): readonly number[] {
  const epochsLost = epochs.living.filter((epoch) => epoch.has(connection));
  const onWorker = epochsLost.flatMap((epoch) =>
    [...epoch.inFlight.values()].filter(({ reserved }) =>
      [...reserved.keys()].some((place) => epoch.memberAt(place)!.connection === connection),
    ),
  );
  for (const document of new Set(onWorker.flatMap(({ documents }) => documents))) work.blame(document);
  const waiting = epochsLost.flatMap((epoch) => epochs.abort(epoch));
  const alone = onWorker.filter((injection) => injection.alone).flatMap(({ documents }) => documents);
  for (const document of new Set(alone)) {
    const heads = work.giveUp(document);
    if (heads.length === 0) continue;
    const reason = "three workers were lost with it, the last one while it ran alone";
    act({ kind: "document-failed", document, heads, reason });
  }
  return waiting.filter((document) => !alone.includes(document));
}

/** Documents of the last loss, until the first of them is injected again. */
export class LostDocuments {
  #lost: { readonly sinceMs: number; readonly documents: ReadonlySet<number> } | null = null;

  add(documents: readonly number[], nowMs: number): void {
    if (documents.length > 0) this.#lost = { sinceMs: nowMs, documents: new Set(documents) };
  }

  /** @returns how long after the loss; null: none of them was lost */
  injected(documents: readonly number[], nowMs: number): number | null {
    const lost = this.#lost;
    if (!lost || !documents.some((document) => lost.documents.has(document))) return null;
    this.#lost = null;
    return nowMs - lost.sinceMs;
  }
}
