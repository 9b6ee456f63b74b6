// Workers as processes of their own, started by hand so that a test knows their pids
// and may do to them what it likes. None outlives its test file.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../worker/cli.js", import.meta.url));

export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** All of its stderr so far. */
  said(): string;
  /** Resolves to the match when stderr has one; rejects when the process ends without. */
  untilSays(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface WorkerFlags {
  readonly coordinator: string;
  readonly name: string;
  readonly store: string;
  readonly devices?: number;
  readonly advertise?: string;
  readonly "shared-memory"?: boolean;
}

const started: WorkerProcess[] = [];
after(async () => {
  for (const { child } of started) child.kill("SIGKILL");
  await Promise.all(started.map(({ ended }) => ended));
});

export function startWorker(flags: WorkerFlags): WorkerProcess {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended: WorkerProcess["ended"] = new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => resolve({ code, signal }));
  });
  const worker: WorkerProcess = {
    child,
    pid: child.pid!,
    ended,
    said: () => said,
    async untilSays(pattern) {
      for (;;) {
        const match = pattern.exec(said);
        if (match) return match;
        const more = new AbortController();
        const next = once(child.stderr, "data", { signal: more.signal }).then(() => true);
        const isAlive = await Promise.race([next, ended.then(() => false)]);
        more.abort();
        next.catch(() => undefined);
        if (!isAlive) throw new Error(`${flags.name} ended without saying ${pattern}: ${said}`);
      }
    },
  };
  started.push(worker);
  return worker;
}

/** Asks for an orderly end, which must be one. */
export async function endWorkers(workers: readonly WorkerProcess[]): Promise<void> {
  for (const { child } of workers) child.kill("SIGTERM");
  for (const { ended, said } of workers) assert.deepEqual(await ended, { code: 0, signal: null }, said());
}

/** Pids of the processes that this one started and that live; zombies do not. */
export function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const stat = statOf(Number(entry));
    return stat?.parent === parent && stat.state !== "Z" ? [Number(entry)] : [];
  });
}

export async function untilGone(pids: readonly number[], withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  const living = (): readonly number[] => pids.filter((pid) => (statOf(pid)?.state ?? "Z") !== "Z");
  while (living().length > 0) {
    assert.ok(performance.now() < deadline, `processes ${living().join(", ")} still live`);
    await sleep(20);
  }
}

function statOf(pid: number): { readonly state: string; readonly parent: number } | null {
  try {
    // The command, in brackets, may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state: state!, parent: Number(parent) };
  } catch {
    return null;
  }
}
