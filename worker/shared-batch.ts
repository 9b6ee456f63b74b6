// Which steps of different schedules share a batch when sequences go on (decoding): weights are read once for all of
// them. Steps that wait for others with nothing to read (merges, probes) never do.
import type { Operation } from "../coordinator/placement/place-plan.js";

/** What a batch makes room for, keys and values of all its rows side by side, grows with them. */
export const mostRowsTogether = 64;

/**
 * Where an operation comes when the parts of the model are walked from the embedding to the head. Whoever runs the first
 * part that is ready anywhere lets schedules that lag behind catch up, so that they meet at the parts they share;
 * what reads no weights comes before all.
 */
export function walkOrder(operation: Operation): number {
  switch (operation.kind) {
    case "accumulate":
    case "damp":
    case "store":
    case "probe":
      return -1;
    case "embed":
      return 0;
    case "layer":
      return 1 + 3 * operation.layer + halfOrder[operation.sublayer ?? "whole"];
    case "head":
      return Number.MAX_SAFE_INTEGER;
  }
}

const halfOrder = { attn: 0, whole: 1, mlp: 2 };

/** Operations of one place in the walk read the same weights, and make states of one form unless a group shares a slot. */
export function maySharePart(a: Operation, b: Operation): boolean {
  return walkOrder(a) >= 0 && walkOrder(a) === walkOrder(b) && sharesSlot(a) === sharesSlot(b);
}

function sharesSlot(operation: Operation): boolean {
  return operation.kind === "layer" && operation.slot !== undefined;
}
