// Runs a history: a coordinator with the real dispatcher, workers with the real program,
// a network between them, faults. Everything random comes from the seed.
import type { DispatchAction, DispatchEvent } from "../../coordinator/cluster/dispatch.js";
import type { Dispatcher } from "../../coordinator/cluster/dispatcher.js";
import { RandomSource } from "../../models/demo/random-source.js";
import type { ToCoordinator } from "../../proto/messages.js";
import type { Outgoing } from "../../worker/place-program.js";
import { Clock } from "./clock.js";
import { ControlStreams } from "./control-streams.js";
import { describe } from "./describe.js";
import { dispatchOptions } from "./dispatch-options.js";
import { hold, Invariants } from "./invariants.js";
import { Link } from "./link.js";
import type { Parts } from "./parts.js";
import type { Fault, Script } from "./script.js";
import { helloOf, SimulatedWorker, type World } from "./simulated-worker.js";
import { randomSweep, type Sweep } from "./sweep.js";
import type { ToyState } from "./toy-model.js";

/** After the last fault a sweep ends within this. Steps take milliseconds, timeouts some seconds. */
const patienceMs = 60_000;

export class Simulation implements World {
  readonly clock = new Clock();
  readonly random: RandomSource;
  readonly invariants: Invariants;
  readonly #sweep: Sweep;
  readonly #script: Script;
  readonly #parts: Parts;
  readonly #log: ((line: string) => void) | null;
  readonly #workers: SimulatedWorker[] = [];
  /** The process that goes by a name now. */
  readonly #named = new Map<string, SimulatedWorker>();
  readonly #streams: ControlStreams;
  readonly #dataLinks = new Map<string, Link>();
  #dispatcher: Dispatcher | null = null;
  #coordinatorLife = 0;
  #crashAfterActions: number | null = null;
  #onlyPoison = true;
  /** Of a stopped coordinator. */
  #backlog: (() => void)[] | null = null;
  #outcome: string | null = null;

