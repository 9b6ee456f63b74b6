// The coordinator's process side: control streams and timers become events of the
// dispatcher, and its actions are done. One sweep runs at a time.
import { type ControlLink, serveControl, type WorkerMessage } from "../../proto/control-server.js";
import type { Credentials } from "../../proto/credentials.js";
import type { Log } from "../../proto/log.js";
import type { Hello, ToCoordinator, ToWorker } from "../../proto/messages.js";
import { createServer, type RpcServer } from "../../proto/server.js";
import type { VisitId } from "../graph/sweep-graph.js";
import type { CoordinatorMetrics } from "./coordinator-metrics.js";
import type {
  ConnectionId,
  DispatchAction,
  DispatchEvent,
  DispatchOptions,
  DispatchStatus,
} from "./dispatch.js";
import { Dispatcher } from "./dispatcher.js";

export interface CoordinatorSettings {
  /** HOST:PORT; port 0 lets the system choose. */
  readonly listen: string;
  readonly credentials: Credentials;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  readonly log: Log;
  /** Adds other services before the server listens. */
  readonly addServices?: (server: RpcServer) => void;
  readonly metrics?: CoordinatorMetrics;
  /** A worker came or went. */
  readonly workersChanged?: () => void;
}

/** Where a sweep's outcomes go. All of it is done, and durable, when a call returns. */
export interface SweepSink {
  persistEpoch(epoch: number): void;
  /** The scored tokens of these documents' rows in order. */
  record(head: VisitId, documents: readonly number[], logprobs: Float32Array, isGreedy: Uint8Array): void;
  /** The next token of a document; of a sweep that generates. `tokens`: all so far; durable once it is over. */
  generated?(head: VisitId, document: number, tokens: readonly number[], isOver: boolean): void;
  /** What a probe found over these documents' rows in order. A sweep of heads alone has no use for it. */
  probed?(probe: VisitId, documents: readonly number[], values: Uint8Array<ArrayBuffer>): void;
  documentFailed(document: number, heads: readonly VisitId[], reason: string): void;
  /** From a loss to the first injection that brings a lost document back, milliseconds. */
  redispatched(milliseconds: number): void;
  /** What the dispatcher has to say to people. */
  note?(text: string): void;
}

/** Sees the messages of a sweep, in both directions, and changes nothing. */
export interface SweepObserver {
  told(message: ToWorker): void;
  heard(message: ToCoordinator): void;
}

export type SweepOutcome = "complete" | "failed" | "cancelled";

interface RunningSweep {
  readonly dispatcher: Dispatcher;
  readonly sink: SweepSink;
  readonly observers: readonly SweepObserver[];
  readonly settle: (outcome: SweepOutcome | Error) => void;
}

export class Coordinator {
  readonly #settings: CoordinatorSettings;
  readonly #server: RpcServer;
  readonly #links = new Map<ConnectionId, ControlLink>();
  readonly #connections = new Map<ControlLink, ConnectionId>();
  #lastConnection = 0;
  #sweep: RunningSweep | null = null;
  #address = "";

