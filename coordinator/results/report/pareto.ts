// Values and measured latencies -> accuracy against time, with the schedules that no other
// one beats in both. Pure.
import type { ScheduleLatency } from "../summary-file.js";
import { type Estimate, meanOf, type ScheduleValues } from "./schedule-values.js";

export interface ParetoPoint {
  /** Without its seed, where it stands for the mean over seeds. */
  readonly schedule: string;
  readonly method: string;
  /** On the critical path, per 1,000 tokens. */
  readonly ms: number;
  /** Of all layer applications, per 1,000 tokens. */
  readonly workMs: number;
  readonly overall: Estimate;
  /** No other schedule is as good in both and better in one. */
  readonly isFront: boolean;
}

type Timed = Omit<ParetoPoint, "isFront">;

/** By time, ascending. Empty where nothing was timed. */
export function paretoPoints(
  values: readonly ScheduleValues[],
  latencies: readonly ScheduleLatency[],
): readonly ParetoPoint[] {
  const latencyOf = new Map(latencies.map((latency) => [latency.schedule, latency]));
  // The best of ten random orders is luck: it is their mean that competes.
  const groups = new Map<string, Timed[]>();
  for (const { schedule, method, parameters, overall } of values) {
    const latency = latencyOf.get(schedule);
    if (!latency || overall === null) continue;
    const perThousand = 1000 / latency.tokens;
    const ms = latency.criticalPathMs * perThousand;
    const timed = { schedule, method, overall, ms, workMs: latency.workMs * perThousand };
    const group = method === "random" ? `random(start=${parameters.start})` : schedule;
    groups.set(group, [...(groups.get(group) ?? []), timed]);
  }
  return markFront([...groups].map(([group, members]) => joinSeeds(group, members)));
}

function joinSeeds(group: string, members: readonly Timed[]): Timed {
  const first = members[0]!;
  if (members.length === 1) return first;
  return {
    schedule: `${group}, ${members.length} seeds`,
    method: first.method,
    overall: meanOf(members.map(({ overall }) => overall)),
    ms: mean(members.map(({ ms }) => ms)),
    workMs: mean(members.map(({ workMs }) => workMs)),
  };
}

/** Points on the front rise: who is slower must be better. */
function markFront(points: readonly Timed[]): readonly ParetoPoint[] {
  let best = Number.NEGATIVE_INFINITY;
  let bestMs = Number.NEGATIVE_INFINITY;
  return points
    .toSorted((a, b) => a.ms - b.ms || b.overall.value - a.overall.value)
    .map((point) => {
      const isEqual = point.overall.value === best && point.ms === bestMs;
      const isBetter = point.overall.value > best;
      if (isBetter) [best, bestMs] = [point.overall.value, point.ms];
      return { ...point, isFront: isBetter || isEqual };
    });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
