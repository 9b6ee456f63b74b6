// What a device thread is told and what it answers. Plain data that crosses a
// MessagePort; typed arrays are transferred.
import type { Plan } from "../coordinator/graph/plan.js";
import type { VisitId } from "../coordinator/graph/sweep-graph.js";
import type { TokenRow } from "../models/token-row.js";

/** Given to the thread at its start. */
export interface DeviceSettings {
  /** Folder of a model of the store. */
  readonly modelDir: string;
  /** Threads of one matrix product. */
  readonly threads: number;
}

export type DeviceCommand =
  | { readonly kind: "plan"; readonly plan: number; readonly steps: Plan["steps"] }
  /** Run a known plan on these rows: one injection. */
  | {
      readonly kind: "inject";
      readonly injection: number;
      readonly plan: number;
      readonly rows: readonly TokenRow[];
    }
  /** Finish the injections received so far, release the sessions and end. */
  | { readonly kind: "stop" };

export type DeviceReply =
  | { readonly kind: "ready" }
  /** One head is done: the scored tokens of all rows in order. */
  | {
      readonly kind: "scored";
      readonly injection: number;
      readonly head: VisitId;
      readonly logprobs: Float32Array;
      readonly isGreedy: Uint8Array;
    }
  /** All steps of the injection ran. */
  | {
      readonly kind: "done";
      readonly injection: number;
      readonly layerVisits: number;
      readonly busyMs: number;
    }
  | { readonly kind: "failed"; readonly message: string };
