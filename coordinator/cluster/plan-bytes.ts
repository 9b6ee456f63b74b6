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

  /** Keys and values of a prompt. @param plan of all heads that it is for */
  ofPrompt({ places }: EpochPlan, document: number): Map<PlaceIndex, number> {
    const { length } = this.#documents[document]!.rows[0]!.tokens;
    return new Map([...places].map(([place, plan]) => [place, this.#ofKept(plan, document, length)]));
  }

  /** Keys and values of what follows a prompt, and the hidden states of its steps. */
  ofSequence({ places }: EpochPlan, document: number): Map<PlaceIndex, number> {
    const { maxTokens } = this.#documents[document]!.generation!;
    return new Map(
      [...places].map(([place, plan]) => {
        // A lone row of one token is computed as two (see batch-layout.ts).
        return [place, this.#ofKept(plan, document, maxTokens) + this.#ofStates(plan, 2)];
      }),
    );
  }

  #ofKept({ steps }: PlacePlan, document: number, tokens: number): number {
    const { cacheBytesPerToken, cacheBlockTokens } = this.#documents[document]!.generation!;
    const slots = steps.filter(({ operation }) => hasSlot(operation)).length;
    return slots * Math.ceil(tokens / cacheBlockTokens) * cacheBlockTokens * cacheBytesPerToken;
  }

  #ofStates({ boundStates, boundKept }: PlacePlan, paddedTokens: number): number {
    return paddedTokens * (boundStates * this.#stateBytes + boundKept * this.#keptBytes);
  }
}

/** A layer keeps keys and values of its own, or a group's layers together; the MLP alone has none. */
function hasSlot(operation: Operation): boolean {
  if (operation.kind !== "layer") return operation.kind === "store";
  return operation.slot === undefined && operation.sublayer !== "mlp";
}
