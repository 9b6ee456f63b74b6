// Schedule -> its canonical form, in which schedules equal by the laws are equal
// as data. Runs before the graph is built and before a record is named.
import { MAX_VISITS } from "./limits.js";
import { printSchedule } from "./print.js";
import type { Schedule } from "./schedule.js";
import { ScheduleError, ScheduleSizeError } from "./schedule-error.js";
import { sequenceOf } from "./sequence.js";

/**
 * The canonical form: sequences are flat and hold no identity, merges have two branches or more,
 * undamped loops are unrolled, and a damped loop of n rounds is n loops of one round. The laws:
 *
 *     ((a, b), c) = (a, (b, c)) = a, b, c        (a, ()) = ((), a) = a        mean(a) = sum(a) = a
 *     loop(0, a) = ()        loop(1, a) = a        loop(n, a) = a, .., a
 *     loop(n, a, damping=x) = loop(1, a, damping=x), .., loop(1, a, damping=x)
 *
 * `damping=1` stays: h + 1 (a(h) - h) is not a(h) in floating point, so its scores are another record's.
 * `4.attn, 4.mlp` stays too: it is layer 4 in the reals, but another graph computes it.
 * For the same reason the order of a merge's branches, and branches that are equal, stay.
 */
export function simplify(schedule: Schedule): Schedule {
  const visits = countVisits(schedule);
  if (visits > MAX_VISITS) throw new ScheduleSizeError(visits);
  return flat(schedule);
}

/** The canonical form as text. Equal texts mean equal scores: it is part of a record's key. */
export function canonicalText(schedule: Schedule): string {
  return printSchedule(simplify(schedule));
}

/** How often a schedule applies a layer, or half of one, when nothing is shared; found without unrolling. */
export function countLayerApplications(schedule: Schedule): number {
  return count(schedule, 0);
}

/** Layer applications, merges and damped rounds of the canonical form; found without unrolling. */
export function countVisits(schedule: Schedule): number {
  return count(schedule, 1);
}

/** Counts layers, and merges and damped rounds at `joinCost` each; refuses what denotes nothing. */
function count(schedule: Schedule, joinCost: 0 | 1): number {
  switch (schedule.kind) {
    case "layer":
      requireCount("layer", schedule.layer);
      return 1;
    case "sequence":
      return countAll(schedule.items, joinCost);
    case "merge":
      if (schedule.branches.length === 0) throw new ScheduleError(`${schedule.rule} needs a branch`);
      return countAll(schedule.branches, joinCost) + (schedule.branches.length > 1 ? joinCost : 0);
    case "loop": {
      requireCount("loop count", schedule.times);
      if (schedule.damping !== undefined && !(schedule.damping > 0 && Number.isFinite(schedule.damping))) {
        throw new ScheduleError(`damping ${schedule.damping} is not a finite number above 0`);
      }
      const round = count(schedule.body, joinCost) + (schedule.damping === undefined ? 0 : joinCost);
      // 0 rounds of a body too large to count are still none.
      return schedule.times === 0 ? 0 : schedule.times * round;
    }
  }
}

function countAll(schedules: readonly Schedule[], joinCost: 0 | 1): number {
  let total = 0;
  for (const schedule of schedules) total += count(schedule, joinCost);
  return total;
}

function requireCount(thing: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_VISITS) return;
  throw new ScheduleError(`${thing} ${value} is not a whole number from 0 to ${MAX_VISITS}`);
}

function flat(schedule: Schedule): Schedule {
  return sequenceOf(appendItems(schedule, []));
}

/** Appends the items of the canonical form, in order, and returns `items`. */
function appendItems(schedule: Schedule, items: Schedule[]): Schedule[] {
  switch (schedule.kind) {
    case "layer":
      items.push(schedule);
      return items;
    case "sequence":
      for (const item of schedule.items) appendItems(item, items);
      return items;
    case "merge":
      if (schedule.branches.length === 1) return appendItems(schedule.branches[0] as Schedule, items);
      items.push({ ...schedule, branches: schedule.branches.map(flat) });
      return items;
    case "loop": {
      if (schedule.times === 0) return items;
      const round = schedule.damping === undefined ? appendItems(schedule.body, []) : dampedRound(schedule);
      for (let time = 0; time < schedule.times; time++) {
        for (const item of round) items.push(item);
      }
      return items;
    }
  }
}

function dampedRound(loop: Schedule & { readonly kind: "loop" }): readonly Schedule[] {
  return [{ ...loop, times: 1, body: flat(loop.body) }];
}
