// A worker: attached to its coordinator, serving hidden states to other workers,
// and passing messages between those streams and its devices. It decides nothing:
// what a place does is in place-program.ts, who does what in the coordinator.
import type { AttachedControl, ControlEnded } from "../proto/control-client.js";
import { attachControl } from "../proto/control-client.js";
import type { Credentials } from "../proto/credentials.js";
import { type DataOutlet, serveData } from "../proto/data-server.js";
import type { Frame } from "../proto/frame.js";
import {
  type EpochPlace,
  type Hello,
  type OpenEpoch,
  protocolVersion,
  type ToWorker,
} from "../proto/messages.js";
import { createServer, type RpcServer } from "../proto/server.js";
import type { FromDevice } from "./device-messages.js";
import { DevicePool, type DevicePoolSettings } from "./device-pool.js";
import type { State } from "./merge.js";
import { ModelShelf } from "./model-shelf.js";
import { PeerLinks } from "./peer-links.js";
import type { WorkerMetrics } from "./worker-metrics.js";

export interface WorkerSettings {
  readonly name: string;
  readonly coordinator: string;
  /** HOST:PORT to serve hidden states on; port 0 lets the system choose. */
  readonly listen: string;
  /** HOST that other workers reach it by; null: the one it listens on. */
  readonly advertise: string | null;
  readonly storeDir: string;
  readonly pool: DevicePoolSettings;
  readonly memoryBytes: number;
  readonly flopsPerSecond: number;
  readonly linkBytesPerSecond: number;
  readonly numericsId: string;
  readonly credentials: Credentials;
  /** Dial the coordinator again when it goes away. */
  readonly reconnect: boolean;
}

export interface WorkerEvents {
  /** For people. */
  log(text: string): void;
  /** It is over: exit with this code. */
  ended(exitCode: number, reason: string): void;
}

/** An epoch this worker takes part in. */
interface OpenedEpoch {
  readonly places: readonly EpochPlace[];
  /** Places of this worker still loading. */
  readonly loading: Set<number>;
  linked: boolean;
  /** [plan] devices that have steps of it */
  readonly plans: Map<number, number[]>;
}

export class WorkerService {
  readonly #settings: WorkerSettings;
  readonly #events: WorkerEvents;
  readonly #metrics: WorkerMetrics;
  readonly #incarnation = crypto.randomUUID();
  readonly #shelf: ModelShelf;
  readonly #server: RpcServer;
  readonly #outlet: DataOutlet;
  readonly #devices: DevicePool;
  readonly #peers: PeerLinks;
  readonly #epochs = new Map<number, OpenedEpoch>();
  readonly #waitingForPlan: (() => void)[] = [];
  #control: AttachedControl | null = null;
  #heartbeat: NodeJS.Timeout | undefined;
  #dataAddress = "";
  #draining = false;
  #goodbye: string | null = null;

