// A table of the ledger with one value per context and document, as scores and generations
// are kept: what is missing, what is there, what is new. Transactions are the ledger's.
import type Database from "libsql";
import type { DocumentKey } from "./document-key.js";
import type { ContextId } from "./ledger.js";
import type { LedgerConflict } from "./ledger-errors.js";
import { bytesAt, numberAt, textAt } from "./ledger-statements.js";

/** How a table's values are stored. Equal values have equal bytes. */
export interface RecordFormat<Value> {
  readonly table: "record" | "generation";
  readonly column: "scores" | "tokens";
  encode(value: Value): Buffer;
  /** null where the bytes cannot be a value: a damaged record. */
  decode(bytes: Buffer): Value | null;
  describe(value: Value): string;
}

export interface RecordEntry<Value> {
  readonly context: ContextId;
  readonly document: DocumentKey;
  readonly value: Value;
}

/** Small numbers for document keys, shared by the tables. */
export interface DocumentIds {
  find(document: DocumentKey): number | undefined;
  /** The document's number, made when it is new; within a transaction. */
  add(document: DocumentKey): number;
}

/** Documents per query: keeps SQLite's strings far below its limit of 1e9 bytes. */
const CHUNK = 10_000;

export class RecordTable<Value> {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(
    database: Database.Database,
    readonly ids: DocumentIds,
    readonly format: RecordFormat<Value>,
    /** What to throw on a value that is none. */
    readonly damage: () => Error,
  ) {
    this.#statements = prepareStatements(database, format);
  }

  /** Those of the documents without a record, each once, in the order given. */
  missing(context: ContextId, documents: readonly DocumentKey[]): DocumentKey[] {
    const byId = new Map<number, DocumentKey>();
    const missing = new Set<DocumentKey>();
    for (const document of documents) {
      const id = this.ids.find(document);
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
  }

  /** The value of each document in turn; undefined where there is no record. */
  read(context: ContextId, documents: readonly DocumentKey[]): (Value | undefined)[] {
    const ids = documents.map((document) => this.ids.find(document));
    const known = [...new Set(ids.filter((id) => id !== undefined))];
    const values = new Map<number, Value>();
    for (const chunk of chunks(known)) {
      // One row for thousands of records: crossing into SQLite row by row is four times slower.
      const row = this.#statements.read.get(JSON.stringify(chunk), context);
      const [found, stored] = [textAt(row, 0), textAt(row, 1)];
      if (found === "") continue;
      const hexes = stored.split(",");
      found.split(",").forEach((id, i) => {
        values.set(Number(id), this.#decode(Buffer.from(hexes[i] ?? "", "hex")));
      });
    }
    return ids.map((id) => (id === undefined ? undefined : values.get(id)));
  }

  /** Stores an entry unless it is there; then, if it differs, returns how. Within a transaction. */
  add(entry: RecordEntry<Value>): "added" | "known" | LedgerConflict {
    const document = this.ids.add(entry.document);
    const computed = this.format.encode(entry.value);
    if (this.#statements.add.run([entry.context, document, computed]).changes === 1) return "added";
    const recorded = bytesAt(this.#statements.find.get([entry.context, document]), 0);
    if (recorded.equals(computed)) return "known";
    return {
      context: entry.context,
      document: entry.document,
      recorded: this.format.describe(this.#decode(recorded)),
      computed: this.format.describe(entry.value),
    };
  }

  #decode(bytes: Buffer): Value {
    const value = this.format.decode(bytes);
    if (value === null) throw this.damage();
    return value;
  }
}

function prepareStatements(
  database: Database.Database,
  { table, column }: Pick<RecordFormat<unknown>, "table" | "column">,
) {
  const query = (sql: string) => database.prepare<unknown[]>(sql).raw();
  return {
    add: database.prepare<unknown[]>(
      `INSERT INTO ${table} (context, document, ${column}) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    find: query(`SELECT ${column} FROM ${table} WHERE context = ? AND document = ?`),
    missing: query(
      `SELECT value FROM json_each(?1) WHERE NOT EXISTS
         (SELECT 1 FROM ${table} WHERE context = ?2 AND document = value)`,
    ),
    // CROSS JOIN: the list first, then a search a document; left to itself SQLite goes through the list for every record.
    read: query(
      `SELECT coalesce(group_concat(document), ''), coalesce(group_concat(hex(${column})), '')
         FROM (SELECT document, ${column} FROM json_each(?1) CROSS JOIN ${table} ON context = ?2 AND document = value)`,
    ),
  };
}

function* chunks(ids: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < ids.length; at += CHUNK) yield ids.slice(at, at + CHUNK);
}
