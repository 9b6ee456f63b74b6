// Coordinators, workers and clients as processes of their own, for tests. What a test
// leaves running is killed when its file ends.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { loadCredentials } from "../../proto/credentials.js";
import type { SweepProgress } from "../../proto/sweep-words.js";
import { connectSweeps, type SweepsClient } from "../../proto/sweeps-client.js";
import { freshPath, home } from "./run-cli.js";

const cli = fileURLToPath(new URL("../../coordinator/cli.js", import.meta.url));

/** Where the demo is imported to by any sweep of a test file. */
export const store = join(home, "models");

export interface EndedProcess {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** stdout and stderr, as they came. */
  readonly said: string;
}

export interface RunningProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedProcess>;
  /** Resolves when what it says matches; rejects when it ends without. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface RunningCoordinator extends RunningProcess {
  /** HOST:PORT. */
  readonly address: string;
}

const running = new Set<RunningProcess>();

after(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all([...running].map(({ ended }) => ended));
});

export function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): RunningProcess {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, PAINTERS_HOME: home, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      for (const look of listeners) look();
    });
  }
  const ended = new Promise<EndedProcess>((resolve, reject) => {
    child.on("error", reject).on("close", (code, signal) => {
      running.delete(started);
      resolve({ code, signal, said });
    });
  });
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(said);
        if (match) resolve(match);
      };
      listeners.add(look);
      look();
      void ended.then(() =>
        reject(new Error(`painters ${args.join(" ")} ended without ${pattern}: ${said}`)),
      );
    });
  const started = { child, ended, until };
  running.add(started);
  return started;
}

export function run(...args: readonly string[]): Promise<EndedProcess> {
  return start(args).ended;
}

/** Resolves when it listens. */
export async function startCoordinator(
  {
    state = freshPath("state"),
    listen = "127.0.0.1:0",
  }: { readonly state?: string; readonly listen?: string },
  ...flags: readonly string[]
): Promise<RunningCoordinator> {
  const coordinator = start(["coordinator", "--listen", listen, "--state", state, ...flags]);
  const [, address] = await coordinator.until(/listening on ([^\s"]+)/);
  return { ...coordinator, address: address! };
}

export function startWorker(
  coordinator: Pick<RunningCoordinator, "address">,
  name: string,
  ...flags: readonly string[]
): RunningProcess {
  const place = flags.includes("--store") ? [] : ["--store", store];
  return start(["worker", "--coordinator", coordinator.address, "--name", name, ...place, ...flags]);
}

/** To be closed. */
export async function clientOf({ address }: Pick<RunningCoordinator, "address">): Promise<SweepsClient> {
  return connectSweeps({ address, credentials: await loadCredentials({ tls: null, insecure: false }) });
}

export async function sweepsOf(coordinator: RunningCoordinator): Promise<readonly SweepProgress[]> {
  const client = await clientOf(coordinator);
  return client.list().finally(() => client.close());
}

/** Process ids that a process started. */
export function childrenOf({ child }: RunningProcess): readonly number[] {
  const text = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim();
  return text === "" ? [] : text.split(" ").map(Number);
}

/** HOST:PORT at which nothing listens. */
export async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}
