// What a sweep left in its folder, in the form in which two sweeps are compared.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import type { Summary } from "../../coordinator/results/summary-file.js";
import { readJson } from "./run-cli.js";

/** The counts that a finished sweep reports. */
export function countsIn(stdout: string): { readonly computed: number; readonly known: number } {
  const found = /^(\d+) scores computed, (\d+) known before/m.exec(stdout);
  if (!found) throw new Error(`no counts in ${stdout}`);
  return { computed: Number(found[1]), known: Number(found[2]) };
}

/** The rows of summary.json as text; its header has times and the command. */
export function summaryRows(out: string): string {
  const { rows, medians } = readJson<Summary>(out, "summary.json");
  return JSON.stringify({ rows, medians });
}

/** The contents of all samples files, by `SCHEDULE'S FOLDER/TASK`. */
export function samplesIn(out: string): ReadonlyMap<string, string> {
  const samples = new Map<string, string>();
  for (const folder of readdirSync(join(out, "harness")).sort()) {
    for (const file of readdirSync(join(out, "harness", folder)).sort()) {
      const task = /^samples_(.*)_\d{4}-\d\d-\d\dT.*\.jsonl$/.exec(file)?.[1];
      if (task === undefined) continue;
      samples.set(`${folder}/${task}`, readFileSync(join(out, "harness", folder, file), "utf8"));
    }
  }
  return samples;
}

/** Every document's scores as they are written, by `SCHEDULE'S FOLDER/TASK/DOCUMENT`. */
export function scoresIn(out: string): ReadonlyMap<string, string> {
  const scores = new Map<string, string>();
  for (const [name, text] of samplesIn(out)) {
    for (const line of text.trimEnd().split("\n")) {
      const { doc_id: document, resps } = JSON.parse(line) as { doc_id: number; resps: unknown };
      scores.set(`${name}/${document}`, JSON.stringify(resps));
    }
  }
  return scores;
}

/** Records in a ledger that nobody holds, read from a copy so that its write-ahead log stays as it was left. */
export function recordCount(out: string): number {
  const folder = mkdtempSync(join(tmpdir(), "painters-copy-"));
  try {
    for (const suffix of ["", "-wal"]) {
      const file = join(out, `ledger.sqlite${suffix}`);
      if (existsSync(file)) copyFileSync(file, join(folder, `ledger.sqlite${suffix}`));
    }
    const database = new Database(join(folder, "ledger.sqlite"));
    const hasTables = database
      .prepare("SELECT count(*) FROM sqlite_master WHERE name = 'record'")
      .raw()
      .get();
    const row =
      (hasTables as number[])[0] === 0 ? [0] : database.prepare("SELECT count(*) FROM record").raw().get();
    database.close();
    return (row as number[])[0]!;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
