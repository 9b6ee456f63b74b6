// Puts work into a live epoch: to the group with the least in flight, and only when
// every place involved has the bytes free that the plan can hold at most.
import type { TokenRow } from "../../models/token-row.js";
import type { VisitId } from "../graph/sweep-graph.js";
import type { PlaceIndex } from "../placement/placement.js";
import type { ConnectionId, DispatchAction, DispatchOptions } from "./dispatch.js";
import type { Epoch, EpochPlan, InFlight } from "./epoch.js";
import type { Epochs } from "./epochs.js";
import { PlanBytes } from "./plan-bytes.js";
import type { Reservations } from "./reservations.js";
import type { Roster } from "./roster.js";
import type { Sequence } from "./sequences.js";
import type { Batch, Work } from "./work.js";

/** Rows of a plan's step at most, and of how many sequences for each place of a group no prompt more begins. */
const sequencesAtOnce = 64;

export class EpochInjections {
  readonly #options: DispatchOptions;
  readonly #roster: Roster;
  readonly #work: Work;
  readonly #reservations: Reservations;
  readonly #epochs: Epochs;
  readonly #act: (action: DispatchAction) => void;
  readonly #bytes: PlanBytes;
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
    this.#bytes = new PlanBytes(options);
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
      for (const { reserved, alone } of epoch.sequences.living) {
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
      if (this.#options.documents[first.documents[0]!]!.generation) {
        const begun = this.#begin(epoch, group, plan, batch);
        if (begun === "changed") continue;
        return begun;
      }
      const reserved = this.#bytes.ofStates(plan, batch.paddedTokens);
      const needs = epoch.byDevice(reserved);
      if (!this.#reservations.fits(needs)) return null;
      this.#reservations.reserve(needs);
      this.#work.start(batch);
      const rows = batch.documents.flatMap((document) => this.#options.documents[document]!.rows);
      this.#inject(epoch, group, plan, { ...batch, rows, sequences: new Map(), stepOf: null }, reserved);
      return batch.documents;
    }
    return null;
  }

  /**
   * The next step of the sequences that wait for it: of those of one plan as many at once as leaves no place of a group
   * idle. Steps of different plans meet on the devices (worker/shared-batch.ts).
   */
  goOn(epoch: Epoch, nowMs: number): void {
    for (const { plan, group, count } of epoch.sequences.waiting()) {
      const free = epoch.groupPlaces[group]!.length - epoch.stepsInFlight(plan);
      for (let left = count, idle = free; left > 0 && idle > 0; idle--) {
        const sequences = epoch.sequences.take(plan, Math.min(sequencesAtOnce, Math.ceil(left / idle)));
        left -= sequences.length;
        this.#step(epoch, sequences);
        epoch.progressMs = nowMs;
      }
    }
  }

  #step(epoch: Epoch, sequences: readonly Sequence[]): void {
    const { plan, group, head } = sequences[0]!;
    // What its steps need was reserved with the sequence.
    const reserved = new Map([...plan.places.keys()].map((place) => [place, 0]));
    const rows = sequences.map(({ id, prompt, tokens }) =>
      rowOf([tokens.at(-1)!], { sequence: id, past: prompt.length + tokens.length - 1, base: prompt.id }),
    );
    const documents = sequences.map(({ document }) => document);
    const alone = sequences.some((sequence) => sequence.alone);
    const paddedTokens = Math.max(2, sequences.length);
    const batch = { heads: [head], documents, paddedTokens, alone, rows, stepOf: plan };
    this.#inject(epoch, group, plan, { ...batch, sequences: new Map([[head, sequences]]) }, reserved);
  }

