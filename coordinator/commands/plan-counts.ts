// What `painters plan` prints of a sweep's counts: a table, or a document for programs.
import type { SweepCounts } from "../graph/counts.js";
import { layerBytes } from "../graph/shapes.js";
import { total } from "../placement/per-part.js";
import type { SweepOutline } from "./plan-outline.js";

/** `visits.naive`, `.shared` and `.waves` are layer applications a document. */
export function countsDocument({ model, shape, grid, schedules }: SweepOutline, counts: SweepCounts) {
  return {
    shape: shape === null ? null : { ...shape, layerBytes: layerBytes(shape) },
    layers: model.layerCount,
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

export function countsTable({ model, grid }: SweepOutline, counts: SweepCounts): string {
  const { naive, shared, inWaves, perLayer, waves } = counts;
  const part = (visits: number) => `${number(visits).padStart(9)}  ${percent(visits, naive)}`;
  return [
    `${model.name}, ${model.layerCount} layers, ${grid === null ? "given schedules" : `grid ${grid}`}: ` +
      `${number(counts.schedules)} schedules, ${number(shared.heads)} of them different`,
    ...(model.weights === null
      ? []
      : [
          `${gigabytes(model.weights.bytes.layers[0] ?? 0)} a layer, ${gigabytes(total(model.weights.bytes))} in all, float32`,
        ]),
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

export function number(value: number): string {
  return value.toLocaleString("en-US");
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
