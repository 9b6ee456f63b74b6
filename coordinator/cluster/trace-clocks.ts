// The clocks of workers, brought together for a trace: no hidden state arrives
// before it was sent. Pure.
import type { Trace } from "./trace.js";

/**
 * The same trace with the clocks of some workers set forward, by as little as makes every hop end after it
 * began. Processes of one machine agree within 0.01 ms and are left alone; machines may be milliseconds apart.
 */
export function alignClocks(trace: Trace): Trace {
  const advances = clockAdvances(trace);
  if (advances.size === 0) return trace;
  const advance = (device: string): number => advances.get(workerOf(device)) ?? 0;
  return {
    steps: trace.steps.map((step) => ({
      ...step,
      startMs: step.startMs + advance(step.device),
      endMs: step.endMs + advance(step.device),
    })),
    hops: trace.hops.map((hop) => ({
      ...hop,
      startMs: hop.startMs + advance(hop.from),
      endMs: hop.endMs + advance(hop.to),
    })),
  };
}

/** Milliseconds by worker: a system of difference constraints, by relaxation (Bellman-Ford). */
function clockAdvances({ hops }: Trace): ReadonlyMap<string, number> {
  /** [from][to] The shortest time a hop seems to take. */
  const shortest = new Map<string, Map<string, number>>();
  const workers = new Set<string>();
  for (const { from, to, startMs, endMs } of hops) {
    const [sender, receiver] = [workerOf(from), workerOf(to)];
    workers.add(sender).add(receiver);
    if (sender === receiver) continue;
    const receivers = shortest.get(sender) ?? new Map<string, number>();
    shortest.set(sender, receivers);
    receivers.set(receiver, Math.min(receivers.get(receiver) ?? Infinity, endMs - startMs));
  }
  const advances = new Map<string, number>();
  // A clock that runs faster than another can leave no solution; then this is as good as it gets.
  for (let round = 0; round < workers.size; round++) {
    let changed = false;
    for (const [sender, receivers] of shortest) {
      for (const [receiver, leastMs] of receivers) {
        const needed = (advances.get(sender) ?? 0) - leastMs;
        if (needed <= (advances.get(receiver) ?? 0)) continue;
        advances.set(receiver, needed);
        changed = true;
      }
    }
    if (!changed) break;
  }
  return advances;
}

/** Of `worker/device`. */
function workerOf(device: string): string {
  return device.slice(0, device.lastIndexOf("/"));
}
