// Puts work into a live epoch: to the group with the least in flight, and only when
// every place involved has the bytes free that the plan can hold at most.
import type { VisitId } from "../graph/sweep-graph.js";
import type { PlaceIndex } from "../placement/placement.js";
import type { ConnectionId, DispatchAction, DispatchOptions } from "./dispatch.js";
import type { Epoch, EpochPlan } from "./epoch.js";
import type { Epochs } from "./epochs.js";
import type { DeviceKey, Reservations } from "./reservations.js";
import type { Roster } from "./roster.js";
import type { Batch, Work } from "./work.js";

const bytesPerValue = 4;

export class EpochInjections {
  readonly #options: DispatchOptions;
  readonly #roster: Roster;
  readonly #work: Work;
  readonly #reservations: Reservations;
  readonly #epochs: Epochs;
  readonly #act: (action: DispatchAction) => void;
  #nextInjection = 0;

  constructor(
    options: DispatchOptions,
    roster: Roster,
    work: Work,
    reservations: Reservations,
    epochs: Epochs,
    act: (action: DispatchAction) => void,
  ) {
    this.#options = options;
    this.#roster = roster;
    this.#work = work;
    this.#reservations = reservations;
    this.#epochs = epochs;
    this.#act = act;
  }

  /** Injects as much as may be. @returns the documents of it */
  fill(epoch: Epoch, nowMs: number): readonly number[] {
    const injected: number[] = [];
    for (let more = true; more; ) {
      more = false;
      for (const group of this.#groupsByLoad(epoch)) {
        const documents = this.#injectNext(epoch, group);
        if (!documents) continue;
        injected.push(...documents);
        epoch.progressMs = nowMs;
        more = true;
        break;
      }
    }
    return injected;
  }

  /** Groups that may take one more, the least loaded first. */
  #groupsByLoad(epoch: Epoch): readonly number[] {
    return epoch.groupPlaces
      .map((_, group) => ({ group, load: epoch.inFlightOf(group) }))
      .filter(({ group, load }) => load < this.#inFlightAtMost(epoch, group))
      .filter(({ group }) => this.#isOpen(epoch, group))
      .sort((a, b) => a.load - b.load || a.group - b.group)
      .map(({ group }) => group);
  }

  /** All its workers may serve, and none of them has a suspect. */
  #isOpen(epoch: Epoch, group: number): boolean {
    const withSuspect = this.#busy(true);
    return epoch.groupMembers(group).every(({ connection }) => {
      const worker = this.#roster.get(connection);
      return worker !== undefined && this.#roster.mayServe(worker) && !withSuspect.has(connection);
    });
  }

  #inFlightAtMost(epoch: Epoch, group: number): number {
    return Math.max(1, Math.ceil(epoch.groupPlaces[group]!.length * this.#options.limits.inFlightPerPlace));
  }

  /** Connections with something in flight, or with a suspect. */
  #busy(onlySuspects: boolean): ReadonlySet<ConnectionId> {
    const busy = new Set<ConnectionId>();
    for (const epoch of this.#epochs.living) {
      for (const { reserved, alone } of epoch.inFlight.values()) {
        if (onlySuspects && !alone) continue;
        for (const place of reserved.keys()) busy.add(epoch.memberAt(place)!.connection);
      }
    }
    return busy;
  }

