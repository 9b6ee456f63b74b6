// The ledger's queries but for those of records, and the one place where what SQLite returns becomes typed.
import type Database from "libsql";

// Every statement takes its parameters as one array and returns rows as arrays (raw).
export function prepareStatements(database: Database.Database) {
  const query = (sql: string) => database.prepare<unknown[]>(sql).raw();
  return {
    addContext: database.prepare<unknown[]>(
      "INSERT INTO context (numerics, model, schedule) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    ),
    findContext: query("SELECT id FROM context WHERE numerics = ? AND model = ? AND schedule = ?"),
    lastEpoch: query("SELECT last FROM epoch"),
    persistEpoch: database.prepare<unknown[]>("UPDATE epoch SET last = max(last, ?)"),
    addLatency: database.prepare<unknown[]>(
      `INSERT INTO latency (context, critical_path_ms, work_ms, tokens) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET critical_path_ms = critical_path_ms + excluded.critical_path_ms,
         work_ms = work_ms + excluded.work_ms, tokens = tokens + excluded.tokens`,
    ),
    latency: query("SELECT critical_path_ms, work_ms, tokens FROM latency WHERE context = ?"),
    addDocument: database.prepare<unknown[]>("INSERT INTO document (key) VALUES (?)"),
    documents: query("SELECT id, key FROM document"),
  };
}

// Rows come from our own queries on our own columns: another type is a damaged file.
function cell(row: unknown, column: number): unknown {
  return Array.isArray(row) ? row[column] : undefined;
}

export function numberAt(row: unknown, column: number): number {
  const value = cell(row, column);
  if (typeof value !== "number") throw new TypeError(`expected a number from SQLite, got ${typeof value}`);
  return value;
}

export function textAt(row: unknown, column: number): string {
  const value = cell(row, column);
  if (typeof value !== "string") throw new TypeError(`expected text from SQLite, got ${typeof value}`);
  return value;
}

export function bytesAt(row: unknown, column: number): Buffer {
  const value = cell(row, column);
  if (!Buffer.isBuffer(value)) throw new TypeError(`expected bytes from SQLite, got ${typeof value}`);
  return value;
}