  /**
   * Injects the prompts of a batch, or of as many of it as there are bytes for: those of the prompts' hidden states, and
   * those that are held until what follows under every head is over.
   * @returns the documents; null: none now; "changed": the first does not fit though nothing else is there, so its
   * heads were split, or it was given up
   */
  #begin(epoch: Epoch, group: number, plan: EpochPlan, batch: Batch): readonly number[] | null | "changed" {
    const { heads } = batch;
    const living = epoch.sequences.livingOf(group);
    // One prompt more as long as fewer are under way than that: how many follow it is bounded by bytes.
    const room = Math.ceil((sequencesAtOnce * epoch.groupPlaces[group]!.length - living) / heads.length);
    const most = Math.min(batch.documents.length, room);
    if (most < 1) return null;
    const stepPlans = heads.map((head) => this.#plan(epoch, [head], group, heads, sequencesAtOnce));
    const held = batch.documents.slice(0, most).map((document) => ({
      prompt: this.#bytes.ofPrompt(plan, document),
      sequences: stepPlans.map((stepPlan) => this.#bytes.ofSequence(stepPlan, document)),
    }));
    for (let size = most; size > 0; size = Math.floor(size / 2)) {
      const documents = batch.documents.slice(0, size);
      const longest = Math.max(...documents.map((document) => this.#promptOf(document).length));
      const paddedTokens = Math.max(2, size * longest);
      const states = this.#bytes.ofStates(plan, paddedTokens);
      const kept = held.slice(0, size).flatMap(({ prompt, sequences }) => [prompt, ...sequences]);
      const needs = epoch.byDevice(sumOf([states, ...kept]));
      if (!this.#reservations.fits(needs)) {
        const bytes = Math.max(...needs.values());
        if (size > 1 || bytes <= this.#reservations.bytesPerDevice) continue;
        if (heads.length > 1) this.#work.split({ ...batch, documents });
        else this.#giveUpText(documents[0]!, heads, bytes);
        return "changed";
      }
      this.#reservations.reserve(needs);
      this.#work.start({ ...batch, documents, paddedTokens });
      const prompts = documents.map((document, i) =>
        epoch.sequences.addPrompt(this.#promptOf(document).length, held[i]!.prompt),
      );
      const sequences = heads.map((head, h) =>
        documents.map((document, i) =>
          epoch.sequences.begin({
            prompt: prompts[i]!,
            document,
            head,
            group,
            plan: stepPlans[h]!,
            alone: batch.alone,
            reserved: held[i]!.sequences[h]!,
          }),
        ),
      );
      const rows = prompts.map(({ id }, i) =>
        rowOf(this.#promptOf(documents[i]!), { sequence: id, past: 0 }),
      );
      const injected = { ...batch, documents, paddedTokens, rows, stepOf: null };
      const sequencesOf = new Map(heads.map((head, h) => [head, sequences[h]!]));
      this.#inject(epoch, group, plan, { ...injected, sequences: sequencesOf }, states);
      return documents;
    }
    return null;
  }

  #giveUpText(document: number, heads: readonly VisitId[], bytes: number): void {
    const { maxTokens } = this.#options.documents[document]!.generation!;
    const reason =
      `a prompt of ${this.#promptOf(document).length} tokens and ${maxTokens} more need ${bytes} bytes of hidden states, ` +
      `keys and values on one device; ${this.#reservations.bytesPerDevice} are allowed`;
    this.#act({ kind: "document-failed", document, heads: this.#work.giveUp(document, heads), reason });
  }

  #promptOf(document: number): readonly number[] {
    return this.#options.documents[document]!.rows[0]!.tokens;
  }

  #inject(
    epoch: Epoch,
    group: number,
    plan: EpochPlan,
    batch: Batch & Pick<InFlight, "sequences" | "stepOf"> & { readonly rows: readonly TokenRow[] },
    reserved: Map<PlaceIndex, number>,
  ): void {
    const { heads, documents, paddedTokens, alone, rows, sequences, stepOf } = batch;
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
      sequences,
      stepOf,
      reserved,
    });
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

  /** @param stateTokens of its hidden states, at most */
  #plan(
    epoch: Epoch,
    heads: readonly VisitId[],
    group: number,
    among = heads,
    stateTokens = Math.max(this.#options.limits.batchTokens, this.#work.longestDocument),
  ): EpochPlan {
    const { graph, ports } = this.#options;
    const gathers = ports.gathers(epoch.placement.groups[group]!, stateTokens);
    return epoch.plan(graph, heads, group, ports.compile, among, gathers);
  }

  #tokensThatFit(plan: EpochPlan): number {
    const most = Math.max(...this.#bytes.ofStates(plan, 1).values());
    return Math.floor(this.#reservations.bytesPerDevice / most);
  }

  #giveUp(epoch: Epoch, { heads, documents, paddedTokens }: Batch, plan: EpochPlan): void {
    const document = documents[0]!;
    const [place, bytes] = [...this.#bytes.ofStates(plan, paddedTokens)].reduce((a, b) =>
      b[1] > a[1] ? b : a,
    );
    const { worker, device } = epoch.placement.places[place]!;
    const reason =
      `${paddedTokens} tokens under one schedule need ${bytes} bytes ` +
      `of hidden states on device ${device} of ${worker}; ${this.#reservations.bytesPerDevice} are allowed`;
    this.#act({ kind: "document-failed", document, heads: this.#work.giveUp(document, heads), reason });
  }
}

function rowOf(tokens: readonly number[], cached: NonNullable<TokenRow["cached"]>): TokenRow {
  return { tokens, prefixLength: tokens.length, branchLengths: [], scored: [], cached };
}

function sumOf(maps: readonly ReadonlyMap<PlaceIndex, number>[]): ReadonlyMap<PlaceIndex, number> {
  const sum = new Map<PlaceIndex, number>();
  for (const [place, bytes] of maps.flatMap((map) => [...map])) sum.set(place, (sum.get(place) ?? 0) + bytes);
  return sum;
}
