// Computes on this machine, what a sweep lacks or what probes find: this process is the
// coordinator, workers are processes of their own, all of it thrown away at the end.
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Log } from "../../proto/log.js";
import type { MetricsServer } from "../../proto/metrics-server.js";
import type { Coordinator } from "../cluster/coordinator.js";
import type { CoordinatorMetrics } from "../cluster/coordinator-metrics.js";
import { type DispatchStatus, defaultLimits } from "../cluster/dispatch.js";
import { LocalCluster } from "../cluster/local-cluster.js";
import { TraceCollector, traceFigures } from "../cluster/trace.js";
import { formatTrace } from "../cluster/trace-file.js";
import type { ComputeSettings } from "./compute-missing.js";
import { readPlacementFile } from "./dispatch-ports.js";
import { LossLines } from "./losses.js";
import { startProgress } from "./progress.js";
import type { SweepOptions } from "./sweep-options.js";
import { paintersVersion } from "./version.js";

export interface LocalWork {
  /** Where the model was found, which need not be the store. */
  readonly modelDir: string;
  readonly options: SweepOptions;
  readonly numericsId: string;
  /** What the progress bar counts. */
  readonly unit: string;
  readonly say: (line: string) => void;
}

/** No worker of a local cluster can compute the sweep, and none will. */
export class LocalClusterError extends Error {
  override readonly name = "LocalClusterError";
  readonly exitCode = 1;
}

type Worker = DispatchStatus["workers"][number];

const lookMs = 500;
/** What the dispatcher says when it cannot place the model. */
const complaintStart = "waiting for capable workers: ";

export async function computeLocally<T>(
  { modelDir, options, numericsId, unit, say }: LocalWork,
  compute: (settings: ComputeSettings, signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const tell = (text: string): void => void process.stderr.write(`painters: ${text}\n`);
  const log: Log = options.verbose ? tell : () => {};
  const losses = new LossLines(tell);
  const hopeless = new AbortController();
  const giveUp = (reason: string): void => hopeless.abort(new LocalClusterError(reason));
  let coordinator: Coordinator | undefined;
  let cluster: LocalCluster | undefined;
  let complaint = "";
  const look = setInterval(() => {
    const reason = coordinator ? whyHopeless(coordinator, options.workers, complaint) : null;
    if (reason !== null) giveUp(reason);
  }, lookMs);
  const served = options.metrics === undefined ? null : await serveOwnMetrics(options.metrics);
  if (served) tell(`metrics on http://${served.server.address}/metrics`);
  const start = async (): Promise<Coordinator> => {
    if (coordinator) return coordinator;
    // gRPC takes a while to load, and a sweep that lacks nothing does without.
    const { Coordinator } = await import("../cluster/coordinator.js");
    const { loadCredentials } = await import("../../proto/credentials.js");
    const { heartbeatMs, leaseMs } = defaultLimits;
    const credentials = await loadCredentials({ tls: null, insecure: false });
    const listen = "127.0.0.1:0";
    const settings = { listen, credentials, heartbeatMs, leaseMs, log };
    coordinator = await Coordinator.start(served ? { ...settings, metrics: served.metrics } : settings);
    cluster = new LocalCluster({
      workers: options.workers,
      coordinator: coordinator.address,
      storeDir: path.dirname(modelDir),
      devicesPerWorker:
        options.devices ?? Math.max(1, Math.floor(os.availableParallelism() / options.workers)),
      threadsPerDevice: options["threads-per-device"],
      device: options.device,
      log,
      lost: (text) => losses.lost(text),
      gaveUp: giveUp,
      ...(options.verbose ? { said: (text) => void process.stderr.write(text) } : {}),
    });
    return coordinator;
  };
  const trace = options.trace === undefined ? null : new TraceCollector();
  const progress = startProgress("computing", 0, unit);
  try {
    const outcome = await compute(
      {
        coordinator: start,
        numericsId,
        minWorkers: options.workers,
        trace,
        placement: options.placement === undefined ? null : await readPlacementFile(options.placement),
        onProgress: ({ recorded, total }) => {
          cluster?.worked();
          progress.update(recorded, total);
        },
        onRedispatch: (milliseconds) => losses.redispatched(milliseconds),
        onNote: (text) => {
          if (text.startsWith(complaintStart)) complaint = text.slice(complaintStart.length);
          if (/^epoch \d+ is live/.test(text)) complaint = "";
        },
      },
      AbortSignal.any([signal, hopeless.signal]),
    );
    hopeless.signal.throwIfAborted();
    if (trace && options.trace !== undefined) writeTrace(trace, options.trace, say);
    return outcome;
  } finally {
    clearInterval(look);
    progress.stop();
    losses.end();
    await cluster?.stop();
    await coordinator?.stop();
    await served?.server.close();
  }
}

/** Loaded when asked for: a sweep starts sooner without. */
async function serveOwnMetrics(
  address: string,
): Promise<{ readonly metrics: CoordinatorMetrics; readonly server: MetricsServer }> {
  const { CoordinatorMetrics } = await import("../cluster/coordinator-metrics.js");
  const { serveMetrics } = await import("../../proto/metrics-server.js");
  const metrics = new CoordinatorMetrics(paintersVersion());
  const { registry } = metrics;
  return { metrics, server: await serveMetrics({ address, registry, problem: () => null }) };
}

/** All workers are there, and nothing can come of it: the same processes will not change their minds. */
function whyHopeless({ status }: Coordinator, workerCount: number, complaint: string): string | null {
  if (!status || status.workers.length < workerCount || status.inFlight > 0) return null;
  const [first] = status.workers;
  // Who is out for a step that does not end may be well again.
  const isOutForGood = ({ state, reason }: Worker): boolean =>
    state === "left-out" && !/ is at one step for /.test(reason);
  if (first && status.workers.every(isOutForGood)) {
    return `no worker can compute this sweep; ${first.name}: ${first.reason}`;
  }
  return status.epochs.length === 0 && complaint !== "" ? complaint : null;
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