  constructor(settings: WorkerSettings, events: WorkerEvents, metrics: WorkerMetrics) {
    this.#settings = settings;
    this.#events = events;
    this.#metrics = metrics;
    this.#shelf = new ModelShelf(settings.storeDir);
    const { credentials, name } = settings;
    this.#server = createServer({ address: settings.listen, credentials, refused: events.log });
    this.#outlet = serveData(this.#server, { mayPull: (worker) => this.#mayPull(worker) });
    this.#peers = new PeerLinks({
      self: name,
      credentials,
      frame: (frame) => this.#receive(frame),
      broken: (peer, reason) => this.#control?.send({ kind: "link-broken", peer, reason }),
    });
    this.#devices = new DevicePool(settings.pool, {
      said: (device, message) => this.#deviceSaid(device, message),
      died: (_device, reason) => this.#end(1, reason),
    });
  }

  async start(): Promise<void> {
    await this.#shelf.scan();
    const bound = await this.#server.listen();
    const { advertise, coordinator, credentials, reconnect } = this.#settings;
    this.#dataAddress =
      advertise === null ? bound : `${advertise}:${bound.slice(bound.lastIndexOf(":") + 1)}`;
    this.#events.log(`worker ${this.#settings.name} serves hidden states on ${this.#dataAddress}`);
    this.#control = attachControl(
      coordinator,
      credentials,
      () => this.#hello(),
      {
        attached: () => this.#events.log(`attached to the coordinator at ${coordinator}`),
        message: (message) => this.#told(message),
        closed: (ended) => this.#controlClosed(ended),
      },
      { reconnect },
    );
  }

  /** Asks to be given nothing new; the coordinator says goodbye when what it has is done. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#events.log("draining: finishing what is in hand");
    if (!this.#control?.send({ kind: "draining" })) this.#end(0, "drained: the coordinator was away");
  }

  get isServing(): boolean {
    return this.#control?.isAttached ?? false;
  }

  async stop(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#control?.close();
    this.#peers.close();
    await this.#server.shutdown(500);
    await this.#devices.stop();
  }

  #hello(): Hello {
    const { name, pool, memoryBytes, flopsPerSecond, linkBytesPerSecond, numericsId } = this.#settings;
    // The next hello, after a lost connection, shows what was imported meanwhile.
    void this.#shelf.scan();
    return {
      kind: "hello",
      protocolVersion,
      name,
      incarnation: this.#incarnation,
      dataAddress: this.#dataAddress,
      devices: pool.devices,
      memoryBytes,
      flopsPerSecond,
      linkBytesPerSecond,
      numericsId,
      models: this.#shelf.fingerprints,
    };
  }

  #told(message: ToWorker): void {
    switch (message.kind) {
      case "welcome": {
        clearInterval(this.#heartbeat);
        const beat = (): void => {
          const busyMs = this.#devices.busyMs();
          this.#metrics.busy(busyMs);
          this.#control?.send({ kind: "heartbeat", busyMs });
        };
        beat();
        this.#heartbeat = setInterval(beat, message.heartbeatMs);
        if (this.#draining) this.#control?.send({ kind: "draining" });
        return;
      }
      case "open-epoch":
        void this.#openEpoch(message);
        return;
      case "plan": {
        const opened = this.#epochs.get(message.epoch);
        if (!opened) return;
        const { device } = opened.places[message.place]!;
        opened.plans.set(message.plan, [...(opened.plans.get(message.plan) ?? []), device]);
        const { epoch, plan, steps, receives } = message;
        this.#devices.tell(device, { kind: "plan", epoch, plan, steps, receives });
        return;
      }
      case "inject":
        for (const device of this.#epochs.get(message.epoch)?.plans.get(message.plan) ?? []) {
          this.#devices.tell(device, message);
        }
        this.#metrics.injected();
        return;
      case "abort-epoch":
      case "close-epoch":
        this.#epochs.delete(message.epoch);
        this.#outlet.dropEpoch(message.epoch);
        this.#devices.tellAll(message);
        return;
      case "goodbye":
        this.#goodbye = message.reason;
        this.#control?.close();
        this.#end(this.#draining ? 0 : 1, message.reason);
        return;
    }
  }

  async #openEpoch(message: OpenEpoch): Promise<void> {
    const { epoch, places, shards, pullFrom } = message;
    const opened: OpenedEpoch = {
      places,
      loading: new Set(shards.map(({ place }) => place)),
      linked: false,
      plans: new Map(),
    };
    this.#epochs.set(epoch, opened);
    for (const wake of this.#waitingForPlan.splice(0)) wake();
    try {
      const parts = [...new Set(shards.flatMap((shard) => shard.parts))];
      const started = performance.now();
      const modelDir = await this.#shelf.open(message.model, parts);
      this.#metrics.loaded((performance.now() - started) / 1000);
      for (const shard of shards) {
        const { device } = places[shard.place]!;
        this.#devices.tell(device, { kind: "open-epoch", epoch, modelDir, parts: shard.parts });
      }
      const addresses = new Map(places.map(({ worker, dataAddress }) => [worker, dataAddress]));
      await this.#peers.open(new Map(pullFrom.map((peer) => [peer, addresses.get(peer)!])));
      opened.linked = true;
      this.#acknowledge(epoch, opened);
    } catch (error) {
      if (this.#epochs.get(epoch) !== opened) return;
      this.#control?.send({ kind: "epoch-failed", epoch, reason: (error as Error).message });
    }
  }

  #acknowledge(epoch: number, opened: OpenedEpoch): void {
    if (!opened.linked || opened.loading.size > 0 || this.#epochs.get(epoch) !== opened) return;
    this.#control?.send({ kind: "epoch-ready", epoch });
  }

  #deviceSaid(device: number, message: FromDevice): void {
    const opened = this.#epochs.get(message.epoch);
    switch (message.kind) {
      case "epoch-ready":
        if (!opened) return;
        opened.loading.delete(this.#placeOf(opened, device));
        this.#acknowledge(message.epoch, opened);
        return;
      case "epoch-failed":
        this.#events.log(`epoch ${message.epoch} failed: ${message.reason}`);
        this.#control?.send(message);
        return;
      case "frame":
        if (opened) this.#deliver(opened, this.#placeOf(opened, device), message);
        return;
      case "scored":
        this.#control?.send(message);
        return;
      case "finished": {
        if (!opened) return;
        const { epoch, injection, slices } = message;
        this.#metrics.finished(slices);
        this.#control?.send({
          kind: "finished",
          epoch,
          injection,
          place: this.#placeOf(opened, device),
          slices,
        });
      }
    }
  }

  /** To places of this worker in memory, to others over their links. */
  #deliver(opened: OpenedEpoch, from: number, frame: Extract<FromDevice, { readonly kind: "frame" }>): void {
    const { epoch, injection, state, payload } = frame;
    const { name } = this.#settings;
    const local = frame.to.filter((to) => opened.places[to]!.worker === name);
    const remote = frame.to.filter((to) => opened.places[to]!.worker !== name);
    for (const to of remote) {
      const shape = [1, 1, payload.length];
      void this.#outlet.send(opened.places[to]!.worker, {
        epoch,
        injection,
        state,
        from,
        to,
        shape,
        payload,
      });
      this.#metrics.sent(payload.byteLength);
    }
    for (const [i, to] of local.entries()) {
      // The last local reader may have the buffer itself, if no link reads it still.
      const own = remote.length === 0 && i === local.length - 1 ? payload : payload.slice();
      const { device } = opened.places[to]!;
      this.#devices.tell(device, { kind: "frame", epoch, injection, state, payload: own });
    }
  }

  #receive({ epoch, injection, state, to, payload }: Frame): void {
    const place = this.#epochs.get(epoch)?.places[to];
    if (place?.worker !== this.#settings.name) return;
    this.#metrics.received(payload.byteLength);
    this.#devices.tell(place.device, { kind: "frame", epoch, injection, state, payload: payload as State });
  }

  /** Only workers of an epoch we are in; its message may still be on the way. */
  #mayPull(worker: string): boolean | Promise<boolean> {
    const allowed = (): boolean =>
      [...this.#epochs.values()].some(({ places }) => places.some((place) => place.worker === worker));
    if (allowed()) return true;
    return new Promise((resolve) => {
      const wake = (): void => {
        if (allowed()) resolve(true);
        else this.#waitingForPlan.push(wake);
      };
      this.#waitingForPlan.push(wake);
    });
  }

  #placeOf({ places }: OpenedEpoch, device: number): number {
    return places.findIndex((place) => place.worker === this.#settings.name && place.device === device);
  }

  #controlClosed({ reason, retryInMs, error }: ControlEnded): void {
    clearInterval(this.#heartbeat);
    for (const epoch of this.#epochs.keys()) {
      this.#outlet.dropEpoch(epoch);
      this.#devices.tellAll({ kind: "abort-epoch", epoch });
    }
    this.#epochs.clear();
    if (this.#goodbye !== null) return;
    if (retryInMs === null) this.#end(error ? 1 : 0, reason);
    else if (this.#draining) this.#end(0, "drained: the coordinator went away");
    else this.#events.log(`${reason}; trying again in ${(retryInMs / 1000).toFixed(1)} s`);
  }

  #end(exitCode: number, reason: string): void {
    this.#events.ended(exitCode, reason);
  }
}
