// Curves -> the figures of methods: all in one, one by one, and one layer skipped or switched.
import type { Curve, CurvePoint } from "./curves.js";
import { type DataTable, estimateText, pointsTable } from "./data-table.js";
import type { Figure, LegendEntry } from "./figure.js";
import { allMethodsFinding, capitalise, indexFinding, keptFinding } from "./findings.js";
import { type LineChart, type LineSeries, lineChartSpec, yDomain } from "./line-chart.js";
import { type Measure, wordsOf } from "./measure.js";
import { methodLabel, methodStyle, overallStyle, taskStyle } from "./series-style.js";

export interface MethodFigureInputs {
  readonly layerCount: number;
  /** In the sweep's order; only those that have values. */
  readonly tasks: readonly string[];
  readonly measure: Measure;
}

const normalisedReferences = [
  { label: "full model", value: 1 },
  { label: "random guessing", value: 0 },
] as const;

export function allMethodsFigure(
  curves: readonly Curve[],
  { layerCount, measure }: MethodFigureInputs,
): Figure {
  const { overall: overallName, overallOfScores, score, howToRead } = wordsOf(measure);
  const series = curves.map(
    ({ method, loops, points }): LineSeries => ({
      style: methodStyle(method, loops),
      isMain: false,
      points: points.map(({ x, overall }) => ({ x, estimate: overall })),
    }),
  );
  const chart: LineChart = {
    xTitle: `layers affected, of ${layerCount}`,
    yTitle: overallOfScores,
    series,
    references: overallReferences(measure),
  };
  return {
    ...lineFigure(chart, { width: 880, height: 430 }),
    name: "all-methods",
    title: `All methods: the ${overallName} over tasks`,
    finding: allMethodsFinding(curves, layerCount, measure),
    caption: `A line a method: the ${overallName} over tasks against the number of layers in the middle that it changes; ${score}s: ${howToRead}`,
    tables: [allMethodsTable(curves, measure)],
  };
}

/** One for each curve, on one scale. */
export function methodFigures(curves: readonly Curve[], inputs: MethodFigureInputs): readonly Figure[] {
  const xTitle = `layers affected, of ${inputs.layerCount}`;
  const charts = curves.map(({ points }) => tasksChart(points, inputs, xTitle));
  const domain = yDomain(charts);
  return curves.map((curve, i) => methodFigure(curve, { ...charts[i]!, domain }, inputs));
}

function methodFigure(
  curve: Curve,
  chart: LineChart,
  { layerCount, tasks, measure }: MethodFigureInputs,
): Figure {
  const { overall, score } = wordsOf(measure);
  const label = methodLabel(curve.method, curve.loops);
  return {
    ...lineFigure(chart, { width: 450, height: 320 }),
    name: curve.method,
    title: capitalise(label),
    finding: capitalise(keptFinding(curve, layerCount, measure)),
    caption: "",
    tables: [
      pointsTable(curve.points, {
        caption: `${capitalise(label)}: ${score}s`,
        heading: "layers affected",
        tasks,
        overall,
      }),
    ],
  };
}

export function indexFigure(
  method: "skip_idx" | "switch_idx",
  points: readonly CurvePoint[],
  inputs: MethodFigureInputs,
): Figure {
  const { tasks, measure } = inputs;
  const { overall, score } = wordsOf(measure);
  const isSkip = method === "skip_idx";
  const chart = tasksChart(points, inputs, isSkip ? "layer left out" : "layer exchanged with the next");
  return {
    ...lineFigure(chart, { width: 450, height: 340 }),
    name: isSkip ? "skip-one" : "switch-neighbours",
    title: isSkip ? "One layer skipped" : "Two neighbours switched",
    finding: capitalise(indexFinding(points, measure)),
    caption: "",
    tables: [
      pointsTable(points, {
        caption: `${isSkip ? "One layer skipped" : "Two neighbours switched"}: ${score}s`,
        heading: isSkip ? "layer" : "layers",
        tasks,
        overall,
        name: (x) => (isSkip ? String(x) : `${x}, ${x + 1}`),
      }),
    ],
  };
}

export function methodsCaption(measure: Measure): string {
  const { overall, score, howToRead } = wordsOf(measure);
  return `A line a task, and their ${overall}; ${score}s: ${howToRead} Where points are many, only the ${overall} has bars; the tables have all.`;
}

/** What one number over tasks is compared with. */
function overallReferences({ kind, full }: Measure): LineChart["references"] {
  if (kind === "normalised") return normalisedReferences;
  return full === null ? [] : [{ label: "full model", value: full.overall }];
}

function tasksChart(
  points: readonly CurvePoint[],
  { tasks, measure }: MethodFigureInputs,
  xTitle: string,
): LineChart {
  const { overall: overallName, score } = wordsOf(measure);
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
  const overall: LineSeries = {
    style: { ...overallStyle, label: overallName },
    isMain: true,
    points: points.map(({ x, overall: estimate }) => ({ x, estimate })),
  };
  // Unlike normalised scores, plain ones are each compared with another number.
  const references = measure.kind === "normalised" ? normalisedReferences : [];
  return { xTitle, yTitle: score, series: [...ofTasks, overall], references };
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
      ...ruleEntries(chart.references),
    ],
    key: [],
  };
}

function ruleEntries(references: LineChart["references"]): readonly LegendEntry[] {
  if (references === normalisedReferences) {
    return [{ kind: "rule", label: "full model (1) and random guessing (0)" }];
  }
  return references.map(({ label }): LegendEntry => ({ kind: "rule", label }));
}

function allMethodsTable(curves: readonly Curve[], measure: Measure): DataTable {
  const { overall, score } = wordsOf(measure);
  const xs = [...new Set(curves.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  return {
    caption: `${capitalise(overall)} over tasks of ${score}s, by layers affected`,
    columns: ["layers affected", ...curves.map(({ method, loops }) => methodLabel(method, loops))],
    rows: xs.map((x) => [
      String(x),
      ...curves.map(({ points }) => estimateText(points.find((point) => point.x === x)?.overall)),
    ]),
  };
}
