// What clients and the coordinator say about sweeps, as plain data.

export const sweepStates = ["queued", "running", "done", "failed", "cancelled"] as const;
export type SweepState = (typeof sweepStates)[number];

export interface SweepProgress {
  readonly id: string;
  readonly state: SweepState;
  /** Records in the ledger, of `total` wanted. */
  readonly recorded: number;
  readonly total: number;
  /** Workers attached. */
  readonly workers: number;
  /** What a person should know; empty: nothing. */
  readonly message: string;
  /** Null while it cannot be told. */
  readonly etaSeconds: number | null;
}

/** Whether nothing more will come of it. */
export function hasEnded(state: SweepState): boolean {
  return state === "done" || state === "failed" || state === "cancelled";
}

/** A piece of a result file; pieces of one path follow each other. */
export interface FileChunk {
  /** Relative to the results folder, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
