// The one way to make a sequence: parsing, variants and simplifying share it, so
// that what each builds is in the form the parser returns.
import type { Schedule } from "./schedule.js";

/** Items one after another; a single item stands for itself. */
export function sequenceOf(items: readonly Schedule[]): Schedule {
  return items.length === 1 ? (items[0] as Schedule) : { kind: "sequence", items };
}
