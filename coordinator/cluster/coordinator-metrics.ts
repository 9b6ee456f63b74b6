// What Prometheus reads from a coordinator. Labels are bounded: no sweep, worker or
// epoch ever becomes one.
import { Counter, collectDefaultMetrics, exponentialBuckets, Gauge, Histogram, Registry } from "prom-client";
import type { ToWorker } from "../../proto/messages.js";
import { type SweepState, sweepStates } from "../../proto/sweep-words.js";
import type { ConnectionId, DispatchEvent, DispatchStatus } from "./dispatch.js";

/** Asked when Prometheus asks. */
export interface CoordinatorState {
  /** null: no sweep runs. */
  readonly status: DispatchStatus | null;
  readonly attachedWorkers: number;
}

const workerStates = ["serving", "waiting", "draining", "left-out"] as const;

export class CoordinatorMetrics {
  readonly registry = new Registry();
  #state: () => CoordinatorState = () => ({ status: null, attachedWorkers: 0 });
  #sweeps: () => readonly SweepState[] = () => [];
  /** `epoch plan connection`: layer visits that an injection of the plan makes there. */
  readonly #planVisits = new Map<string, number>();
  #lastInjection = "";

  readonly #records = this.#counter(
    "painters_records_total",
    "Scores of documents put into the ledger, and texts generated",
  );
  readonly #injections = this.#counter(
    "painters_injections_total",
    "Micro-batches given to workers, repetitions after losses included",
  );
  readonly #layerVisits = this.#counter(
    "painters_layer_visits_total",
    "Layer applications on one micro-batch each, given to workers",
  );
  readonly #epochs = this.#counter("painters_epochs_total", "Epochs opened");
  readonly #losses = this.#counter("painters_worker_losses_total", "Workers whose control stream ended");
  readonly #expirations = this.#counter(
    "painters_lease_expirations_total",
    "Workers taken for lost because they gave no sign of life",
  );
  readonly #failedDocuments = this.#counter("painters_failed_documents_total", "Documents given up");
  readonly #retries = new Counter({
    name: "painters_retries_total",
    help: "Epochs given up whose unfinished micro-batches started again",
    labelNames: ["reason"],
    registers: [this.registry],
  });
  readonly #redispatchSeconds = new Histogram({
    name: "painters_redispatch_seconds",
    help: "From the loss of a worker to the first of its documents on another",
    buckets: exponentialBuckets(0.001, 2, 16),
    registers: [this.registry],
  });
  readonly #commitSeconds = new Histogram({
    name: "painters_store_commit_seconds",
    help: "Time to put the scores of one head and micro-batch durably into the ledger",
    buckets: exponentialBuckets(0.0005, 2, 16),
    registers: [this.registry],
  });

  constructor(version: string) {
    collectDefaultMetrics({ register: this.registry, prefix: "painters_" });
    const gauge = (name: string, help: string, labelNames: readonly string[], collect: (of: Gauge) => void) =>
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [this.registry],
        collect() {
          this.reset();
          collect(this);
        },
      });
    gauge("painters_build_info", "Always 1", ["version", "role"], (info) =>
      info.set({ version, role: "coordinator" }, 1),
    );
    gauge("painters_workers", "Workers attached", ["state"], (workers) => {
      const { status, attachedWorkers } = this.#state();
      for (const state of workerStates) {
        const count = status?.workers.filter((worker) => worker.state === state).length;
        workers.set({ state }, count ?? (state === "waiting" ? attachedWorkers : 0));
      }
    });
    gauge("painters_injections_in_flight", "Micro-batches on workers", [], (injections) =>
      injections.set(this.#state().status?.inFlight ?? 0),
    );
    gauge("painters_missing_records", "Scores the running sweep still lacks", [], (missing) =>
      missing.set(this.#state().status?.missing ?? 0),
    );
    gauge("painters_sweeps", "Sweeps the coordinator knows", ["state"], (sweeps) => {
      const states = this.#sweeps();
      for (const state of sweepStates) {
        sweeps.set({ state }, states.filter((each) => each === state).length);
      }
    });
  }

  observe(state: () => CoordinatorState): void {
    this.#state = state;
  }

  observeSweeps(sweeps: () => readonly SweepState[]): void {
    this.#sweeps = sweeps;
  }

  told(connection: ConnectionId, message: ToWorker): void {
    if (message.kind === "plan") {
      const visits = message.steps.filter(({ operation }) => operation.kind === "layer").length;
      const key = `${message.epoch} ${message.plan} ${connection}`;
      this.#planVisits.set(key, (this.#planVisits.get(key) ?? 0) + visits);
    } else if (message.kind === "inject") {
      const { epoch, plan, injection } = message;
      this.#layerVisits.inc(this.#planVisits.get(`${epoch} ${plan} ${connection}`) ?? 0);
      // All of an injection's workers are told one after the other.
      if (this.#lastInjection === `${epoch} ${injection}`) return;
      this.#lastInjection = `${epoch} ${injection}`;
      this.#injections.inc();
    } else if (message.kind === "abort-epoch" || message.kind === "close-epoch") {
      const prefix = `${message.epoch} `;
      for (const key of this.#planVisits.keys()) if (key.startsWith(prefix)) this.#planVisits.delete(key);
    }
  }

  epochOpened(): void {
    this.#epochs.inc();
  }

  /** `cause`: the event it followed from. */
  epochAborted(cause: DispatchEvent["kind"]): void {
    if (cause !== "cancel") this.#retries.inc({ reason: retryReasons[cause] });
  }

  workerLost(): void {
    this.#losses.inc();
  }

  leaseExpired(): void {
    this.#expirations.inc();
  }

  recorded(records: number, commitSeconds: number): void {
    this.#records.inc(records);
    this.#commitSeconds.observe(commitSeconds);
  }

  /** A text is over. */
  generated(): void {
    this.#records.inc();
  }

  documentFailed(): void {
    this.#failedDocuments.inc();
  }

  redispatched(seconds: number): void {
    this.#redispatchSeconds.observe(seconds);
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}

const retryReasons = {
  joined: "worker-replaced",
  left: "worker-lost",
  message: "worker-reported",
  tick: "silence",
} as const;
