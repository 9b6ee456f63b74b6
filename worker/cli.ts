// The worker's process: flags to settings, signals to draining, and the exit code.
// `painters worker` and local clusters start it.
import { readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { measureGemmRate } from "../models/runtime/gemm-rate.js";
import { numericsId } from "../models/runtime/numerics.js";
import { loadCredentials } from "../proto/credentials.js";
import { createLog } from "../proto/log.js";
import { WorkerService } from "./service.js";
import { parseDevice } from "./simulated-compute.js";

class UsageError extends Error {
  readonly exitCode = 2;
}

const flags = yargs(hideBin(process.argv))
  .scriptName("painters worker")
  .usage(
    "$0 --coordinator HOST:PORT\n\nHolds layers of models and computes what the coordinator's plans say.",
  )
  .option("coordinator", { type: "string", demandOption: true, describe: "HOST:PORT of the coordinator" })
  .option("name", {
    type: "string",
    default: os.hostname(),
    describe: "Stable and unique; the newest process of a name wins",
  })
  .option("listen", {
    type: "string",
    default: "127.0.0.1:0",
    describe: "HOST:PORT to serve hidden states on; port 0: any free one",
  })
  .option("advertise", {
    type: "string",
    describe: "HOST other workers reach it by [default: the one it listens on]",
  })
  .option("store", {
    type: "string",
    demandOption: true,
    describe: "Folder of imported models (painters import)",
  })
  .option("devices", { type: "number", default: 1, describe: "Compute threads" })
  .option("threads-per-device", { type: "number", default: 1, describe: "Threads of one matrix product" })
  .option("device", {
    type: "string",
    default: "cpu",
    describe: "`cpu`, or `simulated:LAYER_MS[:STATE_BYTES]`, which waits instead of computing",
  })
  .option("memory-mb", {
    type: "number",
    default: Math.floor(os.totalmem() / 2 ** 20),
    describe: "For weights and hidden states",
  })
  .option("link-mb-per-s", { type: "number", default: 1000, describe: "To other workers, for planning" })
  .option("shared-memory", {
    type: "boolean",
    default: true,
    describe:
      "Pass hidden states to and from workers of this machine and user through memory; --no-shared-memory: never",
  })
  .option("reconnect", {
    type: "boolean",
    default: true,
    describe: "Dial the coordinator again when it is away; --no-reconnect ends instead",
  })
  .option("metrics", { type: "string", describe: "HOST:PORT for /metrics and /healthz" })
  .option("tls-ca", {
    type: "string",
    describe: "CA certificate file; with --tls-cert and --tls-key: mutual TLS",
  })
  .option("tls-cert", { type: "string", describe: "Certificate file; it must carry the worker's name" })
  .option("tls-key", { type: "string", describe: "Key file" })
  .option("insecure", {
    type: "boolean",
    default: false,
    describe: "Allow addresses beyond loopback without TLS",
  })
  .example("$0 --coordinator 127.0.0.1:7070 --store models", "join a coordinator on this machine")
  .example(
    "$0 --coordinator 10.0.0.7:7070 --store models --name gpu-1 --listen 0.0.0.0:7071 --advertise 10.0.0.8 " +
      "--tls-ca tls/ca.crt --tls-cert tls/gpu-1.crt --tls-key tls/gpu-1.key",
    "from another machine, known to others as 10.0.0.8",
  )
  .example("$0 --coordinator 127.0.0.1:7070 --store models --devices 4", "four compute threads")
  .epilogue(
    "Import models into its store with `painters import`; it finds them by fingerprint. SIGTERM and SIGINT drain it: " +
      "what it has in hand is finished first. Killed, its work goes to other workers. It keeps dialling a " +
      "coordinator that is away. Ends with 1 when a newer process takes its name.",
  )
  .strict()
  .wrap(Math.min(110, process.stdout.columns || 110))
  .fail((message, error) => {
    throw error ?? new UsageError(`${message}; see --help`);
  });

async function main(): Promise<void> {
  const argv = await flags.parseAsync();
  const log = createLog(argv.name);
  const simulated = parseDevice(argv.device);
  const { "tls-ca": ca, "tls-cert": cert, "tls-key": key } = argv;
  const tlsFiles = [ca, cert, key].filter((file) => file !== undefined);
  if (tlsFiles.length % 3 !== 0) throw new UsageError("--tls-ca, --tls-cert and --tls-key go together");
  const tls = ca !== undefined && cert !== undefined && key !== undefined ? { ca, cert, key } : null;
  const credentials = await loadCredentials({ tls, insecure: argv.insecure }, (problem) =>
    log(problem ?? "the certificate files changed; the new ones are used"),
  );
  const threads = argv["threads-per-device"];
  for (const [name, value] of [
    ["devices", argv.devices],
    ["threads-per-device", threads],
  ] as const) {
    if (!Number.isInteger(value) || value < 1)
      throw new UsageError(`--${name} must be a whole number of at least 1, not ${value}`);
  }
  const flopsPerSecond = simulated
    ? 1e12
    : await measureGemmRate({ rows: 256, inner: 1024, columns: 1024 }, threads, 5);

  const metrics =
    argv.metrics === undefined ? null : new (await import("./worker-metrics.js")).WorkerMetrics(version());
  let ending = false;
  const service = new WorkerService(
    {
      name: argv.name,
      coordinator: argv.coordinator,
      listen: argv.listen,
      advertise: argv.advertise ?? null,
      storeDir: path.resolve(argv.store),
      pool: { devices: argv.devices, threadsPerDevice: threads, simulated },
      memoryBytes: argv["memory-mb"] * 2 ** 20,
      flopsPerSecond,
      linkBytesPerSecond: argv["link-mb-per-s"] * 1e6,
      numericsId: simulated ? "simulated" : numericsId(),
      credentials,
      sharesMemory: argv["shared-memory"],
      reconnect: argv.reconnect,
    },
    {
      log,
      ended(exitCode, reason) {
        if (ending) return;
        ending = true;
        log(reason);
        process.exitCode = exitCode;
        void service.stop().then(() => process.exit(exitCode));
      },
    },
    metrics,
  );
  if (argv.metrics !== undefined && metrics) {
    const { serveMetrics } = await import("../proto/metrics-server.js");
    const { address } = await serveMetrics({
      address: argv.metrics,
      registry: metrics.registry,
      problem: () => (service.isServing ? null : "not attached to the coordinator"),
    });
    log(`metrics on http://${address}/metrics`);
  }
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => service.drain());
  // `painters worker` is at the other end of this channel; without it nobody could stop us.
  process.channel?.unref();
  process.on("disconnect", () => service.drain());
  await service.start();
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}

try {
  await main();
} catch (error) {
  const known = error instanceof Error && "exitCode" in error && typeof error.exitCode === "number";
  process.stderr.write(
    `painters worker: ${known ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(known ? (error.exitCode as number) : 1);
}
