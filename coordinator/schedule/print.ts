// Schedule -> text, the inverse of parse.ts: what a table, a ledger's key or a
// command shows.
import type { Schedule } from "./schedule.js";

/**
 * The text of a schedule. Whole layers that ascend by one print as a range. `parseSchedule` gives the
 * schedule back exactly, except that a sequence of one item comes back as that item.
 */
export function printSchedule(schedule: Schedule): string {
  return schedule.kind === "sequence" && schedule.items.length > 0
    ? printList(schedule.items)
    : printItem(schedule);
}

function printItem(schedule: Schedule): string {
  switch (schedule.kind) {
    case "layer":
      return schedule.sublayer === undefined
        ? String(schedule.layer)
        : `${schedule.layer}.${schedule.sublayer}`;
    case "sequence":
      return `(${printList(schedule.items)})`;
    case "merge":
      return `${schedule.rule}(${printList(schedule.branches)})`;
    case "loop": {
      const damping = schedule.damping === undefined ? "" : `, damping=${schedule.damping}`;
      return `loop(${schedule.times}, ${printSchedule(schedule.body)}${damping})`;
    }
  }
}

function printList(items: readonly Schedule[]): string {
  const printed: string[] = [];
  for (let i = 0; i < items.length; ) {
    const item = items[i] as Schedule;
    const length = item.kind === "layer" && item.sublayer === undefined ? runLength(items, i, item.layer) : 1;
    if (item.kind === "layer" && length > 1) printed.push(`${item.layer}..${item.layer + length}`);
    else printed.push(printItem(item));
    i += length;
  }
  return printed.join(", ");
}

/** How many items from `begin` on are the layers first, first + 1, .. */
function runLength(items: readonly Schedule[], begin: number, first: number): number {
  let length = 1;
  for (; begin + length < items.length; length++) {
    const item = items[begin + length] as Schedule;
    if (item.kind !== "layer" || item.sublayer !== undefined || item.layer !== first + length) break;
  }
  return length;
}
