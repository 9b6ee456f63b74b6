// The ledger: every score and generation ever computed, in one SQLite file. A sweep asks it what is
// missing, records what workers return, and reads all of it back for the results.
// Never open the file by other means in this process: closing any descriptor drops SQLite's lock.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import type { RequestScore } from "../../models/token-row.js";
import type { DocumentKey } from "./document-key.js";
import { generationFormat } from "./generation-record.js";
import {
  type LedgerConflict,
  LedgerConflictError,
  LedgerFileError,
  LedgerHeldError,
  LedgerWriteError,
} from "./ledger-errors.js";
import { readHolder, removeHolder, writeHolder } from "./ledger-holder.js";
import { enterSchema, isSqliteCode, LedgerSchemaError, leaveSchema, sqliteCode } from "./ledger-schema.js";
import { bytesAt, numberAt, prepareStatements } from "./ledger-statements.js";
import { type RecordEntry, RecordTable } from "./record-table.js";
import { scoreFormat } from "./score-bytes.js";

/** What scores depend on besides the document. A changed model never answers for another. */
export interface RecordContext {
  readonly numericsId: string;
  readonly modelFingerprint: string;
  /** Canonical text of the schedule. */
  readonly schedule: string;
}

/** How long a schedule's steps took, summed over micro-batches. */
export interface Latency {
  /** Longest chain of steps that need each other, embedding and head included. */
  readonly criticalPathMs: number;
  /** All steps one after another. */
  readonly workMs: number;
  /** Of those micro-batches, without padding. */
  readonly tokens: number;
}

/** Row id of a context in this ledger. */
export type ContextId = number & { readonly brand: "ContextId" };

export interface LedgerEntry {
  readonly context: ContextId;
  readonly document: DocumentKey;
  /** Of every request of the document, in request order. */
  readonly scores: readonly RequestScore[];
}

export interface GenerationEntry {
  readonly context: ContextId;
  /** Of the generation: `generationKey`. */
  readonly document: DocumentKey;
  /** All that was generated, with the token that ended it. */
  readonly tokens: readonly number[];
}

/** How many entries of one call were new, and how many stood in the ledger already, bit for bit. */
export interface Recorded {
  readonly added: number;
  readonly known: number;
}

export class Ledger {
  readonly #database: Database.Database;
  /** Of every document in the file: a sweep asks for each under hundreds of schedules. */
  readonly #documentIds = new Map<DocumentKey, number>();
  readonly #schedules = new Map<ContextId, string>();
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #scores: RecordTable<readonly RequestScore[]>;
  readonly #generations: RecordTable<readonly number[]>;
  /** Made in the transaction under way. */
  #newDocuments: DocumentKey[] = [];
  #isOpen = true;

