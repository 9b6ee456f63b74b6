// The ledger's tables and its settings: what happens to a SQLite file between
// being opened and being a ledger that this process alone holds.
import type Database from "libsql";

/** "pntr": tells a ledger from another program's SQLite file. */
const APPLICATION_ID = 0x706e7472;
const SCHEMA_VERSION = 1;

// Documents have small ids because a sweep records a document under hundreds of schedules. Ids
// grow, so each context's part of the record table is appended to and not written all over.
const TABLES = `
  CREATE TABLE context (
    id INTEGER PRIMARY KEY,
    numerics TEXT NOT NULL,
    model TEXT NOT NULL,
    schedule TEXT NOT NULL,
    UNIQUE (numerics, model, schedule)
  );
  CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE
  );
  CREATE TABLE record (
    context INTEGER NOT NULL,
    document INTEGER NOT NULL,
    scores BLOB NOT NULL,
    PRIMARY KEY (context, document)
  ) WITHOUT ROWID;
  CREATE TABLE epoch (
    last INTEGER NOT NULL
  );
  INSERT INTO epoch VALUES (0);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** Came with a later painters: a ledger without them gets them, and an older painters never looks. */
const LATER_TABLES = `
  CREATE TABLE IF NOT EXISTS latency (
    context INTEGER PRIMARY KEY,
    critical_path_ms REAL NOT NULL,
    work_ms REAL NOT NULL,
    tokens INTEGER NOT NULL
  );
  CREATE TABLE IF NOT EXISTS generation (
    context INTEGER NOT NULL,
    document INTEGER NOT NULL,
    tokens BLOB NOT NULL,
    PRIMARY KEY (context, document)
  ) WITHOUT ROWID;
`;

/** The file is SQLite's but not a ledger this version can use; the message continues "ledger FILE ...". */
export class LedgerSchemaError extends Error {
  override readonly name = "LedgerSchemaError";
}

/** Takes the lock for the connection's lifetime and makes or checks the tables. A file it refuses stays as it was. */
export function enterSchema(database: Database.Database): void {
  // Before the first access to the file: only then WAL needs no shared memory and the lock is never given up.
  database.exec("PRAGMA locking_mode=EXCLUSIVE");
  database.exec("PRAGMA synchronous=FULL");
  database.exec("PRAGMA cache_size=-65536"); // KiB
  database.exec("PRAGMA journal_size_limit=67108864"); // bytes
  const isNew = first(database, "SELECT count(*) FROM sqlite_master") === 0;
  if (!isNew) checkVersion(database);
  if (first(database, "PRAGMA journal_mode=WAL") !== "wal") {
    throw new LedgerSchemaError("is on a file system without write-ahead logging; keep it on a local disk");
  }
  database.exec("BEGIN IMMEDIATE");
  if (isNew) database.exec(TABLES);
  database.exec(LATER_TABLES);
  database.exec("COMMIT");
}

/**
 * Gives up the lock and closes. libsql finalises statements when they are collected, and until then
 * a merely closed connection would keep its lock.
 */
export function leaveSchema(database: Database.Database): void {
  try {
    database.exec("PRAGMA journal_mode=DELETE");
    database.exec("PRAGMA locking_mode=NORMAL");
    first(database, "SELECT count(*) FROM sqlite_master");
  } catch {
    // A full disk: the write-ahead log stays and is read at the next opening; the lock goes with this process.
  }
  database.close();
}

function checkVersion(database: Database.Database): void {
  if (first(database, "PRAGMA application_id") !== APPLICATION_ID) {
    throw new LedgerSchemaError("is another program's SQLite file; name a file that does not exist yet");
  }
  const version = first(database, "PRAGMA user_version");
  if (version !== SCHEMA_VERSION) {
    throw new LedgerSchemaError(
      `has format version ${version}, and this painters reads version ${SCHEMA_VERSION}; use the painters that wrote it, or name another file`,
    );
  }
}

/** The first value of the first row. */
function first(database: Database.Database, sql: string): unknown {
  const row = database.prepare(sql).raw().get();
  return Array.isArray(row) ? row[0] : undefined;
}

/** SQLite's name of an error, such as SQLITE_FULL; undefined where the error is not SQLite's. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code.startsWith("SQLITE_") ? error.code : undefined;
}

/** Whether a code is the primary one or one of its extended forms: IOERR covers SQLITE_IOERR_WRITE. */
export function isSqliteCode(code: string, primary: string): boolean {
  return code === `SQLITE_${primary}` || code.startsWith(`SQLITE_${primary}_`);
}
