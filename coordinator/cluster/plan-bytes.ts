// The bytes that a plan can take on each place: of the hidden states of an injection, and of a sequence with its keys
// and values. What is reserved before they go in.
import type { Operation, PlacePlan } from "../placement/place-plan.js";
import type { PlaceIndex } from "../placement/placement.js";
import type { DispatchOptions } from "./dispatch.js";
import type { EpochPlan } from "./epoch.js";

const bytesPerValue = 4;

export class PlanBytes {
  readonly #stateBytes: number;
  readonly #documents: DispatchOptions["documents"];
  /** Keys and values behind a hidden state, of one token; 0: nothing generates. */
  readonly #keptBytes: number;

  constructor({ hiddenSize, documents }: Pick<DispatchOptions, "hiddenSize" | "documents">) {
    this.#stateBytes = hiddenSize * bytesPerValue;
    this.#documents = documents;
    this.#keptBytes = documents[0]?.generation?.cacheBytesPerToken ?? 0;
  }

  /** Hidden states of an injection, in any firing order. */
  ofStates({ places }: EpochPlan, paddedTokens: number): Map<PlaceIndex, number> {
    return new Map([...places].map(([place, plan]) => [place, this.#ofStates(plan, paddedTokens)]));
  }

  /** Keys and values of the whole sequence, and the hidden states of its steps after the prompt. */
  ofSequence({ places }: EpochPlan, document: number): Map<PlaceIndex, number> {
    const { rows, generation } = this.#documents[document]!;
    const { maxTokens, cacheBytesPerToken } = generation!;
    const tokens = rows[0]!.tokens.length + maxTokens;
    return new Map(
      [...places].map(([place, plan]) => {
        const slots = plan.steps.filter(({ operation }) => hasSlot(operation)).length;
        // A lone row of one token is computed as two (see batch-layout.ts).
        return [place, slots * tokens * cacheBytesPerToken + this.#ofStates(plan, 2)];
      }),
    );
  }

  #ofStates({ boundStates, boundKept }: PlacePlan, paddedTokens: number): number {
    return paddedTokens * (boundStates * this.#stateBytes + boundKept * this.#keptBytes);
  }
}

/** A layer keeps keys and values of its own, or a group's layers together. */
function hasSlot(operation: Operation): boolean {
  return (operation.kind === "layer" && operation.slot === undefined) || operation.kind === "store";
}
