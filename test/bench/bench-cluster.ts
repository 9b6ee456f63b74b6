// A cluster for benches: a coordinator in this process, workers as processes of
// their own, sweeps run over them one after another and timed from the outside.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Coordinator } from "../../coordinator/cluster/coordinator.js";
import type { RowDocument } from "../../coordinator/cluster/dispatch.js";
import { defaultLimits } from "../../coordinator/cluster/dispatch.js";
import { LocalCluster } from "../../coordinator/cluster/local-cluster.js";
import { type Trace, TraceCollector } from "../../coordinator/cluster/trace.js";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import { parsePlacement } from "../../coordinator/placement/placement-file.js";
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import { partName } from "../../models/config.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { importCheckpoint, type StoredModel } from "../../models/store/import-checkpoint.js";
import { loadCredentials } from "../../proto/credentials.js";
import type { ToWorker } from "../../proto/messages.js";
import { writeRandomCheckpoint } from "../random-model/random-checkpoint.js";
import { cpuMsOf } from "./process-cpu.js";

export interface ClusterShape {
  readonly workers: number;
  readonly devicesPerWorker?: number;
  /** `cpu` or `simulated:LAYER_MS:STATE_BYTES`. */
  readonly device: string;
}

export interface BenchSweep {
  readonly schedules: readonly Schedule[];
  readonly documents: readonly RowDocument[];
  readonly batchTokens: number;
  /** 0: one micro-batch at a time. */
  readonly inFlightPerPlace: number;
  /** What a placement file holds: workers are called worker-0, worker-1 and so on. */
  readonly placement: { readonly groups: readonly GroupFile[] };
  /** By default false: the sums of merges travel. */
  readonly gathers?: boolean;
}

export interface GroupFile {
  readonly embed: string;
  readonly layers: Readonly<Record<string, string>>;
  readonly head: string;
}

/** Milliseconds of this process's clock. */
export interface BenchRun {
  /** [injection] */
  readonly injectedAt: readonly number[];
  /** In the order they came, one for each micro-batch and head. */
  readonly recordedAt: readonly number[];
  /** Log-probabilities by head and document. */
  readonly scores: ReadonlyMap<string, readonly number[]>;
  readonly trace: Trace;
}

/** A random model in a folder of its own, removed when `use` is done. */
export async function withModel<T>(
  config: Readonly<Record<string, unknown>>,
  use: (model: StoredModel, storeDir: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "painters-bench-"));
  try {
    const storeDir = path.join(folder, "store");
    await writeRandomCheckpoint(path.join(folder, "model"), config);
    return await use(await importCheckpoint(path.join(folder, "model"), storeDir), storeDir);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A Llama as small as can be, for workers that only wait. */
export function tinyLlama(layers: number): Readonly<Record<string, unknown>> {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: 16,
    intermediate_size: 32,
    num_hidden_layers: layers,
    num_attention_heads: 2,
    num_key_value_heads: 2,
    vocab_size: 4096,
    max_position_embeddings: 256,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    hidden_act: "silu",
  };
}

/** Documents of one row of four tokens, two of them scored: what they are does not matter to workers that wait. */
export function tinyDocuments(count: number): readonly RowDocument[] {
  return Array.from({ length: count }, (_, document) => ({
    rows: [
      {
        tokens: [1, 2, 3, 1 + (document % 1000)],
        prefixLength: 4,
        branchLengths: [],
        scored: [
          { request: 0, index: 2, target: 5 },
          { request: 0, index: 3, target: 7 },
        ],
      },
    ],
  }));
}

export class BenchCluster {
  readonly #model: StoredModel;
  readonly #shape: ClusterShape;
  readonly #coordinator: Coordinator;
  readonly #workers: LocalCluster;
  #nextEpoch = 1;

  private constructor(
    model: StoredModel,
    shape: ClusterShape,
    coordinator: Coordinator,
    workers: LocalCluster,
  ) {
    this.#model = model;
    this.#shape = shape;
    this.#coordinator = coordinator;
    this.#workers = workers;
  }

  /** Resolves when all workers have joined. */
  static async start(model: StoredModel, storeDir: string, shape: ClusterShape): Promise<BenchCluster> {
    const { heartbeatMs, leaseMs } = defaultLimits;
    const log = (text: string): void => {
      if (process.env.PAINTERS_DEBUG) console.error(text);
    };
    const credentials = await loadCredentials({ tls: null, insecure: false });
    const coordinator = await Coordinator.start({
      listen: "127.0.0.1:0",
      credentials,
      heartbeatMs,
      leaseMs,
      log,
    });
    const workers = new LocalCluster({
      workers: shape.workers,
      coordinator: coordinator.address,
      storeDir,
      devicesPerWorker: shape.devicesPerWorker ?? 1,
      threadsPerDevice: 1,
      device: shape.device,
      log: console.error,
      said: log,
    });
    while (coordinator.workerNames.length < shape.workers) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return new BenchCluster(model, shape, coordinator, workers);
  }

  async run(sweep: BenchSweep): Promise<BenchRun> {
    const graph = buildGraph(sweep.schedules);
    const { manifest } = this.#model;
    const { layerCount, hiddenSize } = manifest.config;
    const bytes = { embed: 0, layers: new Array<number>(layerCount).fill(0), head: 0 };
    const timed = new TimedTrace();
    const recordedAt: number[] = [];
    const scores = new Map<string, readonly number[]>();
    const outcome = await this.#coordinator.run(
      {
        graph,
        waves: [[...new Set(graph.heads)]],
        documents: sweep.documents,
        isMissing: () => true,
        hiddenSize,
        model: manifest.fingerprint,
        numericsId: this.#shape.device === "cpu" ? numericsId() : "simulated",
        nextEpoch: this.#nextEpoch,
        limits: {
          ...defaultLimits,
          batchTokens: sweep.batchTokens,
          inFlightPerPlace: sweep.inFlightPerPlace,
          minWorkers: this.#shape.workers,
        },
        ports: {
          place: (workers) => parsePlacement(sweep.placement, { workers, bytes, minStateBytes: 0 }),
          compile: (whole, heads, group, _placement, among, gathers) =>
            compileGroup(whole, heads, group, undefined, among, gathers),
          gathers: () => sweep.gathers ?? false,
          partName,
          predictStepMs: () => 100,
        },
      },
      {
        persistEpoch: (epoch) => {
          this.#nextEpoch = epoch + 1;
        },
        record: (head, documents, logprobs) => {
          recordedAt.push(performance.now());
          scores.set(`${head} ${documents}`, [...logprobs]);
        },
        generated: () => {
          recordedAt.push(performance.now());
        },
        documentFailed: (_document, _heads, reason) => {
          throw new Error(reason);
        },
        redispatched: () => {},
      },
      new AbortController().signal,
      [timed],
    );
    if (outcome !== "complete") throw new Error(`the sweep was ${outcome}`);
    return { injectedAt: timed.injectedAt, recordedAt, scores, trace: timed.trace() };
  }

  /** Of its workers since their start; null: not known here. */
  get cpuMs(): number | null {
    return cpuMsOf([...this.#workers.pids.values()]);
  }

  async stop(): Promise<void> {
    await this.#workers.stop();
    await this.#coordinator.stop();
  }
}

/** Notes when each injection is first told to a worker. */
class TimedTrace extends TraceCollector {
  readonly injectedAt: number[] = [];
  readonly #seen = new Set<number>();

  override told(message: ToWorker): void {
    super.told(message);
    if (message.kind !== "inject" || this.#seen.has(message.injection)) return;
    this.#seen.add(message.injection);
    this.injectedAt.push(performance.now());
  }
}