  constructor(script: Script, parts: Parts, log: ((line: string) => void) | null = null) {
    this.#script = script;
    this.#parts = parts;
    this.#log = log;
    this.#sweep = randomSweep(script.seed);
    this.random = new RandomSource(script.seed ^ 0xde1a);
    this.invariants = new Invariants(this.#sweep);
    const now = (): number => this.clock.nowMs;
    this.#streams = new ControlStreams(this.clock, this.random, {
      whenAwake: (then) => this.#whenAwake(then),
      joined: (connection, { hello }) => this.#happen({ kind: "joined", nowMs: now(), connection, hello }),
      said: (connection, message) => this.#happen({ kind: "message", nowMs: now(), connection, message }),
      left: (connection, reason) => this.#happen({ kind: "left", nowMs: now(), connection, reason }),
    });
  }

  /** @throws BrokenInvariant; returns what the sweep came to */
  run(): string {
    this.#startCoordinator();
    for (const [i, devices] of this.#sweep.workers.entries()) {
      this.clock.plan(this.random.next() * 100, () => this.#startWorker(`w${i}`, devices));
    }
    for (const fault of this.#script.faults) this.clock.plan(fault.atMs, () => this.#strike(fault));
    const lastMs = Math.max(0, ...this.#script.faults.map(({ atMs, ms }) => atMs + ms));
    this.clock.plan(lastMs + 1, () => {
      for (let i = 0; i < this.#sweep.minWorkers; i++) this.#startWorker(`z${i}`, 1);
    });
    while (this.#outcome === null) {
      hold(this.clock.advance(), "nothing will ever happen again");
      hold(this.clock.nowMs < lastMs + patienceMs, `no end ${patienceMs} ms after the last fault`);
    }
    this.invariants.complete(this.#onlyPoison);
    return this.#outcome;
  }

  say(from: SimulatedWorker, message: ToCoordinator): void {
    this.#streams.say(from, message);
  }

  sendFrame(from: SimulatedWorker, address: string, frame: Outgoing<ToyState>): void {
    const receiver = this.#workers.find(({ hello }) => hello.dataAddress === address);
    if (!receiver) return;
    this.#dataLink(from, receiver).send(() => receiver.whenAwake(() => receiver.receiveFrame(frame)));
  }

  dialCoordinator(worker: SimulatedWorker): void {
    this.clock.plan(5 + this.random.next() * 100, () => worker.whenAwake(() => this.#connect(worker)));
  }

  ended(worker: SimulatedWorker, how: "goodbye" | "poison"): void {
    if (worker.isDead) return;
    this.log(() => `${worker.hello.incarnation} ends by ${how}`);
    worker.isDead = true;
    this.#streams.workerDied(worker, "its stream ended");
    if (how === "goodbye") return;
    this.clock.plan(30, () => this.#startWorker(worker.hello.name, worker.hello.devices));
  }

  log(text: () => string): void {
    this.#log?.(`${this.clock.nowMs.toFixed(1)} ${text()}`);
  }

  #startCoordinator(): void {
    const life = ++this.#coordinatorLife;
    this.log(() => "coordinator starts");
    const { heartbeatMs } = this.#sweep.limits;
    this.#dispatcher = this.#parts.dispatcher(dispatchOptions(this.#sweep, this.invariants));
    const tick = (): void => {
      if (life !== this.#coordinatorLife) return;
      this.#whenAwake(() => this.#happen({ kind: "tick", nowMs: this.clock.nowMs }));
      this.clock.plan(heartbeatMs / 2, tick);
    };
    tick();
  }

  #whenAwake(then: () => void): void {
    if (this.#backlog) this.#backlog.push(then);
    else then();
  }

  #stall(ms: number): void {
    this.#backlog ??= [];
    const life = this.#coordinatorLife;
    this.clock.plan(ms, () => {
      const backlog = this.#backlog ?? [];
      if (life !== this.#coordinatorLife) return;
      this.#backlog = null;
      for (const then of backlog) then();
    });
  }

  #crash(downMs: number): void {
    this.#backlog = null;
    this.log(() => "coordinator dies");
    this.#coordinatorLife++;
    this.#dispatcher = null;
    this.#streams.orphan();
    this.clock.plan(downMs, () => this.#startCoordinator());
  }

  #happen(event: DispatchEvent): void {
    const dispatcher = this.#dispatcher;
    if (!dispatcher || this.#outcome !== null) return;
    this.log(() => `> ${describe(event)}`);
    const actions = dispatcher.handle(event);
    this.invariants.status(dispatcher.status());
    for (const action of actions) {
      if (this.#crashAfterActions !== null && this.#crashAfterActions-- === 0) {
        this.#crashAfterActions = null;
        this.#crash(50);
        return;
      }
      this.#act(action);
    }
  }

  #act(action: DispatchAction): void {
    this.log(() => `  < ${describe(action)}`);
    switch (action.kind) {
      case "persist-epoch":
        this.invariants.persisted(action.epoch);
        break;
      case "tell":
        this.invariants.told(action.message);
        this.#streams.tell(action.connection, action.message);
        break;
      case "disconnect":
        this.#streams.disconnect(action.connection);
        break;
      case "record":
        this.invariants.recorded(action);
        break;
      case "generated":
        this.invariants.generated(action);
        break;
      case "probe":
        this.invariants.probed(action);
        break;
      case "document-failed":
        this.invariants.documentFailed(action);
        break;
      case "complete":
        this.#outcome = action.outcome;
        break;
      case "note":
        if (action.text.includes("is gone")) this.invariants.losses++;
        break;
      case "trace":
        break;
    }
  }

  #connect(worker: SimulatedWorker): void {
    if (!this.#dispatcher) {
      this.dialCoordinator(worker);
      return;
    }
    this.#streams.dial(worker);
    if (worker.isDraining) this.say(worker, { kind: "draining" });
  }

  #startWorker(name: string, devices: number): void {
    // Half of the models fit; the workers that come at last hold all of it.
    const memoryBytes = name.startsWith("z") ? 1000 : 60 + Math.floor(this.random.next() * 60);
    const hello = helloOf(name, this.#workers.length, devices, memoryBytes);
    const worker = new SimulatedWorker(this, hello, this.#parts.program);
    this.log(() => `${hello.incarnation} starts`);
    this.#workers.push(worker);
    this.#named.set(name, worker);
    this.#connect(worker);
    const beat = (): void => {
      if (worker.isDead) return;
      worker.beat();
      this.clock.plan(this.#sweep.limits.heartbeatMs, () => worker.whenAwake(beat));
    };
    beat();
  }

  #strike({ kind, worker: name, other, ms }: Fault): void {
    if (this.#outcome !== null) return;
    this.log(() => `fault ${kind} ${name} ${other} ${ms}`);
    if (kind !== "cut" && kind !== "lose-frames") this.#onlyPoison = false;
    if (kind === "join") {
      this.#startWorker(name, 1);
      return;
    }
    if (kind === "stall" || kind === "crash") {
      if (!this.#dispatcher) return;
      // In the middle of what the next event brings about, or at once.
      if (kind === "stall") this.#stall(ms);
      else if (ms === 20) this.#crashAfterActions = 2;
      else this.#crash(ms);
      return;
    }
    const worker = this.#named.get(name);
    if (!worker || worker.isDead) return;
    switch (kind) {
      case "kill":
      case "vanish":
        worker.isDead = true;
        if (kind === "kill") this.#streams.workerDied(worker, "its stream ended");
        if (ms > 0) this.clock.plan(ms, () => this.#startWorker(name, worker.hello.devices));
        break;
      case "freeze":
        worker.freeze();
        this.clock.plan(ms, () => worker.wake());
        break;
      case "drain":
        worker.whenAwake(() => worker.drain());
        break;
      case "hang":
        worker.hang();
        break;
      case "refuse":
        worker.refusesNext = true;
        break;
      case "unplug":
        this.#streams.break(worker, ms >= 200);
        break;
      case "cut":
      case "lose-frames":
        this.#cut(worker, other, kind === "cut");
        break;
    }
  }

  #cut(worker: SimulatedWorker, otherName: string, noticed: boolean): void {
    // The wanted one, or another that it does have a link with.
    const others = this.#workers.filter((other) => this.#areLinked(worker, other));
    const other = others.find(({ hello }) => hello.name === otherName) ?? others.at(-1);
    if (!other) return;
    this.#dataLink(worker, other).cut();
    this.#dataLink(other, worker).cut();
    if (!noticed) return;
    const reason = "connection reset";
    const report = (from: SimulatedWorker, about: SimulatedWorker): void => {
      const peer = about.hello.name;
      const epoch = from.newestEpochWith(peer);
      if (epoch === null) return;
      this.clock.plan(this.random.next() * 100, () =>
        from.whenAwake(() => this.say(from, { kind: "link-broken", epoch, peer, reason })),
      );
    };
    report(worker, other);
    if (this.random.next() < 0.5) report(other, worker);
  }

  #areLinked(a: SimulatedWorker, b: SimulatedWorker): boolean {
    const [from, to] = [a.hello.incarnation, b.hello.incarnation];
    return this.#dataLinks.has(`${from}>${to}`) || this.#dataLinks.has(`${to}>${from}`);
  }

  #dataLink(from: SimulatedWorker, to: SimulatedWorker): Link {
    const key = `${from.hello.incarnation}>${to.hello.incarnation}`;
    const link = this.#dataLinks.get(key) ?? new Link(this.clock, this.random);
    this.#dataLinks.set(key, link);
    return link;
  }
}
