// The ledger: every score ever computed, in one SQLite file. A sweep asks it what is
// missing, records what workers return, and reads all of it back for the results.
// Never open the file by other means in this process: closing any descriptor drops SQLite's lock.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import type { RequestScore } from "../../models/token-row.js";
import type { DocumentKey } from "./document-key.js";
import {
  type LedgerConflict,
  LedgerConflictError,
  LedgerFileError,
  LedgerHeldError,
  LedgerWriteError,
} from "./ledger-errors.js";
import { readHolder, removeHolder, writeHolder } from "./ledger-holder.js";
import { enterSchema, isSqliteCode, LedgerSchemaError, leaveSchema, sqliteCode } from "./ledger-schema.js";
import { bytesAt, numberAt, prepareStatements, textAt } from "./ledger-statements.js";
import { decodeScores, encodeScores } from "./score-bytes.js";

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

/** How many entries of one call were new, and how many stood in the ledger already, bit for bit. */
export interface Recorded {
  readonly added: number;
  readonly known: number;
}

/** Documents per query: keeps SQLite's strings far below its limit of 1e9 bytes. */
const CHUNK = 10_000;

export class Ledger {
  readonly #database: Database.Database;
  /** Of every document in the file: a sweep asks for each under hundreds of schedules. */
  readonly #documentIds = new Map<DocumentKey, number>();
  readonly #schedules = new Map<ContextId, string>();
  readonly #statements: ReturnType<typeof prepareStatements>;
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
    return this.#guarded(() => {
      const byId = new Map<number, DocumentKey>();
      const missing = new Set<DocumentKey>();
      for (const document of documents) {
        const id = this.#documentIds.get(document);
        if (id === undefined) missing.add(document);
        else byId.set(id, document);
      }
      for (const ids of chunks([...byId.keys()])) {
        for (const row of this.#statements.missing.iterate(JSON.stringify(ids), context)) {
          const document = byId.get(numberAt(row, 0));
          if (document !== undefined) missing.add(document);
        }
      }
      return missing.size === 0 ? [] : [...new Set(documents)].filter((document) => missing.has(document));
    });
  }

  /** The scores of each document in turn; undefined where there is no record. */
  read(context: ContextId, documents: readonly DocumentKey[]): (readonly RequestScore[] | undefined)[] {
    return this.#guarded(() => {
      const ids = documents.map((document) => this.#documentIds.get(document));
      const known = [...new Set(ids.filter((id) => id !== undefined))];
      const scores = new Map<number, readonly RequestScore[]>();
      for (const chunk of chunks(known)) {
        // One row for thousands of records: crossing into SQLite row by row is four times slower.
        const row = this.#statements.read.get(JSON.stringify(chunk), context);
        const [found, values] = [textAt(row, 0), textAt(row, 1)];
        if (found === "") continue;
        const hexes = values.split(",");
        found.split(",").forEach((id, i) => {
          scores.set(Number(id), this.#decode(Buffer.from(hexes[i] ?? "", "hex")));
        });
      }
      return ids.map((id) => (id === undefined ? undefined : scores.get(id)));
    });
  }

  /**
   * Stores all entries in one transaction; they are on the disk when this returns. An entry that is
   * recorded already is compared bit for bit. If any differs the others are stored all the same,
   * the recorded scores stay, and a LedgerConflictError says which.
   */
  record(entries: readonly LedgerEntry[]): Recorded {
    const conflicts: LedgerConflict[] = [];
    const newDocuments: DocumentKey[] = [];
    let added = 0;
    this.#guarded(() => {
      try {
        this.#inTransaction(() => {
          for (const entry of entries) {
            const document = this.#addDocument(entry.document, newDocuments);
            const bytes = encodeScores(entry.scores);
            if (this.#statements.addRecord.run([entry.context, document, bytes]).changes === 1) added += 1;
            else conflicts.push(...this.#compare(entry, document, bytes));
          }
        });
      } catch (error) {
        for (const document of newDocuments) this.#documentIds.delete(document);
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

  /** Lets go of the file. What was recorded is safe without it: a killed process loses nothing. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    removeHolder(this.file);
    leaveSchema(this.#database);
  }

  #compare(entry: LedgerEntry, document: number, computed: Buffer): LedgerConflict[] {
    const recorded = bytesAt(this.#statements.findRecord.get([entry.context, document]), 0);
    if (recorded.equals(computed)) return [];
    return [
      {
        context: entry.context,
        document: entry.document,
        recorded: describeScores(this.#decode(recorded)),
        computed: describeScores(entry.scores),
      },
    ];
  }

  #addDocument(document: DocumentKey, added: DocumentKey[]): number {
    const known = this.#documentIds.get(document);
    if (known !== undefined) return known;
    const id = Number(this.#statements.addDocument.run([Buffer.from(document, "hex")]).lastInsertRowid);
    this.#documentIds.set(document, id);
    added.push(document);
    return id;
  }

  #decode(bytes: Buffer): readonly RequestScore[] {
    const scores = decodeScores(bytes);
    if (scores === null)
      throw new LedgerFileError(
        this.file,
        "is damaged: a record holds no scores; restore it or start a new one",
      );
    return scores;
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

function describeScores(scores: readonly RequestScore[]): string {
  return `[${scores.map((score) => `${score.logLikelihood}${score.isGreedy ? " greedy" : ""}`).join(", ")}]`;
}

function* chunks(ids: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < ids.length; at += CHUNK) yield ids.slice(at, at + CHUNK);
}
