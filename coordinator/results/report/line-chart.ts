// Lines over whole numbers with error bars and reference rules -> a Vega-Lite spec. Labels
// stand beside the ends of the lines, and are spread here: Vega does not.
import {
  axisValues,
  type ChartSize,
  characterWidth,
  chartConfig,
  fontSize,
  type Spec,
  specOf,
  yTitleAbove,
} from "./chart-config.js";
import { spreadLabels } from "./label-places.js";
import type { Estimate } from "./schedule-values.js";
import type { SeriesStyle } from "./series-style.js";

export interface LineChart {
  readonly xTitle: string;
  readonly yTitle: string;
  /** The last is drawn on top. */
  readonly series: readonly LineSeries[];
  readonly references: readonly Reference[];
  /** Of the vertical axis; for charts to be compared. Left out: the chart's own. */
  readonly domain?: readonly [number, number];
}

export interface LineSeries {
  readonly style: SeriesStyle;
  /** Drawn thicker: the one to look at. */
  readonly isMain: boolean;
  readonly points: readonly { readonly x: number; readonly estimate: Estimate }[];
}

/** A level to compare with; shown if it lies in the range of the lines. */
export interface Reference {
  readonly label: string;
  readonly value: number;
}

export interface LineChartSize {
  readonly size: ChartSize;
  readonly width: number;
  readonly height: number;
  readonly title?: string;
}

/** Beyond these, normalised values say nothing but "far off"; the table has them. */
const [least, most] = [-1, 2];
const labelGap = fontSize + 2;
/** With more points only the main line has error bars. */
const mostBars = 60;

