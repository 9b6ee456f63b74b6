// Checks the text of a trace as Chrome's and Perfetto's importers read it.
import assert from "node:assert/strict";

interface TraceEvent {
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: number;
  readonly bp?: string;
}

/** Slices of a row follow each other or nest; every arrow begins and ends inside a slice, and not backwards. */
export function checkChromeTrace(text: string): { readonly slices: number; readonly arrows: number } {
  const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly TraceEvent[] };
  const rows = new Map<number, TraceEvent[]>();
  let before = 0;
  for (const event of traceEvents) {
    for (const key of ["pid", "tid"] as const) assert.ok(Number.isInteger(event[key]), `${key} of an event`);
    assert.equal(typeof event.name, "string");
    if (event.ph === "M") {
      rows.set(event.tid, []);
      continue;
    }
    assert.ok(event.ts !== undefined && event.ts >= before, "times do not go backwards");
    before = event.ts;
    assert.ok(rows.has(event.tid), "the row of an event has a name");
    if (event.ph === "X") {
      assert.ok(event.dur !== undefined && event.dur > 0, "a slice has a length");
      rows.get(event.tid)!.push(event);
    }
  }
  for (const row of rows.values()) {
    for (const [i, slice] of row.entries()) {
      const next = row[i + 1];
      if (next && next.ts! > slice.ts!)
        assert.ok(end(slice) <= next.ts! + 0.3, "slices of a row do not overlap");
    }
  }
  const starts = new Map<number, TraceEvent>();
  let arrows = 0;
  for (const event of traceEvents) {
    if (event.ph !== "s" && event.ph !== "f") continue;
    const isInside = rows.get(event.tid)!.some((slice) => slice.ts! <= event.ts! && event.ts! < end(slice));
    assert.ok(isInside, `an arrow's ${event.ph} is inside a slice`);
    if (event.ph === "s") starts.set(event.id!, event);
    else {
      assert.equal(event.bp, "e");
      const start = starts.get(event.id!);
      assert.ok(start, "an arrow ends after it began");
      assert.notEqual(start.tid, event.tid);
      arrows++;
    }
  }
  assert.equal(arrows, starts.size);
  return { slices: [...rows.values()].flat().length, arrows };
}

function end({ ts, dur }: TraceEvent): number {
  return ts! + dur!;
}
