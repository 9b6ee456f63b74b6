// The coordinator's process: ledger, queue, workers, clients and metrics, wired, and
// ended in order by a signal.
import { mkdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { createLog } from "../../proto/log.js";
import { type MetricsServer, serveMetrics } from "../../proto/metrics-server.js";
import { serveSweeps } from "../../proto/sweeps-server.js";
import { Coordinator } from "../cluster/coordinator.js";
import { CoordinatorMetrics } from "../cluster/coordinator-metrics.js";
import { defaultLimits } from "../cluster/dispatch.js";
import { Ledger } from "../results/ledger.js";
import { checkTaskNames } from "../suites/registry.js";
import { readSecurity } from "./connection.js";
import type { CoordinatorFlags } from "./coordinator.js";
import { Generations } from "./generations.js";
import { Line } from "./line.js";
import { runGeneration } from "./run-generation.js";
import { runStored } from "./run-stored.js";
import { parseSubmitted } from "./submitted-sweep.js";
import { SweepQueue } from "./sweep-queue.js";
import { modelUnderRoots, resolveUnderRoots, SweepRootError, type SweepRoots } from "./sweep-roots.js";
import { paintersVersion } from "./version.js";
import { Wake } from "./wake.js";

/** Runs until SIGTERM or SIGINT. */
export async function runCoordinator(flags: CoordinatorFlags): Promise<void> {
  const log = createLog("coordinator");
  const { credentials, token } = await readSecurity(flags, (problem) =>
    log(problem ?? "the certificate files changed; the new ones are used"),
  );
  const roots: SweepRoots = {
    storeDir: path.resolve(flags.store),
    modelsDir: await existingFolder("models", flags.models),
    dataDir: await existingFolder("data", flags.data),
  };
  const stateDir = path.resolve(flags.state);
  await mkdir(stateDir, { recursive: true });
  const metrics = new CoordinatorMetrics(paintersVersion());
  const changes = new Wake();
  const line = new Line(changes);
  const ledger = Ledger.open(path.join(stateDir, "ledger.sqlite"));
  let coordinator: Coordinator | undefined;
  const workerCount = (): number => coordinator?.workers.length ?? 0;
  let metricsServer: MetricsServer | undefined;
  try {
    const queue = await SweepQueue.open({
      stateDir,
      check: async (value) => {
        const options = parseSubmitted(value);
        await checkTaskNames(options.tasks ?? []);
        await resolveUnderRoots(options, roots);
      },
      workerCount,
      line,
      changes,
      log,
    });
    const generations = new Generations({
      line,
      findModel: (name) => modelUnderRoots(name, roots),
      run: async (generation) =>
        runGeneration(generation, {
          coordinator: await started,
          ledger,
          storeDir: roots.storeDir,
          changes,
        }),
      workerCount,
      log,
    });
    metrics.observeSweeps(() => queue.states);
    const { heartbeatMs, leaseMs } = defaultLimits;
    const started = Coordinator.start({
      listen: flags.listen,
      credentials,
      heartbeatMs,
      leaseMs,
      log,
      metrics,
      addServices: (server) => serveSweeps(server, generations.handlers(queue.handlers), token),
      workersChanged: () => changes.wake(),
    });
    const running = await started;
    coordinator = running;
    if (flags.metrics !== undefined) {
      const { registry } = metrics;
      metricsServer = await serveMetrics({ address: flags.metrics, registry, problem: () => null });
      log(`metrics on http://${metricsServer.address}/metrics`);
    }
    log(`listening on ${running.address}`);
    const stop = (signal: NodeJS.Signals): void => {
      log(`${signal}: stopping; unfinished sweeps stay in the queue`);
      queue.stop();
      void generations.stop();
    };
    process.once("SIGTERM", stop).once("SIGINT", stop);
    await queue.serve((sweep) =>
      runStored(sweep, { coordinator: running, ledger, roots, stateDir, changes }),
    );
    await generations.stop();
  } finally {
    await coordinator?.stop();
    await metricsServer?.close();
    credentials.close();
    ledger.close();
  }
}

async function existingFolder(flag: string, folder: string | undefined): Promise<string | null> {
  if (folder === undefined) return null;
  const found = await realpath(folder).catch(() => null);
  if (found !== null && (await stat(found)).isDirectory()) return found;
  throw new SweepRootError(`--${flag} ${folder} is no folder`);
}
