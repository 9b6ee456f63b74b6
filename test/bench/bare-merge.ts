// The floor of bench `parallel`: the hops of a mean spread over workers, between as many processes, over gRPC streams
// with nothing of ours: no device threads, no additions, no plans. Bytes are sent from one buffer and dropped, or sent
// on as they came.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { workerAllocator, workerFlags } from "../../coordinator/cluster/worker-process.js";

export interface BareSettings {
  /** [worker] */
  readonly addresses: readonly string[];
  readonly stateBytes: number;
  readonly layerMs: number;
}

/** What a process is asked for: one micro-batch, or the milliseconds of CPU it has used. */
export type BareRequest = "run" | "cpu";

const workerFile = fileURLToPath(new URL("bare-merge-worker.js", import.meta.url));

export class BareMerge {
  readonly #workers: readonly ChildProcess[];

  private constructor(workers: readonly ChildProcess[]) {
    this.#workers = workers;
  }

  static async start(workers: number, settings: Omit<BareSettings, "addresses">): Promise<BareMerge> {
    const env = { ...workerAllocator, ...process.env };
    const started = Array.from({ length: workers }, (_, worker) =>
      fork(workerFile, [String(worker)], { execArgv: [...workerFlags], env }),
    );
    const addresses = (await answers(started)) as string[];
    const linked = answers(started);
    for (const worker of started) worker.send({ ...settings, addresses } satisfies BareSettings);
    await linked;
    return new BareMerge(started);
  }

  /** @returns milliseconds */
  async run(): Promise<number> {
    const merged = once(this.#workers.at(-1)!, "message");
    const started = performance.now();
    this.#workers[0]!.send("run" satisfies BareRequest);
    await merged;
    return performance.now() - started;
  }

  /** Of all processes since their start. */
  async cpuMs(): Promise<number> {
    const told = answers(this.#workers);
    for (const worker of this.#workers) worker.send("cpu" satisfies BareRequest);
    return ((await told) as number[]).reduce((sum, ms) => sum + ms, 0);
  }

  stop(): void {
    for (const worker of this.#workers) worker.disconnect();
  }
}

async function answers(workers: readonly ChildProcess[]): Promise<readonly unknown[]> {
  return await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0] as unknown));
}