export function lineChartSpec(chart: LineChart, { size, width, height, title }: LineChartSize): Spec {
  const domain = chart.domain ?? yDomain([chart]);
  const references = chart.references.filter(({ value }) => value >= domain[0] && value <= domain[1]);
  const labels = [...chart.series.map(({ style }) => style.label), ...references.map(({ label }) => label)];
  const longest = Math.max(0, ...labels.map((label) => label.length));
  const padding = {
    left: 44,
    right: size === "wide" ? Math.ceil(longest * characterWidth) + 32 : 10,
    top: title === undefined ? 30 : 74,
    bottom: 46,
  };
  const plot = {
    width: width - padding.left - padding.right,
    height: height - padding.top - padding.bottom,
  };
  const xs = [...new Set(chart.series.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
    (a, b) => a - b,
  );
  const margin = 0.4;
  const x = {
    field: "x",
    type: "quantitative",
    scale: { domain: [xs[0]! - margin, xs.at(-1)! + margin], nice: false, zero: false },
    axis: {
      title: chart.xTitle,
      values: [...axisValues(xs, plot.width / 30)],
      format: "d",
      labelOverlap: true,
    },
  } as const;
  const y = {
    field: "y",
    type: "quantitative",
    scale: { domain: [...domain], nice: false, zero: false },
    axis: { title: chart.yTitle, format: "~g", tickCount: Math.round(plot.height / 40), ...yTitleAbove },
  } as const;
  const color = { field: "color", type: "nominal", scale: null } as const;
  const hasBars = chart.series.length * xs.length <= mostBars || chart.series.every(({ isMain }) => !isMain);
  const values = chart.series.flatMap(({ style, isMain, points }) =>
    points
      .filter(({ estimate }) => estimate.value >= domain[0] && estimate.value <= domain[1])
      .map(({ x: at, estimate }) => ({
        x: at,
        y: estimate.value,
        low: Math.max(domain[0], estimate.value - (hasBars || isMain ? (estimate.error ?? 0) : 0)),
        high: Math.min(domain[1], estimate.value + (hasBars || isMain ? (estimate.error ?? 0) : 0)),
        series: style.label,
        color: style.color,
        dash: style.dash,
        shape: style.shape,
        isMain,
      })),
  );
  const series = { field: "series", type: "nominal", scale: null } as const;
  const strokeWidth = { condition: { test: "datum.isMain", value: 3 }, value: 1.75 } as const;
  return specOf({
    data: { values },
    width: plot.width,
    height: plot.height,
    padding,
    autosize: "none",
    config: chartConfig,
    ...(title === undefined ? {} : { title }),
    layer: [
      {
        data: { values: references.map(({ value }) => ({ y: value })) },
        mark: { type: "rule", color: "var(--rule)", strokeDash: [5, 4], strokeWidth: 1.25 },
        encoding: { y },
      },
      {
        mark: { type: "rule", opacity: 0.55, strokeWidth: 1.25 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      {
        mark: { type: "line" },
        encoding: {
          x,
          y,
          color,
          strokeWidth,
          detail: series,
          strokeDash: { field: "dash", type: "nominal", scale: null },
        },
      },
      {
        mark: { type: "point", filled: true, opacity: 1, size: xs.length > 18 ? 22 : 38 },
        encoding: { x, y, color, shape: { field: "shape", type: "nominal", scale: null } },
      },
      ...(size === "wide" ? endLabels({ chart, references, domain, plot, xDomain: x.scale.domain }) : []),
    ],
  });
}

interface LabelInputs {
  readonly chart: LineChart;
  readonly references: readonly Reference[];
  readonly domain: readonly [number, number];
  readonly plot: { readonly width: number; readonly height: number };
  readonly xDomain: readonly [number, number];
}

function endLabels({ chart, references, domain, plot, xDomain }: LabelInputs): readonly object[] {
  const toPixel = (value: number): number =>
    plot.height *
    (1 - (Math.max(domain[0], Math.min(domain[1], value)) - domain[0]) / (domain[1] - domain[0]));
  const xToPixel = (x: number): number => (plot.width * (x - xDomain[0])) / (xDomain[1] - xDomain[0]);
  const ends = [
    ...chart.series.flatMap(({ style, points }) => {
      const last = points.at(-1);
      return last
        ? [
            {
              text: style.label,
              color: style.color,
              shape: style.shape,
              x: xToPixel(last.x) + 5,
              y: toPixel(last.estimate.value),
            },
          ]
        : [];
    }),
    ...references.map(({ label, value }) => ({
      text: label,
      color: "var(--faint)",
      shape: null,
      x: plot.width,
      y: toPixel(value),
    })),
  ];
  const places = spreadLabels(
    ends.map(({ y }) => y),
    labelGap,
    [0, plot.height],
  );
  const values = ends.map((end, i) => ({ ...end, place: places[i]! }));
  const pixels = { type: "quantitative", scale: null, axis: null } as const;
  const color = { field: "color", type: "nominal", scale: null } as const;
  return [
    {
      data: { values },
      mark: { type: "rule", strokeWidth: 0.75, opacity: 0.7 },
      encoding: {
        x: { field: "x", ...pixels },
        x2: { value: plot.width + 12 },
        y: { field: "y", ...pixels },
        y2: { field: "place" },
        color,
      },
    },
    {
      data: { values: values.filter(({ shape }) => shape !== null) },
      mark: { type: "point", filled: true, opacity: 1, size: 38 },
      encoding: {
        x: { value: plot.width + 17 },
        y: { field: "place", ...pixels },
        shape: { field: "shape", type: "nominal", scale: null },
        color,
      },
    },
    {
      data: { values },
      mark: { type: "text", align: "left", baseline: "middle", fontSize },
      encoding: {
        x: { value: plot.width + 25 },
        y: { field: "place", ...pixels },
        text: { field: "text", type: "nominal" },
        color,
      },
    },
  ];
}

/** All values of the charts with their errors, and the full model; within reason. */
export function yDomain(charts: readonly LineChart[]): readonly [number, number] {
  const series = charts.flatMap((chart) => chart.series);
  const references = charts.flatMap((chart) => chart.references);
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ estimate: { value, error } }) => [value - (error ?? 0), value + (error ?? 0)]),
  );
  const [low, high] = [Math.min(1, ...values), Math.max(1, ...values)];
  // Where values come near a reference below them, it belongs in the picture.
  const floor = Math.min(low, ...references.map(({ value }) => value).filter((value) => low - value < 0.5));
  const step = high - floor > 0.4 ? 0.1 : 0.02;
  const round = (value: number): number => Number(value.toFixed(2));
  return [
    Math.max(least, round(Math.floor(floor / step + 1e-9) * step)),
    Math.min(most, round(Math.ceil(high / step - 1e-9) * step)),
  ];
}