  private constructor(
    readonly file: string,
    database: Database.Database,
  ) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    for (const row of this.#statements.documents.iterate([])) {
      this.#documentIds.set(bytesAt(row, 1).toString("hex"), numberAt(row, 0));
    }
    const ids = {
      find: (document: DocumentKey) => this.#documentIds.get(document),
      add: (document: DocumentKey) => this.#addDocument(document),
    };
    const damage = (values: string) => () =>
      new LedgerFileError(file, `is damaged: a record holds no ${values}; restore it or start a new one`);
    this.#scores = new RecordTable(database, ids, scoreFormat, damage("scores"));
    this.#generations = new RecordTable(database, ids, generationFormat, damage("tokens"));
  }

  /** Opens or creates the ledger and holds it, alone, until close() or the end of the process. */
  static open(file: string): Ledger {
    let database: Database.Database | null = null;
    try {
      mkdirSync(dirname(file), { recursive: true });
      database = new Database(file);
      enterSchema(database);
      writeHolder(file);
      return new Ledger(file, database);
    } catch (error) {
      database?.close();
      throw openError(file, error);
    }
  }

  /** The id under which this context's records stand; made when it is new. */
  context(identity: RecordContext): ContextId {
    return this.contexts([identity])[0]!;
  }

  /** The ids of many contexts, new ones made in one transaction. */
  contexts(identities: readonly RecordContext[]): readonly ContextId[] {
    return this.#guarded(() =>
      this.#inTransaction(() =>
        identities.map(({ numericsId, modelFingerprint, schedule }) => {
          const key = [numericsId, modelFingerprint, schedule];
          this.#statements.addContext.run(key);
          const id = numberAt(this.#statements.findContext.get(key), 0) as ContextId;
          this.#schedules.set(id, schedule);
          return id;
        }),
      ),
    );
  }

  /** The highest epoch ever persisted; 0 for none. */
  lastEpoch(): number {
    return this.#guarded(() => numberAt(this.#statements.lastEpoch.get([]), 0));
  }

  /** Durable when it returns, so that no epoch is used twice, over restarts either. */
  persistEpoch(epoch: number): void {
    this.#guarded(() => this.#statements.persistEpoch.run([epoch]));
  }

  /** Adds what was measured to what stands there, over all runs of this ledger. */
  addLatencies(measured: readonly { readonly context: ContextId; readonly latency: Latency }[]): void {
    this.#guarded(() =>
      this.#inTransaction(() => {
        for (const { context, latency } of measured) {
          const { criticalPathMs, workMs, tokens } = latency;
          this.#statements.addLatency.run([context, criticalPathMs, workMs, tokens]);
        }
      }),
    );
  }

  /** null: nothing was measured under this context. */
  latency(context: ContextId): Latency | null {
    const row = this.#guarded(() => this.#statements.latency.get([context]));
    if (row === undefined) return null;
    return { criticalPathMs: numberAt(row, 0), workMs: numberAt(row, 1), tokens: numberAt(row, 2) };
  }

  /** Those of the documents without a record, each once, in the order given. */
  missing(context: ContextId, documents: readonly DocumentKey[]): DocumentKey[] {
    return this.#guarded(() => this.#scores.missing(context, documents));
  }

  /** The same of generations. */
  missingGenerations(context: ContextId, documents: readonly DocumentKey[]): DocumentKey[] {
    return this.#guarded(() => this.#generations.missing(context, documents));
  }

  /** The scores of each document in turn; undefined where there is no record. */
  read(context: ContextId, documents: readonly DocumentKey[]): (readonly RequestScore[] | undefined)[] {
    return this.#guarded(() => this.#scores.read(context, documents));
  }

  /** The tokens of each generation in turn; undefined where there is no record. */
  readGenerations(context: ContextId, documents: readonly DocumentKey[]): (readonly number[] | undefined)[] {
    return this.#guarded(() => this.#generations.read(context, documents));
  }

  /**
   * Stores all entries in one transaction; they are on the disk when this returns. An entry that is
   * recorded already is compared bit for bit. If any differs the others are stored all the same,
   * the recorded scores stay, and a LedgerConflictError says which.
   */
  record(entries: readonly LedgerEntry[]): Recorded {
    const named = entries.map(({ context, document, scores }) => ({ context, document, value: scores }));
    return this.#record(this.#scores, named);
  }

  /** The same of generations. */
  recordGenerations(entries: readonly GenerationEntry[]): Recorded {
    const named = entries.map(({ context, document, tokens }) => ({ context, document, value: tokens }));
    return this.#record(this.#generations, named);
  }

  /** Lets go of the file. What was recorded is safe without it: a killed process loses nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    removeHolder(this.file);
    leaveSchema(this.#database);
  }

  #record<Value>(table: RecordTable<Value>, entries: readonly RecordEntry<Value>[]): Recorded {
    const conflicts: LedgerConflict[] = [];
    let added = 0;
    this.#guarded(() => {
      this.#newDocuments = [];
      try {
        this.#inTransaction(() => {
          for (const entry of entries) {
            const outcome = table.add(entry);
            if (outcome === "added") added += 1;
            else if (outcome !== "known") conflicts.push(outcome);
          }
        });
      } catch (error) {
        for (const document of this.#newDocuments) this.#documentIds.delete(document);
        throw error;
      }
    });
    const first = conflicts[0];
    if (first !== undefined) {
      const schedule = this.#schedules.get(first.context as ContextId) ?? `of context ${first.context}`;
      throw new LedgerConflictError(this.file, conflicts, schedule);
    }
    return { added, known: entries.length - added };
  }

  #addDocument(document: DocumentKey): number {
    const known = this.#documentIds.get(document);
    if (known !== undefined) return known;
    const id = Number(this.#statements.addDocument.run([Buffer.from(document, "hex")]).lastInsertRowid);
    this.#documentIds.set(document, id);
    this.#newDocuments.push(document);
    return id;
  }

  #inTransaction<Result>(work: () => Result): Result {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // SQLite may have rolled back by itself, as it does on a full disk.
      if (this.#database.inTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  #guarded<Result>(work: () => Result): Result {
    if (!this.#isOpen) throw new Error(`ledger ${this.file} is closed`);
    try {
      return work();
    } catch (error) {
      const code = sqliteCode(error);
      if (code === undefined) throw error;
      if (isDamage(code)) throw damaged(this.file, error);
      throw new LedgerWriteError(this.file, code, { cause: error });
    }
  }
}

function openError(file: string, error: unknown): unknown {
  if (error instanceof LedgerSchemaError) return new LedgerFileError(file, error.message, { cause: error });
  const code = sqliteCode(error);
  if (code !== undefined) {
    if (isSqliteCode(code, "BUSY") || isSqliteCode(code, "LOCKED"))
      return new LedgerHeldError(file, readHolder(file));
    if (isDamage(code)) return damaged(file, error);
    if (isSqliteCode(code, "FULL") || isSqliteCode(code, "IOERR"))
      return new LedgerWriteError(file, code, { cause: error });
  }
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
    return new LedgerWriteError(file, "SQLITE_FULL", { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new LedgerFileError(file, `cannot be opened (${reason}); name a file in a folder you may write to`, {
    cause: error,
  });
}

function damaged(file: string, cause: unknown): LedgerFileError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new LedgerFileError(
    file,
    `is not a ledger or is damaged (${reason}); name another file, or restore this one from a copy`,
    { cause },
  );
}

function isDamage(code: string): boolean {
  return isSqliteCode(code, "NOTADB") || isSqliteCode(code, "CORRUPT");
}