  /** @returns the documents injected; null: nothing can be now */
  #injectNext(epoch: Epoch, group: number): readonly number[] | null {
    for (let first = this.#work.first(); first; first = this.#work.first()) {
      const plan = this.#plan(epoch, first.heads, group);
      const tokensThatFit = this.#tokensThatFit(plan);
      if (first.paddedTokens > tokensThatFit) {
        if (first.heads.length > 1) this.#work.split(first);
        else this.#giveUp(epoch, first, plan);
        continue;
      }
      if (first.alone) {
        const busy = this.#busy(false);
        if (epoch.groupMembers(group).some(({ connection }) => busy.has(connection))) return null;
      }
      // As many injections as may be in flight fit beside each other, if documents are short enough.
      const share = Math.floor(tokensThatFit / this.#inFlightAtMost(epoch, group));
      const batch = this.#work.batch(Math.min(this.#options.limits.batchTokens, share))!;
      const reserved = this.#bytesByPlace(plan, batch.paddedTokens);
      const needs = byDevice(epoch, reserved);
      if (!this.#reservations.fits(needs)) return null;
      this.#reservations.reserve(needs);
      this.#inject(epoch, group, plan, batch, reserved);
      return batch.documents;
    }
    return null;
  }

  #inject(
    epoch: Epoch,
    group: number,
    plan: EpochPlan,
    batch: Batch,
    reserved: Map<PlaceIndex, number>,
  ): void {
    this.#work.start(batch);
    const { heads, documents, paddedTokens, alone } = batch;
    const injection = this.#nextInjection++;
    epoch.inFlight.set(injection, {
      injection,
      epoch: epoch.number,
      group,
      heads,
      documents,
      paddedTokens,
      alone,
      headsLeft: new Set(heads),
      pieces: new Map(),
      reserved,
    });
    const rows = documents.flatMap((document) => this.#options.documents[document]!.rows);
    const message = { kind: "inject", epoch: epoch.number, injection, plan: plan.id, rows } as const;
    const workers = new Set([...plan.places.keys()].map((place) => epoch.memberAt(place)!.connection));
    if (!plan.isTold) this.#tellPlan(epoch, plan);
    for (const connection of workers) this.#act({ kind: "tell", connection, message });
  }

  #tellPlan(epoch: Epoch, plan: EpochPlan): void {
    plan.isTold = true;
    for (const [place, { steps, receives }] of plan.places) {
      const { connection } = epoch.memberAt(place)!;
      const message = { kind: "plan", epoch: epoch.number, plan: plan.id, place, steps, receives } as const;
      this.#act({ kind: "tell", connection, message });
    }
  }

  #plan(epoch: Epoch, heads: readonly VisitId[], group: number): EpochPlan {
    return epoch.plan(this.#options.graph, heads, group, this.#options.ports.compile);
  }

  #bytes(states: number, paddedTokens: number): number {
    return states * paddedTokens * this.#options.hiddenSize * bytesPerValue;
  }

  #bytesByPlace({ places }: EpochPlan, paddedTokens: number): Map<PlaceIndex, number> {
    return new Map(
      [...places].map(([place, { boundStates }]) => [place, this.#bytes(boundStates, paddedTokens)]),
    );
  }

  #tokensThatFit({ places }: EpochPlan): number {
    const most = Math.max(...[...places.values()].map(({ boundStates }) => boundStates));
    return Math.floor(this.#reservations.bytesPerDevice / this.#bytes(most, 1));
  }

  #giveUp(epoch: Epoch, { heads, documents, paddedTokens }: Batch, plan: EpochPlan): void {
    const document = documents[0]!;
    const [place, { boundStates }] = [...plan.places].reduce((a, b) =>
      b[1].boundStates > a[1].boundStates ? b : a,
    );
    const { worker, device } = epoch.placement.places[place]!;
    const reason =
      `${paddedTokens} tokens under one schedule need ${this.#bytes(boundStates, paddedTokens)} bytes ` +
      `of hidden states on device ${device} of ${worker}; ${this.#reservations.bytesPerDevice} are allowed`;
    this.#act({ kind: "document-failed", document, heads: this.#work.giveUp(document, heads), reason });
  }
}

function byDevice(epoch: Epoch, bytes: ReadonlyMap<PlaceIndex, number>): ReadonlyMap<DeviceKey, number> {
  const needs = new Map<DeviceKey, number>();
  for (const [place, needed] of bytes) {
    const device = epoch.deviceAt(place);
    needs.set(device, (needs.get(device) ?? 0) + needed);
  }
  return needs;
}
