// Values and measured latencies -> accuracy against time, with the schedules that no other
// one beats in both. Pure.
import type { ScheduleLatency } from "../summary-file.js";
import type { Estimate, ScheduleValues } from "./schedule-values.js";

export interface ParetoPoint {
  readonly schedule: string;
  readonly method: string;
  /** On the critical path, per 1,000 tokens. */
  readonly ms: number;
  /** Of all layer applications, per 1,000 tokens. */
  readonly workMs: number;
  readonly median: Estimate;
  /** No other schedule is as good in both and better in one. */
  readonly isFront: boolean;
}

/** By time, ascending. Empty where nothing was timed. */
export function paretoPoints(
  values: readonly ScheduleValues[],
  latencies: readonly ScheduleLatency[],
): readonly ParetoPoint[] {
  const latencyOf = new Map(latencies.map((latency) => [latency.schedule, latency]));
  const points = values.flatMap(({ schedule, method, median }) => {
    const latency = latencyOf.get(schedule);
    if (!latency || median === null) return [];
    const scale = 1000 / latency.tokens;
    return [{ schedule, method, median, ms: latency.criticalPathMs * scale, workMs: latency.workMs * scale }];
  });
  const ordered = points.toSorted((a, b) => a.ms - b.ms || b.median.value - a.median.value);
  let best = Number.NEGATIVE_INFINITY;
  let bestMs = Number.NEGATIVE_INFINITY;
  return ordered.map((point) => {
    const isBetter = point.median.value > best;
    const isEqual = point.median.value === best && point.ms === bestMs;
    if (isBetter) [best, bestMs] = [point.median.value, point.ms];
    return { ...point, isFront: isBetter || isEqual };
  });
}
