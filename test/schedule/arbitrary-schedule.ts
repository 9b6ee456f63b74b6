// Random schedules for property tests: small ones in any form, and those in the
// form that the parser returns.
import fc from "fast-check";
import type { Schedule } from "../../coordinator/schedule/schedule.js";

/** Layers that random schedules are over: 0..LAYERS. */
export const LAYERS = 6;

export const DAMPINGS = [0.25, 0.5, 1, 1.5];

export const wholeLayer: fc.Arbitrary<Schedule> = fc
  .nat(LAYERS - 1)
  .map((layer) => ({ kind: "layer", layer }));

const halfLayer = fc
  .tuple(fc.nat(LAYERS - 1), fc.constantFrom("attn" as const, "mlp" as const))
  .map(([layer, sublayer]): Schedule => ({ kind: "layer", layer, sublayer }));

const anyLayer = fc.oneof({ weight: 3, arbitrary: wholeLayer }, { weight: 1, arbitrary: halfLayer });

/** Any schedule that unrolls to no more than some hundred visits. */
export function anySchedule(depth = 3, layer = anyLayer): fc.Arbitrary<Schedule> {
  if (depth === 0) return layer;
  const inner = anySchedule(depth - 1, layer);
  const damping = fc.option(fc.constantFrom(...DAMPINGS), { nil: undefined });
  return fc.oneof(
    layer,
    fc.array(inner, { maxLength: 4 }).map((items): Schedule => ({ kind: "sequence", items })),
    fc
      .tuple(
        fc.constantFrom("mean" as const, "sum" as const),
        fc.array(inner, { minLength: 1, maxLength: 3 }),
      )
      .map(([rule, branches]): Schedule => ({ kind: "merge", rule, branches })),
    fc.tuple(fc.nat(3), inner, damping).map(
      ([times, body, factor]): Schedule => ({
        kind: "loop",
        times,
        body,
        ...(factor === undefined ? {} : { damping: factor }),
      }),
    ),
  );
}

/** Schedules as parsed: no sequence of one item, everything else as written. */
export const parsedSchedule: fc.Arbitrary<Schedule> = anySchedule().map(unwrapSingles);

function unwrapSingles(schedule: Schedule): Schedule {
  switch (schedule.kind) {
    case "layer":
      return schedule;
    case "sequence": {
      const items = schedule.items.map(unwrapSingles);
      return items.length === 1 ? (items[0] as Schedule) : { kind: "sequence", items };
    }
    case "merge":
      return { ...schedule, branches: schedule.branches.map(unwrapSingles) };
    case "loop":
      return { ...schedule, body: unwrapSingles(schedule.body) };
  }
}
