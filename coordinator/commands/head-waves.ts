// The heads of each wave of schedules.
import type { VisitId } from "../graph/sweep-graph.js";
import { waves } from "../graph/waves.js";
import type { NamedSchedule } from "../schedule/schedule.js";

/** @param heads [schedule]. A head that several waves reach is in the first only. */
export function headWaves(
  schedules: readonly NamedSchedule[],
  heads: readonly VisitId[],
): readonly (readonly VisitId[])[] {
  const seen = new Set<VisitId>();
  return waves(schedules).map((wave) =>
    wave.schedules.flatMap((index) => {
      const head = heads[index]!;
      if (seen.has(head)) return [];
      seen.add(head);
      return [head];
    }),
  );
}
