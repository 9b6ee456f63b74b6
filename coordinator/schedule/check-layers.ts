// Refuses a schedule that names a layer its model lacks: for schedules built in
// code or stored, where there is no text for parse.ts to point at.
import type { Schedule } from "./schedule.js";
import { ScheduleError } from "./schedule-error.js";

/** Throws a ScheduleError if `schedule` names a layer outside [0, layerCount). */
export function checkLayers(schedule: Schedule, layerCount: number): void {
  for (const part of partsOf(schedule)) checkLayers(part, layerCount);
  if (schedule.kind === "layer" && !(schedule.layer >= 0 && schedule.layer < layerCount)) {
    throw new ScheduleError(`layer ${schedule.layer} is outside 0..${layerCount}`);
  }
}

function partsOf(schedule: Schedule): readonly Schedule[] {
  switch (schedule.kind) {
    case "layer":
      return [];
    case "sequence":
      return schedule.items;
    case "merge":
      return schedule.branches;
    case "loop":
      return [schedule.body];
  }
}
