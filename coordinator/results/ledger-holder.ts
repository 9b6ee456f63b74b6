// The side file <ledger>.holder, which says who holds a ledger. It is for people:
// the lock itself is SQLite's, so a side file left by a killed process blocks nobody.
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";

const holderSchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  command: z.string(),
  since: z.string(),
});

export type LedgerHolder = Readonly<z.infer<typeof holderSchema>>;

const COMMAND_LIMIT = 200;

/** Call with the lock held. */
export function writeHolder(ledgerFile: string): void {
  const command = process.argv.join(" ");
  const holder: LedgerHolder = {
    pid: process.pid,
    host: hostname(),
    command: command.length > COMMAND_LIMIT ? `${command.slice(0, COMMAND_LIMIT)}…` : command,
    since: new Date().toISOString(),
  };
  const temporary = `${holderFile(ledgerFile)}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(holder)}\n`);
    renameSync(temporary, holderFile(ledgerFile));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Call while the lock is still held: afterwards the file may already be the next holder's. */
export function removeHolder(ledgerFile: string): void {
  rmSync(holderFile(ledgerFile), { force: true });
}

/** null: no side file, or one left by a process that is dead. */
export function readHolder(ledgerFile: string): LedgerHolder | null {
  try {
    const holder = holderSchema.parse(JSON.parse(readFileSync(holderFile(ledgerFile), "utf8")));
    return holder.host === hostname() && !isAlive(holder.pid) ? null : holder;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, but another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function holderFile(ledgerFile: string): string {
  return `${ledgerFile}.holder`;
}
