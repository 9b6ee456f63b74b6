// A sweep on this machine: this process is the coordinator, workers are processes
// of their own, all of it thrown away at the end.
import { writeFileSync } from "node:fs";
import os from "node:os";
import { loadCredentials } from "../../proto/credentials.js";
import type { Log } from "../../proto/log.js";
import { Coordinator } from "../cluster/coordinator.js";
import { defaultLimits } from "../cluster/dispatch.js";
import { LocalCluster } from "../cluster/local-cluster.js";
import { TraceCollector, traceFigures } from "../cluster/trace.js";
import { formatTrace } from "../cluster/trace-file.js";
import type { Ledger } from "../results/ledger.js";
import { type ComputeOutcome, computeMissing } from "./compute-missing.js";
import type { PreparedSweep } from "./prepare-sweep.js";
import { startProgress } from "./progress.js";
import type { SweepOptions } from "./sweep-options.js";

export interface LocalSweep {
  readonly prepared: PreparedSweep;
  readonly ledger: Ledger;
  readonly options: SweepOptions;
  readonly numericsId: string;
  readonly say: (line: string) => void;
}

export async function computeLocally(
  { prepared, ledger, options, numericsId, say }: LocalSweep,
  signal: AbortSignal,
): Promise<ComputeOutcome> {
  // What happens to workers is said where it matters to the user: when one is lost.
  const log: Log = (text) => {
    if (process.env.PAINTERS_DEBUG) process.stderr.write(`painters: ${text}\n`);
  };
  let coordinator: Coordinator | undefined;
  let cluster: LocalCluster | undefined;
  const start = async (): Promise<Coordinator> => {
    const { heartbeatMs, leaseMs } = defaultLimits;
    const credentials = await loadCredentials({ tls: null, insecure: false });
    coordinator = await Coordinator.start({ listen: "127.0.0.1:0", credentials, heartbeatMs, leaseMs, log });
    cluster = new LocalCluster({
      workers: options.workers,
      coordinator: coordinator.address,
      storeDir: options.store,
      devicesPerWorker:
        options.devices ?? Math.max(1, Math.floor(os.availableParallelism() / options.workers)),
      threadsPerDevice: options["threads-per-device"],
      device: options.device,
      log: (text) => process.stderr.write(`painters: ${text}\n`),
    });
    return coordinator;
  };
  const trace = options.trace === undefined ? null : new TraceCollector();
  const progress = startProgress("computing", 0, "scores");
  try {
    const outcome = await computeMissing(
      prepared,
      ledger,
      options,
      {
        coordinator: start,
        numericsId,
        minWorkers: options.workers,
        trace,
        onProgress: ({ recorded, total }) => progress.update(recorded, total),
        log: say,
      },
      signal,
    );
    if (trace && options.trace !== undefined) writeTrace(trace, options.trace, say);
    return outcome;
  } finally {
    progress.stop();
    await cluster?.stop();
    await coordinator?.stop();
  }
}

function writeTrace(collector: TraceCollector, file: string, say: (line: string) => void): void {
  const trace = collector.trace();
  writeFileSync(file, [...formatTrace(trace)].join(""));
  const figures = traceFigures(trace);
  if (!figures) return;
  const percent = (ratio: number): string => `${(100 * ratio).toFixed(0)} %`;
  say(
    `trace in ${file}: ${figures.devices} devices, ${percent(figures.overlapRatio)} of the busy time with two or ` +
      `more at work, ${percent(figures.bubbleRatio)} idle, serial ${figures.serialMs.toFixed(0)} ms in ` +
      `${figures.wallMs.toFixed(0)} ms, critical path ${figures.criticalPathMs.toFixed(0)} ms a micro-batch`,
  );
}
