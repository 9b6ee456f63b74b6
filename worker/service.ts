// A worker: attached to its coordinator, serving hidden states to other workers,
// and passing messages between those streams and its devices. It decides nothing:
// what a place does is in place-program.ts, who does what in the coordinator.
import type { AttachedControl, ControlEnded } from "../proto/control-client.js";
import { attachControl } from "../proto/control-client.js";
import type { Credentials } from "../proto/credentials.js";
import { type DataOutlet, serveData } from "../proto/data-server.js";
import { deadlines } from "../proto/limits.js";
import { type Hello, type OpenEpoch, protocolVersion, type ToWorker } from "../proto/messages.js";
import { createServer, type RpcServer } from "../proto/server.js";
import type { FromDevice } from "./device-messages.js";
import { DevicePool, type DevicePoolSettings } from "./device-pool.js";
import { FrameRoutes } from "./frame-routes.js";
import { ModelShelf } from "./model-shelf.js";
import { type OpenedEpoch, OpenedEpochs } from "./opened-epoch.js";
import { PeerLinks } from "./peer-links.js";
import { probePieces } from "./probe-pieces.js";
import type { WorkerMetrics } from "./worker-metrics.js";

export interface WorkerSettings {
  readonly name: string;
  readonly coordinator: string;
  /** HOST:PORT to serve hidden states on; port 0 lets the system choose. */
  readonly listen: string;
  /** HOST or HOST:PORT that other workers reach it by; null: the one it listens on. */
  readonly advertise: string | null;
  readonly storeDir: string;
  readonly pool: DevicePoolSettings;
  readonly memoryBytes: number;
  readonly flopsPerSecond: number;
  readonly linkBytesPerSecond: number;
  readonly numericsId: string;
  readonly credentials: Credentials;
  /** With workers of this machine and user. */
  readonly sharesMemory: boolean;
  /** Dial the coordinator again when it goes away. */
  readonly reconnect: boolean;
}

export interface WorkerEvents {
  /** For people. */
  log(text: string): void;
  /** It is over: exit with this code. */
  ended(exitCode: number, reason: string): void;
}

// When a peer dies its control stream breaks too: the coordinator is left this long to act on that first.
const linkGraceMs = 200;

export class WorkerService {
  readonly #settings: WorkerSettings;
  readonly #events: WorkerEvents;
  readonly #metrics: WorkerMetrics | null;
  readonly #incarnation = crypto.randomUUID();
  readonly #shelf: ModelShelf;
  readonly #server: RpcServer;
  readonly #outlet: DataOutlet;
  readonly #devices: DevicePool;
  readonly #peers: PeerLinks;
  readonly #routes: FrameRoutes;
  readonly #epochs = new OpenedEpochs();
  #control: AttachedControl | null = null;
  #heartbeat: NodeJS.Timeout | undefined;
  #dataAddress = "";
  #draining = false;
  #goodbye: string | null = null;

