// What goes into the dispatcher and what comes out of it: events, actions, options.
// The coordinator process turns streams and timers into events and does the actions.
import type { Part } from "../../models/config.js";
import type { TokenRow } from "../../models/token-row.js";
import type { Hello, Slice, ToCoordinator, ToWorker } from "../../proto/messages.js";
import type { SweepGraph, VisitId } from "../graph/sweep-graph.js";
import type { PlacePlan } from "../placement/place-plan.js";
import type { Place, PlaceIndex, Placement, PlacementGroup } from "../placement/placement.js";

/** Names one control stream: a worker that comes back by a new stream has a new one. Never used twice. */
export type ConnectionId = number;

/** nowMs comes from one monotonic clock. */
export type DispatchEvent =
  /** A worker's hello came on a new stream. */
  | {
      readonly kind: "joined";
      readonly nowMs: number;
      readonly connection: ConnectionId;
      readonly hello: Hello;
    }
  /** The stream ended, for whatever reason. Also after a disconnect action; then it is not news. */
  | {
      readonly kind: "left";
      readonly nowMs: number;
      readonly connection: ConnectionId;
      readonly reason: string;
    }
  | {
      readonly kind: "message";
      readonly nowMs: number;
      readonly connection: ConnectionId;
      readonly message: ToCoordinator;
    }
  /** Time passes; at least every heartbeatMs. */
  | { readonly kind: "tick"; readonly nowMs: number }
  | { readonly kind: "cancel"; readonly nowMs: number; readonly reason: string };

/** To be done in order. */
export type DispatchAction =
  /** Must be durable before any action after it is done. */
  | { readonly kind: "persist-epoch"; readonly epoch: number }
  | { readonly kind: "tell"; readonly connection: ConnectionId; readonly message: ToWorker }
  /** End this stream, after what was told before. */
  | { readonly kind: "disconnect"; readonly connection: ConnectionId; readonly reason: string }
  /** Scores of a head: the scored tokens of the documents' rows in order. Known already: compare the bits. */
  | {
      readonly kind: "record";
      readonly head: VisitId;
      readonly documents: readonly number[];
      readonly logprobs: Float32Array;
      readonly isGreedy: Uint8Array;
      /** [document] The ledger lacks it, as far as the dispatcher knows. */
      readonly missing: readonly boolean[];
    }
  /** The next token of a document came; with the last one its record is complete. */
  | {
      readonly kind: "generated";
      readonly head: VisitId;
      readonly document: number;
      /** All so far. */
      readonly tokens: readonly number[];
      readonly isOver: boolean;
    }
  /** What a probe found over the documents' rows in order (probe-values.ts). Once for every document. */
  | {
      readonly kind: "probe";
      readonly probe: VisitId;
      readonly documents: readonly number[];
      readonly values: Uint8Array<ArrayBuffer>;
    }
  /** Given up under these heads; the rest of the sweep goes on. */
  | {
      readonly kind: "document-failed";
      readonly document: number;
      readonly heads: readonly VisitId[];
      readonly reason: string;
    }
  /** When steps and hops of an injection happened on a place. */
  | {
      readonly kind: "trace";
      readonly epoch: number;
      readonly injection: number;
      readonly place: Place;
      readonly slices: readonly Slice[];
    }
  | {
      readonly kind: "note";
      readonly text: string;
      /** From a loss to the first injection after it that holds a lost document. */
      readonly redispatchMs?: number;
    }
  /** Last of all: no action follows. */
  | { readonly kind: "complete"; readonly outcome: "complete" | "failed" | "cancelled" };

export interface DispatchLimits {
  /** Padded tokens a micro-batch holds at most, if the rows allow. */
  readonly batchTokens: number;
  /** Bytes of hidden states one device may hold, over all its injections. */
  readonly stateBytes: number;
  /** A group holds at most this many injections a place of it. */
  readonly inFlightPerPlace: number;
  /** The first epoch waits for this many workers, but not longer than startWaitMs after the first came. */
  readonly minWorkers: number;
  readonly startWaitMs: number;
  readonly heartbeatMs: number;
  readonly leaseMs: number;
  /** An epoch's workers that have not acknowledged it by then are disconnected. */
  readonly epochReadyMs: number;
  /** A device is sick that is at one step longer than max(overdueMs, overdueFactor x predicted). */
  readonly overdueMs: number;
  readonly overdueFactor: number;
}

/** Heartbeats every second; a loss of a silent worker shows after four. */
export const defaultLimits: DispatchLimits = {
  batchTokens: 1024,
  stateBytes: 2 ** 30,
  inFlightPerPlace: 2,
  minWorkers: 1,
  startWaitMs: 10_000,
  heartbeatMs: 1000,
  leaseMs: 4000,
  epochReadyMs: 600_000,
  overdueMs: 30_000,
  overdueFactor: 10,
};

export interface DispatchPorts {
  /** Which worker holds what, or why these workers cannot. Deterministic. */
  place(workers: readonly Hello[]): Placement | Error;
  compile(
    graph: SweepGraph,
    heads: readonly VisitId[],
    group: PlacementGroup,
    /** That the group is of. */
    placement: Placement,
    /** Heads with a plan of which this one shall agree about who runs what. */
    among: readonly VisitId[],
    /** Branches of merges gather at few places, rather than their sum going through all. */
    gathers: boolean,
  ): ReadonlyMap<PlaceIndex, PlacePlan>;
  /** Whether merges had better gather in plans whose states have so many tokens, at most. */
  gathers(group: PlacementGroup, stateTokens: number): boolean;
  partName(part: Part): string;
  /** How long the slowest step takes a worker. */
  predictStepMs(worker: Hello, paddedTokens: number): number;
}

/** A document as the model sees it. */
export interface RowDocument {
  /** Of a document to be generated from: one, the prompt. */
  readonly rows: readonly TokenRow[];
  /** Absent: its rows are scored. */
  readonly generation?: Generation;
}

/** How a document goes on, greedily, token by token. */
export interface Generation {
  /** No more than these. */
  readonly maxTokens: number;
  /** Keys and values of one token in one visit of a layer. */
  readonly cacheBytesPerToken: number;
  /** They are kept in blocks of so many tokens. */
  readonly cacheBlockTokens: number;
  /** Whether nothing follows the tokens generated so far. */
  readonly isOver: (tokens: readonly number[]) => boolean;
}

export interface DispatchOptions {
  readonly graph: SweepGraph;
  /** Heads or probes that run together, each in one wave. What is said of heads below holds for both. */
  readonly waves: readonly (readonly VisitId[])[];
  readonly documents: readonly RowDocument[];
  readonly isMissing: (head: VisitId, document: number) => boolean;
  readonly hiddenSize: number;
  /** Shorter rows of the model are computed as this many tokens; absent: 1. */
  readonly leastRowTokens?: number;
  /** Fingerprint of the model; workers that lack it are not used. */
  readonly model: string;
  /** Of the records that are missing; workers of another are not used. */
  readonly numericsId: string;
  /** No epoch of this number or a higher one was ever persisted. */
  readonly nextEpoch: number;
  readonly limits: DispatchLimits;
  readonly ports: DispatchPorts;
}

/** For `status` and metrics. */
export interface DispatchStatus {
  readonly missing: number;
  readonly recorded: number;
  readonly failed: number;
  readonly inFlight: number;
  readonly workers: readonly {
    readonly name: string;
    readonly state: "serving" | "waiting" | "draining" | "left-out";
    readonly reason: string;
  }[];
  readonly epochs: readonly {
    readonly epoch: number;
    readonly state: "opening" | "live" | "running-out";
    readonly placement: Placement;
  }[];
}
