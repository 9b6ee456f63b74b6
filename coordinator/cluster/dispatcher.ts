// Distributes a sweep over workers.
import type { DispatchAction, DispatchEvent, DispatchOptions, DispatchStatus } from "./dispatch.js";

export class Dispatcher {
  constructor(readonly options: DispatchOptions) {}

  /** What follows from an event, to be done in order. */
  handle(_event: DispatchEvent): readonly DispatchAction[] {
    throw new Error("being written");
  }

  status(): DispatchStatus {
    throw new Error("being written");
  }
}