  constructor(settings: WorkerSettings, events: WorkerEvents, metrics: WorkerMetrics | null) {
    this.#settings = settings;
    this.#events = events;
    this.#metrics = metrics;
    this.#shelf = new ModelShelf(settings.storeDir);
    const { credentials, name, sharesMemory } = settings;
    this.#server = createServer({ address: settings.listen, credentials, refused: events.log });
    const mayPull = async (worker: string): Promise<boolean> =>
      this.#epochs.mayPull(worker, deadlines.openMs);
    this.#outlet = serveData(this.#server, { mayPull }, { sharesMemory });
    this.#peers = new PeerLinks({
      self: name,
      credentials,
      sharesMemory,
      frame: (frame) => {
        const opened = this.#epochs.get(frame.epoch);
        if (opened) this.#routes.receive(opened, frame);
      },
      broken: (peer, reason) => this.#linkBroke(peer, reason),
    });
    this.#devices = new DevicePool(settings.pool, {
      said: (device, message) => this.#deviceSaid(device, message),
      died: (_device, reason) => this.#end(1, reason),
    });
    this.#routes = new FrameRoutes(this.#outlet, this.#devices, metrics);
  }

  async start(): Promise<void> {
    await this.#shelf.scan();
    const bound = await this.#server.listen();
    const { advertise, coordinator, credentials, reconnect } = this.#settings;
    this.#dataAddress = advertisedAddress(bound, advertise);
    const known = this.#dataAddress === bound ? "" : `, known to others as ${this.#dataAddress}`;
    this.#events.log(`worker ${this.#settings.name} serves hidden states on ${bound}${known}`);
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
    if (!this.#draining) this.#events.log("draining: finishing what is in hand");
    this.#draining = true;
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
          this.#metrics?.busy(busyMs);
          this.#metrics?.cached(this.#devices.cacheBytes());
          this.#metrics?.linked(this.#peers.links);
          this.#control?.send({ kind: "heartbeat", busyMs });
          // Said again and again: a sweep that is cancelled, or a coordinator that restarts, forgets it.
          if (this.#draining) this.#control?.send({ kind: "draining" });
        };
        beat();
        this.#heartbeat = setInterval(beat, message.heartbeatMs);
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
        this.#metrics?.injected();
        return;
      case "forget":
        this.#devices.tellAll(message);
        return;
      case "abort-epoch":
      case "close-epoch":
        this.#epochs.end(message.epoch);
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
    const opened = this.#epochs.open(message, this.#settings.name);
    const isWanted = (): boolean => this.#epochs.isOpen(opened);
    try {
      const parts = [...new Set(shards.flatMap((shard) => shard.parts))];
      const started = performance.now();
      const model = await this.#shelf.open(message.model, parts);
      this.#metrics?.loaded((performance.now() - started) / 1000);
      // The epoch may have been aborted meanwhile, and devices open none that is dead.
      if (!isWanted()) return;
      for (const shard of shards) {
        const { device } = places[shard.place]!;
        this.#devices.tell(device, { kind: "open-epoch", epoch, model, parts: shard.parts });
      }
    } catch (error) {
      if (isWanted()) this.#epochFailed(epoch, (error as Error).message);
      return;
    }
    // A peer that is out of reach is not our fault: told as a broken link, and tried again.
    const addresses = new Map(places.map(({ worker, dataAddress }) => [worker, dataAddress]));
    await this.#peers.open(
      new Map(pullFrom.map((peer) => [peer, addresses.get(peer)!])),
      isWanted,
      (peer, reason) => this.#control?.send({ kind: "link-broken", epoch, peer, reason }),
    );
    opened.linked = true;
    this.#acknowledge(opened);
  }

  #acknowledge(opened: OpenedEpoch): void {
    if (!opened.isReady || !this.#epochs.isOpen(opened)) return;
    this.#control?.send({ kind: "epoch-ready", epoch: opened.epoch });
  }

  #epochFailed(epoch: number, reason: string): void {
    this.#events.log(`epoch ${epoch} failed: ${reason}`);
    this.#control?.send({ kind: "epoch-failed", epoch, reason });
  }

  #linkBroke(peer: string, reason: string): void {
    const hit = this.#epochs.with(peer);
    const tell = (): void => {
      const open = hit.filter((opened) => this.#epochs.isOpen(opened)).map(({ epoch }) => epoch);
      if (open.length > 0) {
        this.#control?.send({ kind: "link-broken", epoch: Math.max(...open), peer, reason });
      }
    };
    if (hit.length > 0) setTimeout(tell, linkGraceMs).unref();
  }

  #deviceSaid(device: number, message: FromDevice): void {
    const opened = this.#epochs.get(message.epoch);
    switch (message.kind) {
      case "epoch-ready":
        if (!opened) return;
        opened.loading.delete(opened.placeOf(device));
        this.#acknowledge(opened);
        return;
      case "epoch-failed":
        if (opened) this.#epochFailed(message.epoch, message.reason);
        return;
      case "frame":
        if (opened) this.#routes.deliver(opened, opened.placeOf(device), message);
        return;
      case "scored":
        this.#control?.send(message);
        return;
      case "generated":
        this.#control?.send({ ...message, tokens: [...message.tokens] });
        return;
      case "probed":
        for (const piece of probePieces(message)) this.#control?.send(piece);
        return;
      case "finished": {
        if (!opened) return;
        const { epoch, injection, slices } = message;
        this.#metrics?.finished(slices);
        this.#control?.send({
          kind: "finished",
          epoch,
          injection,
          place: opened.placeOf(device),
          slices,
        });
      }
    }
  }

  #controlClosed({ reason, retryInMs, error }: ControlEnded): void {
    clearInterval(this.#heartbeat);
    for (const epoch of this.#epochs.endAll()) {
      this.#outlet.dropEpoch(epoch);
      this.#devices.tellAll({ kind: "abort-epoch", epoch });
    }
    if (this.#goodbye !== null) return;
    // The next hello shows what was imported meanwhile.
    void this.#shelf.scan();
    if (retryInMs === null) this.#end(error ? 1 : 0, reason);
    else if (this.#draining) this.#end(0, "drained: the coordinator went away");
    else this.#events.log(`${reason}; trying again in ${(retryInMs / 1000).toFixed(1)} s`);
  }

  #end(exitCode: number, reason: string): void {
    this.#events.ended(exitCode, reason);
  }
}

function advertisedAddress(bound: string, advertise: string | null): string {
  if (advertise === null) return bound;
  return /:\d+$/.test(advertise) ? advertise : `${advertise}:${bound.slice(bound.lastIndexOf(":") + 1)}`;
}
