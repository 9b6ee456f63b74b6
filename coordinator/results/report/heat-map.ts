// A grid of values as colours -> a Vega-Lite spec. Light is high, so that it also reads in
// print without colours.
import { chartConfig, fontSize, type Spec, specOf } from "./chart-config.js";

export interface HeatMap {
  readonly xTitle: string;
  readonly yTitle: string;
  /** What the colours mean. */
  readonly valueTitle: string;
  /** In order, from the left; unique. */
  readonly columns: readonly string[];
  /** In order, from the top; unique. */
  readonly rows: readonly string[];
  readonly cells: readonly HeatMapCell[];
  readonly domain: readonly [number, number];
}

export interface HeatMapCell {
  readonly column: string;
  readonly row: string;
  readonly value: number;
  readonly isMarked?: boolean;
}

export interface HeatMapSize {
  /** Of the whole figure, about: labels are not measured. */
  readonly width: number;
  readonly title?: string;
}

export function heatMapSpec(map: HeatMap, { width, title }: HeatMapSize): Spec {
  const { columns, rows, cells } = map;
  const longestRow = Math.max(...rows.map((row) => row.length));
  const plotWidth = width - 40 - longestRow * fontSize * 0.55;
  const cell = Math.max(3, Math.min(36, Math.floor(plotWidth / columns.length)));
  const axis = {
    labelOverlap: false,
    labelAngle: 0,
    ticks: false,
    domain: false,
    labelFlush: false,
  } as const;
  const every = Math.ceil((Math.max(...columns.map((column) => column.length)) * fontSize * 0.6 + 6) / cell);
  const x = {
    field: "column",
    type: "ordinal",
    sort: null,
    scale: { domain: [...columns], padding: 0 },
    axis: { ...axis, title: map.xTitle, values: columns.filter((_, i) => i % every === 0) },
  } as const;
  const everyRow = Math.ceil((fontSize + 3) / cell);
  const y = {
    field: "row",
    type: "ordinal",
    sort: null,
    scale: { domain: [...rows], padding: 0 },
    axis: { ...axis, title: map.yTitle, values: rows.filter((_, i) => i % everyRow === 0) },
  } as const;
  return specOf({
    data: { values: cells.map((one) => ({ ...one, isMarked: one.isMarked ?? false })) },
    width: cell * columns.length,
    height: cell * rows.length,
    padding: 4,
    config: chartConfig,
    ...(title === undefined ? {} : { title }),
    layer: [
      {
        mark: { type: "rect", stroke: "var(--paper)", strokeWidth: cell > 14 ? 1 : 0 },
        encoding: {
          x,
          y,
          color: {
            field: "value",
            type: "quantitative",
            scale: { scheme: "viridis", domain: [...map.domain], clamp: true },
            legend: {
              title: map.valueTitle,
              orient: "bottom",
              direction: "horizontal",
              gradientLength: Math.min(260, cell * columns.length),
              gradientThickness: 12,
              titleLimit: 400,
              tickCount: 5,
            },
          },
        },
      },
      {
        transform: [{ filter: "datum.isMarked" }],
        mark: {
          type: "point",
          shape: "circle",
          filled: true,
          fill: "#ffffff",
          stroke: "#000000",
          strokeWidth: 1.5,
          opacity: 1,
          size: Math.min(110, (cell * 0.45) ** 2),
        },
        encoding: { x, y },
      },
    ],
  });
}
