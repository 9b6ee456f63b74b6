// What the worker's main thread and its device threads say to each other. Plain
// data over a MessagePort; the buffers of hidden states are transferred.
import type { VisitId } from "../coordinator/graph/sweep-graph.js";
import type { PlacePlan, StateId } from "../coordinator/placement/place-plan.js";
import type { PlaceIndex } from "../coordinator/placement/placement.js";
import type { Manifest } from "../models/store/manifest.js";
import type { TokenRow } from "../models/token-row.js";
import type { Slice } from "../proto/messages.js";
import type { State } from "./merge.js";
import type { Piece } from "./piece.js";
import type { SimulatedDevice } from "./simulated-compute.js";

/** Given to the thread at its start. */
export interface DeviceSettings {
  /** Threads of one matrix product. */
  readonly threads: number;
  /** null: computes with the model. */
  readonly simulated: SimulatedDevice | null;
  /** One float64: when the present step began, milliseconds since the Unix epoch; 0: idle. */
  readonly busySince: SharedArrayBuffer;
  /** One float64: bytes of keys and values that the device keeps. */
  readonly cacheBytes: SharedArrayBuffer;
}

/** A model of the store. */
export interface StoredModel {
  readonly dir: string;
  readonly manifest: Manifest;
}

export type ToDevice =
  | {
      readonly kind: "open-epoch";
      readonly epoch: number;
      readonly model: StoredModel;
      readonly parts: readonly string[];
    }
  | {
      readonly kind: "plan";
      readonly epoch: number;
      readonly plan: number;
      readonly steps: PlacePlan["steps"];
      readonly receives: PlacePlan["receives"];
    }
  | {
      readonly kind: "inject";
      readonly epoch: number;
      readonly injection: number;
      readonly plan: number;
      readonly rows: readonly TokenRow[];
    }
  | {
      readonly kind: "frame";
      readonly epoch: number;
      readonly injection: number;
      readonly state: StateId;
      readonly payload: State;
      readonly piece: Piece | null;
    }
  /** Let go of these sequences' keys and values. */
  | { readonly kind: "forget"; readonly epoch: number; readonly sequences: readonly number[] }
  | { readonly kind: "abort-epoch"; readonly epoch: number }
  | { readonly kind: "close-epoch"; readonly epoch: number }
  /** Release the sessions and end; never in the middle of a step. */
  | { readonly kind: "stop" };

export type FromDevice =
  | { readonly kind: "epoch-ready"; readonly epoch: number }
  | { readonly kind: "epoch-failed"; readonly epoch: number; readonly reason: string }
  /** A state for other places, in one copy that is the receiver's. */
  | {
      readonly kind: "frame";
      readonly to: readonly PlaceIndex[];
      readonly epoch: number;
      readonly injection: number;
      readonly state: StateId;
      readonly payload: State;
      readonly piece: Piece | null;
      readonly isRunningSum: boolean;
    }
  | {
      readonly kind: "scored";
      readonly epoch: number;
      readonly injection: number;
      readonly head: VisitId;
      readonly logprobs: Float32Array<ArrayBuffer>;
      readonly isGreedy: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly kind: "generated";
      readonly epoch: number;
      readonly injection: number;
      readonly head: VisitId;
      /** Of every row the next. */
      readonly tokens: Int32Array<ArrayBuffer>;
    }
  | {
      readonly kind: "probed";
      readonly epoch: number;
      readonly injection: number;
      readonly probe: VisitId;
      /** As `measure` of probe.ts has them. */
      readonly values: Uint8Array<ArrayBuffer>;
    }
  | {
      readonly kind: "finished";
      readonly epoch: number;
      readonly injection: number;
      readonly slices: readonly Slice[];
    };