  private constructor(settings: CoordinatorSettings) {
    this.#settings = settings;
    const { listen, credentials, log } = settings;
    this.#server = createServer({ address: listen, credentials, refused: log });
    serveControl(this.#server, {
      attached: (link) => this.#attached(link),
      message: (link, message) => this.#heard(link, message),
      closed: (link, reason) => this.#closed(link, reason),
      refused: (_identity, reason) => log(`refused a worker: ${reason}`),
    });
    settings.addServices?.(this.#server);
    settings.metrics?.observe(() => ({ status: this.status, attachedWorkers: this.#links.size }));
  }

  /** Throws PortInUseError, ListenError, InsecureAddressError. */
  static async start(settings: CoordinatorSettings): Promise<Coordinator> {
    const coordinator = new Coordinator(settings);
    coordinator.#address = await coordinator.#server.listen();
    return coordinator;
  }

  /** HOST:PORT that was bound. */
  get address(): string {
    return this.#address;
  }

  get workerNames(): readonly string[] {
    return this.workers.map(({ name }) => name);
  }

  /** Who is attached. */
  get workers(): readonly Hello[] {
    return [...this.#links.values()].map(({ hello }) => hello);
  }

  /** null: no sweep runs. */
  get status(): DispatchStatus | null {
    return this.#sweep?.dispatcher.status() ?? null;
  }

  /** Runs a sweep to its end. Rejects with what the sink throws. An aborted signal cancels. */
  async run(
    options: DispatchOptions,
    sink: SweepSink,
    signal: AbortSignal,
    observers: readonly SweepObserver[] = [],
  ): Promise<SweepOutcome> {
    if (this.#sweep) throw new Error("a sweep is running already");
    const dispatcher = new Dispatcher(options);
    const tick = setInterval(
      () => this.#handle({ kind: "tick", nowMs: now() }),
      this.#settings.heartbeatMs / 2,
    );
    const cancel = (): void => this.#handle({ kind: "cancel", nowMs: now(), reason: "interrupted" });
    try {
      const outcome = await new Promise<SweepOutcome | Error>((settle) => {
        this.#sweep = { dispatcher, sink, observers, settle };
        for (const [connection, { hello }] of this.#links) {
          this.#handle({ kind: "joined", nowMs: now(), connection, hello });
        }
        this.#handle({ kind: "tick", nowMs: now() });
        if (signal.aborted) cancel();
        else signal.addEventListener("abort", cancel, { once: true });
      });
      if (outcome instanceof Error) throw outcome;
      return outcome;
    } finally {
      clearInterval(tick);
      signal.removeEventListener("abort", cancel);
      this.#sweep = null;
    }
  }

  /** Lets idle workers that lack a model come back by a new stream: with it they say what their stores hold now. */
  askAgain(model: string): void {
    if (this.#sweep) return;
    for (const link of this.#links.values()) {
      if (!link.hello.models.includes(model)) link.close(`look for model ${model.slice(0, 12)} again`);
    }
  }

  async stop(): Promise<void> {
    for (const link of this.#links.values()) link.close("the coordinator ends");
    await this.#server.shutdown(1000);
  }

  #attached(link: ControlLink): void {
    const { name, incarnation } = link.hello;
    const connection = ++this.#lastConnection;
    this.#settings.log(`worker ${name} joined`, { worker: name, incarnation });
    this.#links.set(connection, link);
    this.#connections.set(link, connection);
    this.#settings.workersChanged?.();
    if (this.#sweep) {
      this.#handle({ kind: "joined", nowMs: now(), connection, hello: link.hello });
      return;
    }
    // The dispatcher does the same while a sweep runs.
    for (const [other, { hello }] of this.#links) {
      if (other !== connection && hello.name === name)
        this.#replace(other, hello.incarnation !== incarnation);
    }
    const { heartbeatMs, leaseMs } = this.#settings;
    link.send({ kind: "welcome", heartbeatMs, leaseMs });
  }

  #replace(connection: ConnectionId, otherProcess: boolean): void {
    const link = this.#links.get(connection)!;
    const reason = `another process took the name ${link.hello.name}`;
    if (otherProcess) link.send({ kind: "goodbye", reason });
    link.close(reason, otherProcess);
  }

  #heard(link: ControlLink, message: WorkerMessage): void {
    const connection = this.#connections.get(link);
    if (connection === undefined) return;
    if (!this.#sweep) {
      if (message.kind === "draining") {
        link.send({ kind: "goodbye", reason: "drained" });
        link.close("drained", true);
      }
      return;
    }
    for (const observer of this.#sweep.observers) observer.heard(message);
    this.#handle({ kind: "message", nowMs: now(), connection, message });
  }

  #closed(link: ControlLink, reason: string): void {
    const connection = this.#connections.get(link);
    if (connection === undefined) return;
    this.#connections.delete(link);
    this.#links.delete(connection);
    this.#settings.log(`worker ${link.hello.name} left: ${reason}`, { worker: link.hello.name });
    this.#settings.metrics?.workerLost();
    this.#handle({ kind: "left", nowMs: now(), connection, reason });
    this.#settings.workersChanged?.();
  }

  #handle(event: DispatchEvent): void {
    const sweep = this.#sweep;
    if (!sweep) return;
    try {
      const actions = sweep.dispatcher.handle(event);
      if (actions.some(isAbort)) this.#settings.metrics?.epochAborted(event.kind);
      for (const action of actions) this.#do(action, sweep);
    } catch (error) {
      // A sink that cannot record ends the sweep; the workers drop what they have.
      this.#sweep = null;
      for (const action of sweep.dispatcher.handle({ kind: "cancel", nowMs: now(), reason: String(error) })) {
        if (action.kind === "tell") this.#links.get(action.connection)?.send(action.message);
      }
      sweep.settle(error as Error);
    }
  }

  #do(action: DispatchAction, { sink, observers, settle }: RunningSweep): void {
    const { metrics } = this.#settings;
    switch (action.kind) {
      case "persist-epoch":
        sink.persistEpoch(action.epoch);
        metrics?.epochOpened();
        return;
      case "tell":
        for (const observer of observers) observer.told(action.message);
        metrics?.told(action.connection, action.message);
        this.#links.get(action.connection)?.send(action.message);
        return;
      case "disconnect":
        if (action.reason.startsWith("no sign of life")) metrics?.leaseExpired();
        this.#links.get(action.connection)?.close(action.reason);
        return;
      case "record": {
        const startMs = now();
        sink.record(action.head, action.documents, action.logprobs, action.isGreedy);
        metrics?.recorded(action.missing.filter(Boolean).length, (now() - startMs) / 1000);
        return;
      }
      case "generated":
        sink.generated?.(action.head, action.document, action.tokens, action.isOver);
        if (action.isOver) metrics?.generated();
        return;
      case "probe":
        sink.probed?.(action.probe, action.documents, action.values);
        return;
      case "document-failed":
        metrics?.documentFailed();
        sink.documentFailed(action.document, action.heads, action.reason);
        return;
      case "trace":
        return;
      case "note":
        this.#settings.log(action.text);
        sink.note?.(action.text);
        if (action.redispatchMs === undefined) return;
        metrics?.redispatched(action.redispatchMs / 1000);
        sink.redispatched(action.redispatchMs);
        return;
      case "complete":
        settle(action.outcome);
        return;
    }
  }
}

function isAbort(action: DispatchAction): boolean {
  return action.kind === "tell" && action.message.kind === "abort-epoch";
}

function now(): number {
  return performance.now();
}
