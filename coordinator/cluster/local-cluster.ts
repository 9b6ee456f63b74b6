// A throw-away cluster on this machine: worker processes that are started,
// started again with backoff when they end, and stopped.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Log } from "../../proto/log.js";

export interface LocalClusterSettings {
  readonly workers: number;
  /** HOST:PORT. */
  readonly coordinator: string;
  readonly storeDir: string;
  readonly devicesPerWorker: number;
  readonly threadsPerDevice: number;
  /** `cpu` or `simulated:..`. */
  readonly device: string;
  readonly log: Log;
}

interface LocalWorker {
  readonly name: string;
  child: ChildProcess | null;
  /** Ends in a row that came soon after the start. */
  failures: number;
  respawn: NodeJS.Timeout | undefined;
}

const firstDelayMs = 100;
const longestDelayMs = 5000;
/** A worker that lived this long was well. */
const healthyMs = 10_000;
const stopMs = 5000;

export class LocalCluster {
  readonly #settings: LocalClusterSettings;
  readonly #workers: readonly LocalWorker[];
  #stopping = false;

  constructor(settings: LocalClusterSettings) {
    this.#settings = settings;
    this.#workers = Array.from({ length: settings.workers }, (_, i) => ({
      name: `worker-${i}`,
      child: null,
      failures: 0,
      respawn: undefined,
    }));
    for (const worker of this.#workers) this.#start(worker);
  }

  /** Process ids by worker name; a worker that is between two lives is absent. */
  get pids(): ReadonlyMap<string, number> {
    return new Map(
      this.#workers.flatMap(({ name, child }) =>
        child?.pid === undefined ? [] : [[name, child.pid] as const],
      ),
    );
  }

  /** Asks every worker to end and waits; who does not is killed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      this.#workers.map(async ({ child, respawn }) => {
        clearTimeout(respawn);
        if (!child || child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
        await ended;
        clearTimeout(timer);
      }),
    );
  }

  #start(worker: LocalWorker): void {
    const { coordinator, storeDir, devicesPerWorker, threadsPerDevice, device, log } = this.#settings;
    const cli = fileURLToPath(new URL("../../worker/cli.js", import.meta.url));
    const flags = {
      coordinator,
      name: worker.name,
      store: storeDir,
      devices: devicesPerWorker,
      "threads-per-device": threadsPerDevice,
      device,
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    // Its life depends on ours: without a coordinator it ends instead of dialling again.
    const child = spawn(process.execPath, [cli, ...args, "--no-reconnect"], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    worker.child = child;
    const startedAt = performance.now();
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2000);
    });
    child.once("exit", (code, signal) => {
      worker.child = null;
      if (this.#stopping) return;
      worker.failures = performance.now() - startedAt > healthyMs ? 1 : worker.failures + 1;
      const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (worker.failures - 1));
      const last = said.trim().split("\n").at(-1) ?? "";
      log(`${worker.name} ended (${signal ?? `code ${code}`}), starting it again in ${delayMs} ms: ${last}`);
      worker.respawn = setTimeout(() => this.#start(worker), delayMs);
    });
  }
}
