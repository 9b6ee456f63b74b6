// A throw-away cluster on this machine: worker processes that are started,
// started again with backoff when they end, and stopped.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Log } from "../../proto/log.js";
import { startWorker } from "./worker-process.js";

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
  /** A worker ended unasked and is started again; logged if nobody wants to know. */
  readonly lost?: (text: string) => void;
  /** Every worker ended soon after its start, again and again: none is started any more. */
  readonly gaveUp?: (reason: string) => void;
  /** Every text a worker writes to its stderr. */
  readonly said?: (text: string) => void;
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
/** Quick ends in a row, of every worker, after which it is hopeless. */
const quickEnds = 5;

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

  /** Work was done: whoever ended before did not end for nothing. */
  worked(): void {
    for (const worker of this.#workers) worker.failures = 0;
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
    const { coordinator, storeDir, devicesPerWorker, threadsPerDevice, device } = this.#settings;
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
    const child = startWorker([...args, "--no-reconnect"], ["ignore", "ignore", "pipe"]);
    worker.child = child;
    const startedAt = performance.now();
    let said = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2000);
      this.#settings.said?.(text);
    });
    child.once("exit", (code, signal) => {
      worker.child = null;
      if (this.#stopping) return;
      worker.failures = performance.now() - startedAt > healthyMs ? 1 : worker.failures + 1;
      const { log, lost, gaveUp } = this.#settings;
      const how = signal ?? `code ${code}`;
      const words = lastWords(said);
      if (this.#workers.every(({ failures }) => failures >= quickEnds)) {
        this.#stopping = true;
        (gaveUp ?? log)(
          `every worker ended ${quickEnds} times in a row soon after its start; ${worker.name} (${how}): ${words}`,
        );
        return;
      }
      (lost ?? log)(`${worker.name} ended (${how}${words === "" ? "" : `: ${words}`}) and is started again`);
      const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (worker.failures - 1));
      worker.respawn = setTimeout(() => this.#start(worker), delayMs);
    });
  }
}

/** The last line a worker wrote, which may be a JSON log line. */
function lastWords(said: string): string {
  const line = said.trim().split("\n").at(-1) ?? "";
  try {
    const { msg } = JSON.parse(line) as { readonly msg?: unknown };
    return typeof msg === "string" ? msg : line;
  } catch {
    return line;
  }
}
