// Distributes one sweep over workers. A pure state machine: what happened goes in with
// its time, what is to be done comes out in order. It also runs under the simulator.
//
// A worker is waiting (there, in no epoch), serving, draining or left out (it cannot
// serve this sweep). Whenever the workers that may serve change, the placement they
// call for is compared with the newest epoch's; if it differs, a new epoch is opened
// and the old one runs out. A lost worker aborts its epochs; what they did not finish
// waits again. Without a placement the dispatcher waits for workers. It ends when no
// record is missing and nothing is in flight.
//
// A restarted coordinator makes a new dispatcher from what the ledger lacks: no state
// of this one outlives it but the epoch numbers.
import type { Hello, ToCoordinator, ToWorker } from "../../proto/messages.js";
import { CountedTime } from "./counted-time.js";
import type {
  ConnectionId,
  DispatchAction,
  DispatchEvent,
  DispatchOptions,
  DispatchStatus,
} from "./dispatch.js";
import { statusOf } from "./dispatch-status.js";
import { EpochChanges } from "./epoch-changes.js";
import { EpochInjections } from "./epoch-injections.js";
import { LostDocuments, loseWorker } from "./epoch-losses.js";
import { EpochReports } from "./epoch-reports.js";
import { Epochs } from "./epochs.js";
import { Leases } from "./leases.js";
import { overdueStep } from "./overdue.js";
import { Reservations } from "./reservations.js";
import { Roster, type RosterWorker, unfitness } from "./roster.js";
import { Work } from "./work.js";

type LinkBroken = Extract<ToCoordinator, { readonly kind: "link-broken" }>;

/** Parts that tests replace with broken ones. */
export interface DispatcherParts {
  readonly work: Work;
  readonly reservations: Reservations;
}

