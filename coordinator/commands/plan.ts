// `painters plan`: what a sweep would compute, counted on its graph. Needs no
// model and runs nothing.
import type { CommandModule } from "yargs";
import { countSweep, type SweepCounts } from "../graph/counts.js";
import { layerBytes, MODEL_SHAPES, type ModelShape } from "../graph/shapes.js";
import { GRID_NAMES, gridSchedules } from "../schedule/grids.js";
import { parseNamed } from "../schedule/parse-named.js";
import type { NamedSchedule } from "../schedule/schedule.js";
import { ScheduleError } from "../schedule/schedule-error.js";
import { readWholeNumber } from "./schedule.js";

interface PlanFlags {
  readonly shape: string | undefined;
  readonly layers: string | undefined;
  readonly grid: string | undefined;
  readonly schedule: readonly string[] | undefined;
  readonly json: boolean | undefined;
}

interface SweepOutline {
  readonly layerCount: number;
  readonly shape: ModelShape | null;
  readonly grid: string | null;
  readonly schedules: readonly NamedSchedule[];
}

export const planCommand: CommandModule<object, PlanFlags> = {
  command: "plan",
  describe: "Count what a sweep would compute, without a model",
  builder: (yargs) =>
    yargs
      .option("shape", {
        string: true,
        requiresArg: true,
        describe: `A model's sizes: ${MODEL_SHAPES.map(({ name }) => name).join(", ")}`,
      })
      .option("layers", {
        string: true,
        requiresArg: true,
        describe: "Instead of --shape: the number of layers",
      })
      .option("grid", {
        string: true,
        requiresArg: true,
        describe: `${GRID_NAMES.join(" or ")} (paper unless --schedule is given)`,
      })
      .option("schedule", {
        array: true,
        string: true,
        nargs: 1,
        requiresArg: true,
        describe: "A variant or a schedule's text; repeatable",
      })
      .option("json", { type: "boolean", describe: "One JSON document" })
      .example(
        "$0 plan --shape llama-2-7b",
        "the paper's grid on Llama 2 7B: 8,825 layer applications, not 25,056",
      )
      .example("$0 plan --layers 12 --grid main", "the main figures' grid on 12 layers")
      .example('$0 plan --layers 32 --schedule "reverse(start=8)" --schedule "0..8, 24..32"', "two schedules")
      .example("$0 plan --shape mistral-7b --grid main --json", "for a program to read"),
  handler: (flags) => {
    const outline = readOutline(flags);
    const counts = countSweep(outline.schedules, outline.layerCount);
    const text = flags.json ? JSON.stringify(asDocument(outline, counts), null, 2) : asTable(outline, counts);
    process.stdout.write(`${text}\n`);
  },
};

function readOutline(flags: PlanFlags): SweepOutline {
  const shape = flags.shape === undefined ? null : findShape(flags.shape);
  if ((shape === null) === (flags.layers === undefined)) {
    throw new ScheduleError("give either --shape or --layers, for example --shape llama-2-7b");
  }
  const layerCount = shape?.layerCount ?? readWholeNumber("--layers", flags.layers);
  const texts = flags.schedule ?? [];
  const grid = flags.grid ?? (texts.length === 0 ? "paper" : null);
  const all = [
    ...(grid === null ? [] : gridSchedules(grid, layerCount)),
    ...texts.map((text) => parseNamed(text, layerCount)),
  ];
  const schedules = [...new Map(all.map((schedule) => [schedule.name, schedule])).values()];
  return { layerCount, shape, grid, schedules };
}

function findShape(name: string): ModelShape {
  const shape = MODEL_SHAPES.find((known) => known.name === name);
  if (shape !== undefined) return shape;
  const names = MODEL_SHAPES.map((known) => known.name).join(", ");
  throw new ScheduleError(`'${name}' is no shape; the shapes are ${names}`);
}

/** `visits.naive`, `.shared` and `.waves` are layer applications a document. */
function asDocument({ layerCount, shape, grid, schedules }: SweepOutline, counts: SweepCounts) {
  return {
    shape: shape === null ? null : { ...shape, layerBytes: layerBytes(shape) },
    layers: layerCount,
    grid,
    schedules: counts.schedules,
    visits: { naive: counts.naive, shared: counts.shared.layers, waves: counts.inWaves },
    merges: counts.shared.merges,
    damps: counts.shared.damps,
    heads: counts.shared.heads,
    visitsPerLayer: counts.perLayer,
    waves: counts.waves.map(({ wave, visits }) => ({
      label: wave.label,
      schedules: wave.schedules.map((index) => schedules[index]?.name),
      visits: visits.layers,
      merges: visits.merges,
      heads: visits.heads,
    })),
  };
}

function asTable({ layerCount, shape, grid }: SweepOutline, counts: SweepCounts): string {
  const { naive, shared, inWaves, perLayer, waves } = counts;
  const part = (visits: number) => `${number(visits).padStart(9)}  ${percent(visits, naive)}`;
  return [
    `${shape?.name ?? "model"}, ${layerCount} layers, ${grid === null ? "given schedules" : `grid ${grid}`}: ` +
      `${number(counts.schedules)} schedules, ${number(shared.heads)} of them different`,
    ...(shape === null
      ? []
      : [`${gigabytes(layerBytes(shape))} a layer, ${gigabytes(shape.totalParameters * 4)} in all, float32`]),
    "",
    "layer applications for each document",
    `  each schedule alone  ${part(naive)}`,
    `  shared               ${part(shared.layers)}`,
    `  shared in ${String(waves.length).padStart(3)} waves  ${part(inWaves)}`,
    `merges                 ${number(shared.merges).padStart(9)}`,
    ...(shared.damps === 0 ? [] : [`damped rounds          ${number(shared.damps).padStart(9)}`]),
    `heads                  ${number(shared.heads).padStart(9)}`,
    "",
    "visits of each layer, shared",
    ...perLayerRows(perLayer),
  ].join("\n");
}

function perLayerRows(perLayer: readonly number[]): readonly string[] {
  const most = Math.max(1, ...perLayer);
  return perLayer.map((visits, layer) => {
    const bar = "█".repeat(Math.round((40 * visits) / most));
    return `  ${String(layer).padStart(3)} ${number(visits).padStart(7)}  ${bar}`.trimEnd();
  });
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "" : `${((100 * part) / whole).toFixed(1).padStart(5)} %`;
}

function number(value: number): string {
  return value.toLocaleString("en-US");
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
