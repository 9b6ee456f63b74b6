// Summary and similarity -> the sections of the report with their figures, not yet drawn. What
// a sweep has no rows for is said instead.
import type { Similarity } from "../similarity-file.js";
import type { Summary } from "../summary-file.js";
import { indexPoints, mainCurves, methodCurves } from "./curves.js";
import type { Section } from "./figure.js";
import { findings, leftOut } from "./findings.js";
import { loopsFigure, paretoFigure, similarityFigure } from "./grid-figures.js";
import { loopCells } from "./loop-widths.js";
import type { Measure } from "./measure.js";
import { allMethodsFigure, indexFigure, methodFigures } from "./method-figures.js";
import { paretoPoints } from "./pareto.js";
import {
  enteringMetrics,
  measureOf,
  type ScheduleValues,
  scheduleValues,
  taskScales,
} from "./schedule-values.js";

export interface ReportContent {
  /** Facts of this run, in order of interest. */
  readonly findings: readonly string[];
  /** What the figures leave out of the sweep. */
  readonly leftOut: readonly string[];
  readonly sections: readonly Section[];
  readonly values: readonly ScheduleValues[];
  readonly measure: Measure;
}

export function reportContent(summary: Summary, similarity: Similarity | null): ReportContent {
  const { layerCount } = summary.run.model;
  const values = scheduleValues(summary);
  const measure = measureOf(summary, values);
  const isPlain = measure.kind === "plain";
  const scales = isPlain ? new Map() : taskScales(summary.rows);
  const all = methodCurves(values, layerCount);
  const curves = mainCurves(all);
  const skipOne = indexPoints(values, "skip_idx");
  const switched = indexPoints(values, "switch_idx");
  const cells = loopCells(all);
  const pareto = paretoPoints(values, summary.latencies);
  const tasks = [...(isPlain ? enteringMetrics(summary.rows) : scales).keys()];
  const inputs = { layerCount, tasks, measure };
  const grid = "`painters sweep --grid paper` has them";
  const sections: Section[] = [
    {
      id: "all-methods",
      title: "Methods compared",
      figures: curves.length === 0 ? [] : [allMethodsFigure(curves, inputs)],
      absent:
        curves.length === 0
          ? [
              `No curves by number of layers: the sweep has no schedules of the methods with a start; ${grid}.`,
            ]
          : [],
    },
    {
      id: "each-method",
      title: "Method by method",
      figures: methodFigures(curves, inputs),
      absent: [],
    },
    {
      id: "one-layer",
      title: "One layer at a time",
      figures: [
        ...(skipOne.length === 0 ? [] : [indexFigure("skip_idx", skipOne, inputs)]),
        ...(switched.length === 0 ? [] : [indexFigure("switch_idx", switched, inputs)]),
      ],
      absent: [
        ...(skipOne.length === 0 ? [`Skipping one layer: the sweep has no skip_idx; ${grid}.`] : []),
        ...(switched.length === 0 ? [`Switching neighbours: the sweep has no switch_idx; ${grid}.`] : []),
      ],
    },
    {
      id: "loops",
      title: "Loops",
      figures: cells.length === 0 ? [] : [loopsFigure(cells, measure)],
      absent:
        cells.length === 0
          ? [`Loops by parallel width: the sweep has fewer than three loop counts; ${grid}.`]
          : [],
    },
    {
      id: "time",
      title: "Time",
      figures: pareto.length === 0 ? [] : [paretoFigure(pareto, measure)],
      absent:
        pareto.length === 0
          ? ["Accuracy against time: no layer was timed in this sweep (summary.json has no latencies)."]
          : [],
    },
    {
      id: "similarity",
      title: "Similarity",
      figures: similarity?.schedules.map((one, i) => similarityFigure(one, i)) ?? [],
      absent:
        similarity === null
          ? [
              "Similarity of hidden states: the folder has no similarity.json; `painters similarity` makes it.",
            ]
          : [],
    },
  ];
  return {
    findings: findings({ layerCount, measure, scales, curves, skipOne, switched, loopCells: cells }),
    leftOut: leftOut(summary.rows, values, scales, measure),
    sections: sections.filter(({ figures, absent }) => figures.length + absent.length > 0),
    values,
    measure,
  };
}
