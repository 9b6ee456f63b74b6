// A trace in the format of Chrome's and Perfetto's viewers: a row per device, a
// slice per step, an arrow per hop.
import type { Trace, TracedStep } from "./trace.js";

/** What clocks resolve: a step shorter than that gets a slice that arrows can bind to. */
const shortestMicroseconds = 0.25;

type TraceEvent = { readonly ts: number } & Readonly<Record<string, unknown>>;

/** JSON text, an event a line, in the order of time. */
export function* formatTrace({ steps, hops }: Trace): Generator<string> {
  const origin = steps.reduce((least, step) => Math.min(least, step.startMs), Infinity);
  const microseconds = (ms: number): number => Math.round((ms - origin) * 1e6) / 1e3;
  const devices = [...new Set(steps.map(({ device }) => device))].sort();
  const row = new Map(devices.map((device, i) => [device, i]));
  const rows: object[] = devices.map((device, tid) => ({
    ph: "M",
    pid: 0,
    tid,
    name: "thread_name",
    args: { name: device },
  }));
  const events: TraceEvent[] = [];
  const makers = new Map<string, TracedStep>();
  const readers = new Map<string, TracedStep>();
  for (const step of steps) {
    const { device, label, startMs, endMs, epoch, injection, state, inputs } = step;
    const ts = microseconds(startMs);
    const dur = Math.max(shortestMicroseconds, microseconds(endMs) - ts);
    const args = { epoch, injection, state };
    events.push({ ph: "X", pid: 0, tid: row.get(device), name: label, cat: "step", ts, dur, args });
    makers.set(`${epoch} ${injection} ${state}`, step);
    for (const input of inputs) {
      const key = `${epoch} ${injection} ${input} ${device}`;
      const other = readers.get(key);
      if (!other || startMs < other.startMs) readers.set(key, step);
    }
  }
  for (const [id, { epoch, injection, state, from, to, startMs, endMs }] of hops.entries()) {
    const maker = makers.get(`${epoch} ${injection} ${state}`);
    const reader = readers.get(`${epoch} ${injection} ${state} ${to}`);
    if (!maker || !reader) continue;
    // Arrows bind to slices: from the end of the step that made the state to the start of the first that
    // reads it. When it arrived is between two slices, so it is told in the arguments.
    const args = { injection, state, milliseconds: Math.round((endMs - startMs) * 1e3) / 1e3 };
    const common = { pid: 0, name: "hop", cat: "hop", id, args };
    const madeAt = Math.max(microseconds(maker.startMs), microseconds(maker.endMs) - shortestMicroseconds);
    events.push({ ...common, ph: "s", tid: row.get(from), ts: madeAt });
    events.push({ ...common, ph: "f", bp: "e", tid: row.get(to), ts: microseconds(reader.startMs) });
  }
  events.sort((a, b) => a.ts - b.ts);
  yield '{"displayTimeUnit":"ms","traceEvents":[\n';
  let first = true;
  for (const event of [...rows, ...events]) {
    yield `${first ? "" : ",\n"}${JSON.stringify(event)}`;
    first = false;
  }
  yield "\n]}\n";
}
