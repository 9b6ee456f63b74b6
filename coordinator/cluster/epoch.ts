// One life of a placement: who is in it, what they were told, what is in flight.
//
// opening: its workers load shards and open links; nothing is injected. live: injections
// go in. running-out: a newer epoch is live, or none can be; what is in flight ends.
// An epoch ends as closed (nothing in flight) or aborted (the rest is put back), and
// then is forgotten: its number never comes again. A closed group of a live epoch has
// a worker that drains or is left out: nothing new goes in.
import type { Part } from "../../models/config.js";
import type { Hello, OpenEpoch } from "../../proto/messages.js";
import type { SweepGraph, VisitId } from "../graph/sweep-graph.js";
import type { PlacePlan } from "../placement/place-plan.js";
import type { PlaceIndex, Placement } from "../placement/placement.js";
import type { ConnectionId, DispatchPorts } from "./dispatch.js";
import type { ProbePieces } from "./probe-values.js";
import type { DeviceKey } from "./reservations.js";
import { type Sequence, Sequences } from "./sequences.js";

export interface Member {
  readonly connection: ConnectionId;
  readonly hello: Hello;
}

/** What several injections run: the wanted heads on one group. */
export interface EpochPlan {
  readonly id: number;
  /** Places with steps. */
  readonly places: ReadonlyMap<PlaceIndex, PlacePlan>;
  /** The workers know it. */
  isTold: boolean;
}

export interface InFlight {
  readonly injection: number;
  readonly epoch: number;
  readonly group: number;
  readonly heads: readonly VisitId[];
  readonly documents: readonly number[];
  readonly paddedTokens: number;
  readonly alone: boolean;
  readonly headsLeft: Set<VisitId>;
  /** Of probes whose values have begun to come. */
  readonly pieces: Map<VisitId, ProbePieces>;
  /** For each head the rows' sequences, in order; none where rows are scored. */
  readonly sequences: ReadonlyMap<VisitId, readonly Sequence[]>;
  /** The plan whose sequences go on by one token; null: whole rows, or prompts. */
  readonly stepOf: EpochPlan | null;
  /** Bytes of hidden states reserved on each place that has not finished. */
  readonly reserved: Map<PlaceIndex, number>;
}

export class Epoch {
  state: "opening" | "live" | "running-out" = "opening";
  readonly inFlight = new Map<number, InFlight>();
  readonly sequences = new Sequences();
  /** Members that have not acknowledged it. */
  readonly awaiting: Set<ConnectionId>;
  /** [group] Its places, ascending. */
  readonly groupPlaces: readonly (readonly PlaceIndex[])[];
  /** The last sign that something in flight moves. */
  progressMs: number;
  readonly #plans = new Map<string, EpochPlan>();

  constructor(
    readonly number: number,
    readonly placement: Placement,
    /** By name: the workers of the placement. */
    readonly members: ReadonlyMap<string, Member>,
    readonly openedMs: number,
  ) {
    this.progressMs = openedMs;
    this.awaiting = new Set([...members.values()].map(({ connection }) => connection));
    this.groupPlaces = placement.groups.map(({ embed, layers, head }) =>
      [...new Set([...embed, ...layers.flat(), ...head])].sort((a, b) => a - b),
    );
  }

  has(connection: ConnectionId): boolean {
    return [...this.members.values()].some((member) => member.connection === connection);
  }

  memberAt(place: PlaceIndex): Member | undefined {
    const worker = this.placement.places[place]?.worker;
    return worker === undefined ? undefined : this.members.get(worker);
  }

  deviceAt(place: PlaceIndex): DeviceKey {
    return `${this.memberAt(place)!.connection}/${this.placement.places[place]!.device}`;
  }

  byDevice(bytes: ReadonlyMap<PlaceIndex, number>): ReadonlyMap<DeviceKey, number> {
    const needs = new Map<DeviceKey, number>();
    for (const [place, needed] of bytes) {
      const device = this.deviceAt(place);
      needs.set(device, (needs.get(device) ?? 0) + needed);
    }
    return needs;
  }

  groupMembers(group: number): readonly Member[] {
    return [...new Set(this.groupPlaces[group]!.map((place) => this.memberAt(place)!))];
  }

  /** Nothing of it is left to do. */
  get isIdle(): boolean {
    return this.inFlight.size === 0 && this.sequences.isEmpty;
  }

  /** Injections of whole rows and prompts. */
  inFlightOf(group: number): number {
    return this.#count((injection) => injection.group === group && injection.stepOf === null);
  }

  stepsInFlight(plan: EpochPlan): number {
    return this.#count(({ stepOf }) => stepOf === plan);
  }

  #count(counts: (injection: InFlight) => boolean): number {
    return [...this.inFlight.values()].filter(counts).length;
  }

  /**
   * The plan of these heads on a group, compiled at the first call.
   * @param among heads with a plan of which it agrees about who runs what
   * @param gathers its merges do
   */
  plan(
    graph: SweepGraph,
    heads: readonly VisitId[],
    group: number,
    compile: DispatchPorts["compile"],
    among: readonly VisitId[],
    gathers: boolean,
  ): EpochPlan {
    const key = `${group}:${heads.join()}:${among.join()}:${gathers}`;
    const compiled = this.#plans.get(key);
    if (compiled) return compiled;
    const all = compile(graph, heads, this.placement.groups[group]!, this.placement, among, gathers);
    const places = new Map([...all].filter(([, { steps }]) => steps.length > 0));
    const plan: EpochPlan = { id: this.#plans.size, places, isTold: false };
    this.#plans.set(key, plan);
    return plan;
  }

  /** What opens the epoch on one of its workers. */
  openMessage(worker: string, model: string, partName: (part: Part) => string): OpenEpoch {
    const { places, groups } = this.placement;
    const shards = [...places.keys()]
      .filter((place) => places[place]!.worker === worker)
      .map((place) => ({ place, parts: this.#partsAt(place).map(partName) }));
    const together = groups.flatMap((_, group) => {
      const names = this.groupMembers(group).map(({ hello }) => hello.name);
      return names.includes(worker) ? names : [];
    });
    return {
      kind: "open-epoch",
      epoch: this.number,
      model,
      places: places.map(({ worker: name, device }) => ({
        worker: name,
        device,
        dataAddress: this.members.get(name)!.hello.dataAddress,
      })),
      shards,
      pullFrom: [...new Set(together)].filter((name) => name !== worker).sort(),
    };
  }

  #partsAt(place: PlaceIndex): readonly Part[] {
    return this.placement.groups.flatMap(({ embed, layers, head }): readonly Part[] => [
      ...(embed.includes(place) ? (["embed"] as const) : []),
      ...layers.flatMap((holders, layer) => (holders.includes(place) ? [{ layer }] : [])),
      ...(head.includes(place) ? (["head"] as const) : []),
    ]);
  }
}