export class Dispatcher {
  readonly #options: DispatchOptions;
  readonly #work: Work;
  readonly #leases: Leases;
  readonly #roster = new Roster();
  readonly #epochs: Epochs;
  readonly #injections: EpochInjections;
  readonly #changes: EpochChanges;
  readonly #reports: EpochReports;
  #actions: DispatchAction[] = [];
  readonly #act = (action: DispatchAction): void => {
    this.#actions.push(action);
  };
  readonly #time: CountedTime;
  readonly #lost = new LostDocuments();
  #isOver = false;

  constructor(options: DispatchOptions, parts: Partial<DispatcherParts> = {}) {
    const act = this.#act;
    this.#options = options;
    const { waves, documents, isMissing, leastRowTokens } = options;
    this.#work = parts.work ?? new Work(waves, documents, isMissing, leastRowTokens);
    const reservations = parts.reservations ?? new Reservations(options.limits.stateBytes);
    this.#leases = new Leases(options.limits.leaseMs);
    this.#time = new CountedTime(options.limits.leaseMs);
    this.#epochs = new Epochs(options, this.#roster, this.#work, reservations, act);
    this.#injections = new EpochInjections(
      options,
      this.#roster,
      this.#work,
      reservations,
      this.#epochs,
      act,
    );
    this.#changes = new EpochChanges(options, this.#roster, this.#epochs, act);
    this.#reports = new EpochReports(options, this.#work, reservations, this.#epochs, act);
  }

  /** What follows from an event, to be done in order. After `complete` nothing does. */
  handle(event: DispatchEvent): readonly DispatchAction[] {
    if (this.#isOver) return [];
    this.#actions = [];
    const { nowMs, stoodMs } = this.#time.at(event.nowMs);
    if (stoodMs > 0) this.#note(`the coordinator stood still for ${stoodMs} ms`);
    switch (event.kind) {
      case "joined":
        this.#join(event.connection, event.hello, nowMs);
        break;
      case "left":
        this.#lose(event.connection, event.reason, nowMs);
        break;
      case "message":
        this.#leases.touch(event.connection, nowMs);
        this.#hear(event.connection, event.message, nowMs);
        break;
      case "tick":
        this.#tick(nowMs);
        break;
      case "cancel":
        for (const epoch of this.#epochs.living) this.#epochs.abort(epoch);
        this.#note(`cancelled: ${event.reason}`);
        this.#end("cancelled");
        return this.#actions;
    }
    this.#settle(nowMs);
    return this.#actions;
  }

  status(): DispatchStatus {
    return statusOf(this.#roster, this.#epochs, this.#work, this.#reports.recorded);
  }

  #join(connection: ConnectionId, hello: Hello, nowMs: number): void {
    const { name, incarnation } = hello;
    const joining = this.#leases.join(connection, name, incarnation, nowMs);
    const nameTaken = `another process took the name ${name}`;
    if (joining.kind === "superseded") {
      this.#act({ kind: "tell", connection, message: { kind: "goodbye", reason: nameTaken } });
      this.#act({ kind: "disconnect", connection, reason: nameTaken });
      return;
    }
    if (joining.replaced !== null) {
      const reason = joining.otherProcess ? nameTaken : `${name} came back by a new stream`;
      if (joining.otherProcess) this.#tell(joining.replaced, { kind: "goodbye", reason });
      this.#disconnect(joining.replaced, reason, nowMs);
    }
    this.#roster.add(connection, hello);
    const { heartbeatMs, leaseMs } = this.#options.limits;
    this.#tell(connection, { kind: "welcome", heartbeatMs, leaseMs });
    const unfit = unfitness(hello, this.#options);
    if (unfit !== null) this.#leaveOut(this.#roster.get(connection)!, unfit);
    this.#changes.workersChanged(nowMs);
  }

  #hear(connection: ConnectionId, message: ToCoordinator, nowMs: number): void {
    // What comes from a stream that is no more still holds good scores, and nothing else.
    const worker = this.#roster.get(connection);
    switch (message.kind) {
      case "scored":
        this.#judge(worker, this.#reports.scored(message, nowMs), nowMs);
        break;
      case "generated":
        this.#judge(worker, this.#reports.generated(message, nowMs), nowMs);
        break;
      case "probed":
        this.#judge(worker, this.#reports.probed(message, nowMs), nowMs);
        break;
      case "finished":
        if (worker) this.#judge(worker, this.#reports.finished(connection, message, nowMs), nowMs);
        break;
      case "heartbeat":
        if (worker) this.#checkHealth(worker, message.busyMs, nowMs);
        break;
      case "epoch-ready":
        if (worker) this.#acknowledged(worker, message.epoch);
        break;
      case "epoch-failed":
        if (worker) this.#epochFailed(worker, message.epoch, message.reason, nowMs);
        break;
      case "link-broken":
        if (worker) this.#linkBroken(worker, message, nowMs);
        break;
      case "draining":
        if (!worker || worker.isDraining) break;
        worker.isDraining = true;
        this.#note(`${worker.hello.name} drains`);
        this.#changes.workersChanged(nowMs);
        break;
      case "hello":
        if (worker) this.#disconnect(connection, `${worker.hello.name} said hello twice`, nowMs);
        break;
    }
  }

  #tick(nowMs: number): void {
    const { leaseMs } = this.#options.limits;
    for (const connection of this.#leases.expired(nowMs)) {
      this.#disconnect(connection, `no sign of life for ${leaseMs} ms`, nowMs);
    }
    for (const { state, awaiting, openedMs, number } of this.#epochs.living) {
      if (state !== "opening" || nowMs - openedMs < this.#options.limits.epochReadyMs) continue;
      for (const connection of awaiting) {
        this.#disconnect(connection, `it did not get ready for epoch ${number} in time`, nowMs);
      }
    }
    for (const epoch of this.#epochs.living) {
      if (epoch.inFlight.size === 0 || nowMs - epoch.progressMs < this.#options.limits.overdueMs) continue;
      this.#note(`epoch ${epoch.number} stands still though no device is busy: it starts again`);
      this.#epochs.abort(epoch);
      this.#changes.workersChanged(nowMs);
    }
  }

  #checkHealth(worker: RosterWorker, busyMs: readonly number[], nowMs: number): void {
    const { connection, hello } = worker;
    const epochs = this.#epochs.living.filter((epoch) => epoch.has(connection));
    if (busyMs.some((ms) => ms > 0)) for (const epoch of epochs) epoch.progressMs = nowMs;
    const tokens = epochs.flatMap(({ inFlight }) => [...inFlight.values()].map((i) => i.paddedTokens));
    const sickness = overdueStep(this.#options, hello, busyMs, Math.max(0, ...tokens));
    if (sickness !== null && !this.#roster.isOutWhileOverdue(worker)) {
      this.#roster.leaveOutWhileOverdue(worker, sickness);
      this.#disconnect(connection, sickness, nowMs);
    } else if (sickness === null && this.#roster.isOutWhileOverdue(worker)) {
      this.#roster.readmit(worker);
      this.#note(`${hello.name} is well again`);
      this.#changes.workersChanged(nowMs);
    }
  }

  #acknowledged(worker: RosterWorker, number: number): void {
    this.#epochs.release(worker.connection, number);
    const epoch = this.#epochs.find(number);
    if (!epoch?.has(worker.connection)) return;
    if (this.#epochs.acknowledge(epoch, worker.connection)) this.#note(`epoch ${number} is live`);
  }

  #epochFailed(worker: RosterWorker, number: number, reason: string, nowMs: number): void {
    const epoch = this.#epochs.find(number);
    if (!epoch?.has(worker.connection)) return;
    this.#leaveOut(worker, reason);
    this.#epochs.abort(epoch);
    this.#changes.workersChanged(nowMs);
  }

  /** Both ends may tell of one break. The second finds the epoch that it was in dead. */
  #linkBroken(worker: RosterWorker, { epoch: number, peer, reason }: LinkBroken, nowMs: number): void {
    const { name } = worker.hello;
    const shared = this.#epochs.living.filter(({ members }) => members.has(name) && members.has(peer));
    if (!shared.some((epoch) => epoch.number === number)) return;
    this.#roster.links.count(name, peer);
    this.#note(`the link between ${name} and ${peer} broke: ${reason}`);
    for (const epoch of shared) this.#epochs.abort(epoch);
    this.#changes.workersChanged(nowMs);
  }

  /** A message broke the protocol: its sender is of no use. */
  #judge(worker: RosterWorker | undefined, fault: string | null, nowMs: number): void {
    if (fault !== null && worker) this.#disconnect(worker.connection, fault, nowMs);
  }

  #leaveOut(worker: RosterWorker, reason: string): void {
    this.#roster.leaveOut(worker, reason);
    this.#note(`${worker.hello.name} is left out: ${reason}`);
  }

  #disconnect(connection: ConnectionId, reason: string, nowMs: number): void {
    if (!this.#roster.get(connection)) return;
    this.#act({ kind: "disconnect", connection, reason });
    this.#lose(connection, reason, nowMs);
  }

  #lose(connection: ConnectionId, reason: string, nowMs: number): void {
    const worker = this.#roster.get(connection);
    if (!worker) return;
    this.#roster.remove(connection);
    this.#leases.end(connection);
    this.#note(`${worker.hello.name} is gone: ${reason}`);
    this.#epochs.release(connection);
    const waiting = loseWorker(connection, this.#epochs, this.#work, this.#act);
    this.#lost.add(waiting, nowMs);
    this.#changes.workersChanged(nowMs);
  }

  #settle(nowMs: number): void {
    this.#epochs.closeRunOut();
    if (this.#work.missing > 0) {
      this.#changes.arrange(nowMs);
      this.#epochs.closeRunOut();
      for (const epoch of this.#epochs.living) this.#injections.goOn(epoch, nowMs);
      const { live } = this.#epochs;
      const injected = live ? this.#injections.fill(live, nowMs) : [];
      const redispatchMs = this.#lost.injected(injected, nowMs);
      if (redispatchMs !== null) {
        const text = `injected again ${redispatchMs} ms after the loss`;
        this.#act({ kind: "note", text, redispatchMs });
      }
    }
    this.#sayGoodbyes(nowMs);
    if (this.#work.missing > 0 || this.#epochs.inFlight().length > 0) return;
    this.#epochs.closeAll();
    this.#sayGoodbyes(nowMs);
    this.#end(this.#work.failed > 0 ? "failed" : "complete");
  }

  /** To workers that drain and have nothing left to do. */
  #sayGoodbyes(nowMs: number): void {
    for (const { connection, isDraining, hello } of this.#roster.all()) {
      if (!isDraining || this.#epochs.living.some((epoch) => epoch.has(connection))) continue;
      this.#tell(connection, { kind: "goodbye", reason: `${hello.name} is drained` });
      this.#disconnect(connection, "drained", nowMs);
    }
  }

  #end(outcome: "complete" | "failed" | "cancelled"): void {
    this.#isOver = true;
    this.#act({ kind: "complete", outcome });
  }

  #tell(connection: ConnectionId, message: ToWorker): void {
    this.#act({ kind: "tell", connection, message });
  }

  #note(text: string): void {
    this.#act({ kind: "note", text });
  }
}
