// A coordinator in the test's own process, so that a test sees its progress and its
// notes; its workers are real processes and all that passes between them is gRPC.
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { Coordinator } from "../../coordinator/cluster/coordinator.js";
import { defaultLimits } from "../../coordinator/cluster/dispatch.js";
import { type ComputeOutcome, computeMissing } from "../../coordinator/commands/compute-missing.js";
import { Ledger } from "../../coordinator/results/ledger.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { parseAddress } from "../../proto/address.js";
import { loadCredentials } from "../../proto/credentials.js";
import { freshPath } from "../commands/run-cli.js";
import type { SmallSweep } from "./small-sweep.js";

export interface RunSettings {
  readonly minWorkers: number;
  /** What a placement file would say. */
  readonly placement?: unknown;
  readonly objective?: "throughput" | "latency";
  readonly batchTokens?: number;
  readonly stateMb?: number;
  /** Called with the number of records there are. */
  readonly onProgress?: (recorded: number) => void;
  readonly onNote?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface ClusterRun extends ComputeOutcome {
  readonly out: string;
  /** When a lost document went in again, by performance.now(). */
  readonly redispatchedAt: readonly number[];
  /** What the dispatcher said. */
  readonly notes: readonly string[];
}

export class Cluster {
  /** Workers outlive the ledgers here, and no epoch may come to them twice. */
  #lastEpoch = 0;

  private constructor(
    readonly coordinator: Coordinator,
    readonly sweep: SmallSweep,
  ) {}

  static async start(sweep: SmallSweep): Promise<Cluster> {
    const { heartbeatMs, leaseMs } = defaultLimits;
    const credentials = await loadCredentials({ tls: null, insecure: false });
    const settings = { listen: "127.0.0.1:0", credentials, heartbeatMs, leaseMs, log: () => {} };
    return new Cluster(await Coordinator.start(settings), sweep);
  }

  /** Computes all of the sweep into a new ledger and compares what came out with the one-process run. */
  async run(settings: RunSettings): Promise<ClusterRun> {
    const { options, prepared } = this.sweep;
    const out = freshPath("run");
    const ledger = Ledger.open(join(out, "ledger.sqlite"));
    ledger.persistEpoch(this.#lastEpoch);
    const redispatchedAt: number[] = [];
    const notes: string[] = [];
    try {
      const outcome = await computeMissing(
        prepared,
        ledger,
        {
          ...options,
          "batch-tokens": settings.batchTokens ?? 64,
          "state-memory-mb": settings.stateMb ?? options["state-memory-mb"],
          objective: settings.objective ?? options.objective,
        },
        {
          coordinator: async () => this.coordinator,
          numericsId: numericsId(),
          minWorkers: settings.minWorkers,
          trace: null,
          placement: settings.placement ?? null,
          onProgress: ({ recorded }) => settings.onProgress?.(recorded),
          onRedispatch: () => redispatchedAt.push(performance.now()),
          onNote: (text) => {
            notes.push(text);
            settings.onNote?.(text);
          },
        },
        settings.signal ?? new AbortController().signal,
      );
      this.#lastEpoch = ledger.lastEpoch();
      ledger.close();
      if (outcome.outcome === "complete") await this.sweep.assertSameBits(out);
      return { ...outcome, out, redispatchedAt, notes };
    } finally {
      ledger.close();
    }
  }

  async stop(): Promise<void> {
    await this.coordinator.stop();
  }
}

/** Whether anything listens there. */
export async function answers(address: string): Promise<boolean> {
  const socket = connect(parseAddress(address));
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** A group of a placement file: spans of layers by who holds them. */
export function group(
  embed: string | readonly string[],
  layers: Readonly<Record<string, string | readonly string[]>>,
  head: string | readonly string[],
): object {
  return { embed, layers, head };
}
