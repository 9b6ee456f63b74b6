// What layers take when every document has its own schedule: no step was timed under that, so each
// document counts what a token of its schedule took, times its tokens.
import type { Latency } from "../results/ledger.js";
import type { PreparedSweep } from "./prepare-sweep.js";

/**
 * @param latencyOf of the `i`th of the documents' schedules; null: it was not timed
 * @returns null: some document's schedule was not timed
 */
export function documentLatency(
  { documentSchedules, tasks }: Pick<PreparedSweep, "documentSchedules" | "tasks">,
  latencyOf: (schedule: number) => Latency | null,
): Latency | null {
  const sum = { criticalPathMs: 0, workMs: 0, tokens: 0 };
  for (const { task, rows } of tasks) {
    for (const [document, schedule] of documentSchedules!.chosen.get(task.name)!.entries()) {
      const latency = latencyOf(schedule);
      if (latency === null) return null;
      const tokens = rows[document]!.reduce((count, row) => count + row.tokens.length, 0);
      const share = tokens / latency.tokens;
      sum.criticalPathMs += share * latency.criticalPathMs;
      sum.workMs += share * latency.workMs;
      sum.tokens += tokens;
    }
  }
  return sum.tokens === 0 ? null : sum;
}
