// What Prometheus reads from a worker.
import { Counter, collectDefaultMetrics, exponentialBuckets, Gauge, Histogram, Registry } from "prom-client";
import type { DataLink } from "../proto/data-client.js";
import type { Slice } from "../proto/messages.js";

export class WorkerMetrics {
  readonly registry = new Registry();
  readonly #stepSeconds = new Histogram({
    name: "painters_step_duration_seconds",
    help: "Time a device took for one step (a layer, merge, embedding or head on one micro-batch)",
    buckets: exponentialBuckets(0.001, 2, 16),
    registers: [this.registry],
  });
  readonly #transferBytes = new Counter({
    name: "painters_transfer_bytes_total",
    help: "Bytes of hidden states to and from other workers",
    labelNames: ["direction"],
    registers: [this.registry],
  });
  readonly #injections = new Counter({
    name: "painters_injections_total",
    help: "Micro-batches this worker was given",
    registers: [this.registry],
  });
  readonly #busyDevices = new Gauge({
    name: "painters_busy_devices",
    help: "Devices that were computing at the last heartbeat",
    registers: [this.registry],
  });
  readonly #cacheBytes = new Gauge({
    name: "painters_kv_cache_bytes",
    help: "Keys and values a device kept for sequences it goes on with, at the last heartbeat",
    labelNames: ["device"],
    registers: [this.registry],
  });
  readonly #links = new Gauge({
    name: "painters_data_links",
    help: "Open links to workers whose hidden states this one reads, at the last heartbeat, by the way that large ones take",
    labelNames: ["via"],
    registers: [this.registry],
  });
  readonly #loadSeconds = new Histogram({
    name: "painters_weight_load_seconds",
    help: "Time to find and verify the shards of an epoch",
    buckets: exponentialBuckets(0.001, 4, 10),
    registers: [this.registry],
  });

  constructor(version: string) {
    collectDefaultMetrics({ register: this.registry, prefix: "painters_" });
    new Gauge({
      name: "painters_build_info",
      help: "Always 1",
      labelNames: ["version", "role"],
      registers: [this.registry],
    }).set({ version, role: "worker" }, 1);
  }

  sent(bytes: number): void {
    this.#transferBytes.inc({ direction: "sent" }, bytes);
  }

  received(bytes: number): void {
    this.#transferBytes.inc({ direction: "received" }, bytes);
  }

  injected(): void {
    this.#injections.inc();
  }

  busy(busyMs: readonly number[]): void {
    this.#busyDevices.set(busyMs.filter((ms) => ms > 0).length);
  }

  /** @param bytes of each device */
  cached(bytes: readonly number[]): void {
    for (const [device, own] of bytes.entries()) this.#cacheBytes.set({ device }, own);
  }

  linked(links: readonly DataLink[]): void {
    const shared = links.filter(({ sharesMemory }) => sharesMemory).length;
    this.#links.set({ via: "memory" }, shared);
    this.#links.set({ via: "connection" }, links.length - shared);
  }

  loaded(seconds: number): void {
    this.#loadSeconds.observe(seconds);
  }

  finished(slices: readonly Slice[]): void {
    for (const { kind, startMs, endMs } of slices) {
      if (kind === "step") this.#stepSeconds.observe((endMs - startMs) / 1000);
    }
  }
}
