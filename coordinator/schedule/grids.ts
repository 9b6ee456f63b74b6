// The grids: names for the whole sets of variants that the paper's figures are
// drawn from. Grid -> NamedSchedules, which a sweep runs or a plan counts.
import type { NamedSchedule } from "./schedule.js";
import { ScheduleError } from "./schedule-error.js";
import { buildVariant, largestStart, type VariantMethod, type VariantParameters } from "./variants.js";

/** `paper` holds every loop count up to 10; `main` only those of the main figures, 1 (parallel) and 3. */
export const GRID_NAMES = ["paper", "main"] as const;

export type GridName = (typeof GRID_NAMES)[number];

/** Seeds the paper averages random orders over. */
const SEEDS = indices(10);

const LOOPED: Readonly<Record<GridName, readonly [VariantMethod, VariantParameters][]>> = {
  paper: indices(10).map((i) => ["loop_parallel", { loops: i + 1 }]),
  main: [
    ["parallel", {}],
    ["loop_parallel", { loops: 3 }],
  ],
};

/** All schedules of a grid for a model of `layerCount` layers: baseline, every start, every index. */
export function gridSchedules(name: string, layerCount: number): readonly NamedSchedule[] {
  const grid = GRID_NAMES.find((known) => known === name);
  if (grid === undefined) {
    throw new ScheduleError(`'${name}' is no grid; the grids are ${GRID_NAMES.join(" and ")}`);
  }
  const build = (method: VariantMethod, parameters: VariantParameters) =>
    buildVariant(method, parameters, layerCount);
  return [
    build("baseline", {}),
    ...indices(largestStart(layerCount) + 1).flatMap((start) => [
      build("skip", { start }),
      build("middle_repeat", { start }),
      build("reverse", { start }),
      ...SEEDS.map((seed) => build("random", { start, seed })),
      ...LOOPED[grid].map(([method, parameters]) => build(method, { start, ...parameters })),
    ]),
    ...indices(layerCount).map((index) => build("skip_idx", { index })),
    ...indices(layerCount - 1).map((index) => build("switch_idx", { index })),
  ];
}

function indices(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
