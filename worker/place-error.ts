// What goes wrong between a place and those who talk to it. Returned, never
// thrown: the worker reports it, and the process goes on.
import type { StateId } from "../coordinator/placement/place-plan.js";

/** Someone broke the protocol: our bug or a foreign program. */
export class PlaceError extends Error {
  override readonly name = "PlaceError";

  constructor(
    readonly what: string,
    readonly epoch: number,
    readonly injection: number | null = null,
    readonly state: StateId | null = null,
  ) {
    const parts = [
      `epoch ${epoch}`,
      ...(injection === null ? [] : [`injection ${injection}`]),
      ...(state === null ? [] : [`state ${state}`]),
    ];
    super(`${what} (${parts.join(", ")})`);
  }
}
