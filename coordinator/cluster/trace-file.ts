// A trace in the format of Chrome's and Perfetto's viewers: a row per device, a
// slice per step, an arrow per hop.
import type { Trace } from "./trace.js";

/** JSON text, an event a line. */
export function* formatTrace({ steps, hops }: Trace): Generator<string> {
  const origin = steps.reduce((least, step) => Math.min(least, step.startMs), Infinity);
  const microseconds = (ms: number): number => Math.round((ms - origin) * 1e3);
  const devices = [...new Set(steps.map(({ device }) => device))].sort();
  const row = new Map(devices.map((device, i) => [device, i]));
  const events: object[] = devices.map((device, tid) => ({
    ph: "M",
    pid: 0,
    tid,
    name: "thread_name",
    args: { name: device },
  }));
  for (const { device, label, startMs, endMs, epoch, injection, state } of steps) {
    const ts = microseconds(startMs);
    const dur = Math.max(1, microseconds(endMs) - ts);
    events.push({
      ph: "X",
      pid: 0,
      tid: row.get(device),
      name: label,
      cat: "step",
      ts,
      dur,
      args: { epoch, injection, state },
    });
  }
  for (const [id, { from, to, startMs, endMs, injection, state }] of hops.entries()) {
    const common = { pid: 0, name: "hop", cat: "hop", id, args: { injection, state } };
    // An arrow binds to the slice around its time: the sender's step ends there.
    events.push({ ...common, ph: "s", tid: row.get(from), ts: microseconds(startMs) - 1 });
    events.push({ ...common, ph: "f", bp: "e", tid: row.get(to), ts: microseconds(endMs) });
  }
  yield '{"displayTimeUnit":"ms","traceEvents":[\n';
  for (const [i, event] of events.entries()) yield `${i === 0 ? "" : ",\n"}${JSON.stringify(event)}`;
  yield "\n]}\n";
}
