// Curves -> the figures of methods: all in one, one by one, and one layer skipped or switched.
import type { Curve, CurvePoint } from "./curves.js";
import { type DataTable, estimateText, pointsTable } from "./data-table.js";
import type { Figure, LegendEntry } from "./figure.js";
import { allMethodsFinding, capitalise, indexFinding, keptFinding } from "./findings.js";
import { type LineChart, type LineSeries, lineChartSpec, yDomain } from "./line-chart.js";
import { medianStyle, methodLabel, methodStyle, taskStyle } from "./series-style.js";

export interface MethodFigureInputs {
  readonly layerCount: number;
  /** In the sweep's order; only those that are normalised. */
  readonly tasks: readonly string[];
}

const references = [
  { label: "full model", value: 1 },
  { label: "random guessing", value: 0 },
] as const;
const yTitle = "normalised score";
const howToRead =
  "1 is the full model, 0 random guessing. Bars are one standard error; for random order, the standard deviation over its seeds.";

export function allMethodsFigure(curves: readonly Curve[], { layerCount }: MethodFigureInputs): Figure {
  const series = curves.map(
    ({ method, loops, points }): LineSeries => ({
      style: methodStyle(method, loops),
      isMain: false,
      points: points.map(({ x, median }) => ({ x, estimate: median })),
    }),
  );
  const chart: LineChart = {
    xTitle: `layers affected, of ${layerCount}`,
    yTitle: `median of normalised scores`,
    series,
    references,
  };
  return {
    ...lineFigure(chart, { width: 880, height: 430 }),
    name: "all-methods",
    title: "All methods: the median over tasks",
    finding: allMethodsFinding(curves, layerCount),
    caption: `A line a method: the median over tasks against the number of layers in the middle that it changes. ${howToRead}`,
    tables: [allMethodsTable(curves)],
  };
}

/** One for each curve, on one scale. */
export function methodFigures(curves: readonly Curve[], inputs: MethodFigureInputs): readonly Figure[] {
  const { layerCount, tasks } = inputs;
  const charts = curves.map(({ points }) => tasksChart(points, tasks, `layers affected, of ${layerCount}`));
  const domain = yDomain(charts);
  return curves.map((curve, i) => methodFigure(curve, { ...charts[i]!, domain }, inputs));
}

function methodFigure(curve: Curve, chart: LineChart, { layerCount, tasks }: MethodFigureInputs): Figure {
  const label = methodLabel(curve.method, curve.loops);
  return {
    ...lineFigure(chart, { width: 450, height: 320 }),
    name: curve.method,
    title: capitalise(label),
    finding: capitalise(keptFinding(curve, layerCount)),
    caption: "",
    tables: [
      pointsTable(curve.points, {
        caption: `${capitalise(label)}: normalised scores`,
        heading: "layers affected",
        tasks,
      }),
    ],
  };
}

export function indexFigure(
  method: "skip_idx" | "switch_idx",
  points: readonly CurvePoint[],
  { tasks }: MethodFigureInputs,
): Figure {
  const isSkip = method === "skip_idx";
  const chart = tasksChart(points, tasks, isSkip ? "layer left out" : "layer exchanged with the next");
  return {
    ...lineFigure(chart, { width: 450, height: 340 }),
    name: isSkip ? "skip-one" : "switch-neighbours",
    title: isSkip ? "One layer skipped" : "Two neighbours switched",
    finding: capitalise(indexFinding(points)),
    caption: "",
    tables: [
      pointsTable(points, {
        caption: `${isSkip ? "One layer skipped" : "Two neighbours switched"}: normalised scores`,
        heading: isSkip ? "layer" : "layers",
        tasks,
        name: (x) => (isSkip ? String(x) : `${x}, ${x + 1}`),
      }),
    ],
  };
}

export const methodsCaption = `A line a task, and their median; normalised scores: ${howToRead} Where points are many, only the median has bars; the tables have all.`;

function tasksChart(points: readonly CurvePoint[], tasks: readonly string[], xTitle: string): LineChart {
  const ofTasks = tasks.map(
    (task, index): LineSeries => ({
      style: taskStyle(task, index),
      isMain: false,
      points: points.flatMap(({ x, tasks: values }) => {
        const estimate = values.get(task);
        return estimate ? [{ x, estimate }] : [];
      }),
    }),
  );
  const median: LineSeries = {
    style: medianStyle,
    isMain: true,
    points: points.map(({ x, median: estimate }) => ({ x, estimate })),
  };
  return { xTitle, yTitle, series: [...ofTasks, median], references };
}

function lineFigure(
  chart: LineChart,
  box: { readonly width: number; readonly height: number },
): Pick<Figure, "sizes" | "spec" | "legend" | "key"> {
  return {
    sizes: ["wide", "narrow"],
    spec: (size, title) =>
      lineChartSpec(chart, {
        size,
        ...(size === "wide" ? box : { width: 350, height: 300 }),
        ...(title === undefined ? {} : { title }),
      }),
    legend: [
      ...chart.series.map(
        ({ style, isMain }): LegendEntry => ({ kind: "series", style, isMain, hasLine: true }),
      ),
      { kind: "rule", label: "full model (1) and random guessing (0)" },
    ],
    key: [],
  };
}

function allMethodsTable(curves: readonly Curve[]): DataTable {
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  return {
    caption: "Median over tasks of normalised scores, by layers affected",
    columns: ["layers affected", ...curves.map(({ method, loops }) => methodLabel(method, loops))],
    rows: xs.map((x) => [
      String(x),
      ...curves.map(({ points }) => estimateText(points.find((point) => point.x === x)?.median)),
    ]),
  };
}
