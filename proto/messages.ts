// The words coordinator and workers say to each other, as plain data. The wire's
// form of them is painters.proto; the state machines know only these.
import type { VisitId } from "../coordinator/graph/sweep-graph.js";
import type { PlacePlan, StateId } from "../coordinator/placement/place-plan.js";
import type { PlaceIndex } from "../coordinator/placement/placement.js";
import type { TokenRow } from "../models/token-row.js";

export const protocolVersion = 3;

/** A worker's first message. */
export interface Hello {
  readonly kind: "hello";
  readonly protocolVersion: number;
  /** Stable over restarts; two workers must not share one. */
  readonly name: string;
  /** Of this process: the newest incarnation of a name wins. */
  readonly incarnation: string;
  /** HOST:PORT where other workers pull hidden states from. */
  readonly dataAddress: string;
  readonly devices: number;
  readonly memoryBytes: number;
  readonly flopsPerSecond: number;
  readonly linkBytesPerSecond: number;
  readonly numericsId: string;
  /** Fingerprints of the models in its store. */
  readonly models: readonly string[];
}

export type ToCoordinator =
  | Hello
  /** Proof of life. busyMs: how long each device has been at its present step; 0: idle. */
  | { readonly kind: "heartbeat"; readonly busyMs: readonly number[] }
  /** Shards are loaded and verified, inbound links are open. */
  | { readonly kind: "epoch-ready"; readonly epoch: number }
  | { readonly kind: "epoch-failed"; readonly epoch: number; readonly reason: string }
  /** A head finished: the scored tokens of the injection's rows in order. */
  | {
      readonly kind: "scored";
      readonly epoch: number;
      readonly injection: number;
      readonly head: VisitId;
      readonly logprobs: Float32Array;
      readonly isGreedy: Uint8Array;
    }
  /** A piece of what a probe found, pieces in order: the injection's rows in order, little-endian (worker/probe.ts). */
  | {
      readonly kind: "probed";
      readonly epoch: number;
      readonly injection: number;
      readonly probe: VisitId;
      /** Of all pieces. */
      readonly totalBytes: number;
      /** Where `data` belongs. */
      readonly offset: number;
      readonly data: Uint8Array;
    }
  /** A place ran all its steps of an injection and holds nothing of it any more. */
  | {
      readonly kind: "finished";
      readonly epoch: number;
      readonly injection: number;
      readonly place: PlaceIndex;
      readonly slices: readonly Slice[];
    }
  /** A data link to another worker broke and could not be mended at once. */
  | {
      readonly kind: "link-broken";
      /** The newest epoch that needed the link: a report of an epoch that is dead already is no news. */
      readonly epoch: number;
      readonly peer: string;
      readonly reason: string;
    }
  /** It was asked to stop: give it nothing new. */
  | { readonly kind: "draining" };

/** When something happened on a place, for traces: milliseconds since the Unix epoch, fractional. */
export interface Slice {
  readonly kind: "step" | "receive" | "send";
  readonly state: StateId;
  readonly startMs: number;
  readonly endMs: number;
}

export type ToWorker =
  | { readonly kind: "welcome"; readonly heartbeatMs: number; readonly leaseMs: number }
  | OpenEpoch
  | {
      readonly kind: "plan";
      readonly epoch: number;
      readonly plan: number;
      readonly place: PlaceIndex;
      readonly steps: PlacePlan["steps"];
      readonly receives: PlacePlan["receives"];
    }
  /** Run a known plan on these rows, on every place of this worker that the plan has steps for. */
  | {
      readonly kind: "inject";
      readonly epoch: number;
      readonly injection: number;
      readonly plan: number;
      readonly rows: readonly TokenRow[];
    }
  /** Drop everything of the epoch. */
  | { readonly kind: "abort-epoch"; readonly epoch: number }
  /** Nothing more comes in this epoch and all of it is done. */
  | { readonly kind: "close-epoch"; readonly epoch: number }
  /** End: another process took the name, or the drain is over. */
  | { readonly kind: "goodbye"; readonly reason: string };

export interface OpenEpoch {
  readonly kind: "open-epoch";
  readonly epoch: number;
  /** Fingerprint of the model. */
  readonly model: string;
  /** All places of the epoch, with where their workers serve hidden states. */
  readonly places: readonly EpochPlace[];
  /** Places of this worker and the parts each must have loaded (partName). */
  readonly shards: readonly { readonly place: PlaceIndex; readonly parts: readonly string[] }[];
  /** Other workers this one will pull from. */
  readonly pullFrom: readonly string[];
}

export interface EpochPlace {
  readonly worker: string;
  readonly device: number;
  readonly dataAddress: string;
}
