// What can go wrong with a ledger. Each says which file, what to do about it, and
// by its exit code whether the caller (2) or the machine (1) can.
import type { LedgerHolder } from "./ledger-holder.js";

/** Another process has the ledger open. */
export class LedgerHeldError extends Error {
  override readonly name = "LedgerHeldError";
  readonly exitCode = 2;

  constructor(
    readonly file: string,
    /** null: the holder has not named itself (it is opening or closing the ledger right now). */
    readonly holder: LedgerHolder | null,
  ) {
    const who =
      holder === null
        ? "another process, which has not named itself yet"
        : `process ${holder.pid} on ${holder.host} since ${holder.since} (${holder.command})`;
    super(
      `ledger ${file} is held by ${who}: only one sweep can use a ledger at a time; wait for it, stop it, or name another ledger`,
    );
  }
}

/** The file is no ledger, is damaged, was written by a newer painters, or cannot be opened. */
export class LedgerFileError extends Error {
  override readonly name = "LedgerFileError";
  readonly exitCode = 2;

  constructor(
    readonly file: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`ledger ${file} ${problem}`, options);
  }
}

/** Nothing of the failed call is stored; everything acknowledged before it is. */
export class LedgerWriteError extends Error {
  override readonly name = "LedgerWriteError";
  readonly exitCode = 1;

  constructor(
    readonly file: string,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    const problem = code.startsWith("SQLITE_FULL") ? "the disk is full" : `the disk failed (${code})`;
    super(
      `cannot write to ledger ${file}: ${problem}; all scores recorded before are safe: make room and run the same command again to go on`,
      options,
    );
  }
}

/** One record that exists with other bits. */
export interface LedgerConflict {
  readonly context: number;
  readonly document: string;
  readonly recorded: string;
  readonly computed: string;
}

/** The alarm: a score or a generation was computed twice and differed, though it is a function of its key alone. */
export class LedgerConflictError extends Error {
  override readonly name = "LedgerConflictError";
  readonly exitCode = 1;

  constructor(
    readonly file: string,
    readonly conflicts: readonly LedgerConflict[],
    schedule: string,
  ) {
    const first = conflicts[0];
    const more = conflicts.length > 1 ? ` and ${conflicts.length - 1} more` : "";
    super(
      `ledger ${file} holds another record of document ${first?.document} under schedule ${schedule}${more}: recorded ${first?.recorded}, computed ${first?.computed}; what is recorded is kept. Either a worker computes wrongly or two kinds of hardware share one numerics id: check the workers, or start a new ledger`,
    );
  }
}
