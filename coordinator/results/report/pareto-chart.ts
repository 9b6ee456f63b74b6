// Accuracy against time -> a Vega-Lite spec: a mark per schedule, and the front as steps
// whose corners are numbered; the page says which is which.
import { type ChartSize, chartConfig, fontSize, type Spec, specOf, yTitleAbove } from "./chart-config.js";
import type { ParetoPoint } from "./pareto.js";
import { methodStyle } from "./series-style.js";

const mostNumbers = 8;

export interface ParetoChartSize {
  readonly size: ChartSize;
  readonly width: number;
  readonly height: number;
  readonly title?: string;
}

export function paretoSpec(
  points: readonly ParetoPoint[],
  overallOfScores: string,
  { size, width, height, title }: ParetoChartSize,
): Spec {
  const methods = [...new Set(points.map(({ method }) => method))];
  const styles = methods.map((method) => methodStyle(method));
  const values = points.map(({ schedule, method, ms, overall }) => ({
    schedule,
    method: methodStyle(method).label,
    ms,
    overall: overall.value,
  }));
  const front = points.filter(({ isFront }) => isFront);
  const corners = front.map(({ ms, overall }) => ({ ms, overall: overall.value }));
  const numbered = numberedFront(points).map(({ ms, overall }, i) => ({
    ms,
    overall: overall.value,
    number: i + 1,
  }));
  const low = Math.min(0, ...values.map(({ overall }) => overall));
  const high = Math.max(1, ...values.map(({ overall }) => overall));
  const x = {
    field: "ms",
    type: "quantitative",
    scale: { zero: true, nice: true },
    axis: {
      title: "ms per 1,000 tokens on the critical path",
      tickCount: Math.round(width / 90),
      format: ",.5~g",
    },
  } as const;
  const y = {
    field: "overall",
    type: "quantitative",
    scale: { domain: [Math.max(-1, low - 0.03), Math.min(2, high + 0.05)], nice: false },
    axis: {
      title: overallOfScores,
      format: "~g",
      tickCount: 6,
      ...yTitleAbove,
    },
  } as const;
  const legend = size === "wide" ? { title: null, symbolSize: 70, symbolStrokeWidth: 0 } : null;
  const scale = { domain: styles.map(({ label }) => label) };
  return specOf({
    data: { values },
    width: width - 70 - (size === "wide" ? 140 : 0),
    height: height - 90,
    padding: { left: 4, right: 4, top: 4, bottom: 4 },
    config: chartConfig,
    ...(title === undefined ? {} : { title }),
    layer: [
      {
        data: { values: corners },
        mark: { type: "line", interpolate: "step-after", color: "var(--ink)", strokeWidth: 1.5, clip: true },
        encoding: { x, y },
      },
      {
        mark: { type: "point", filled: true, opacity: 0.9, size: 48, clip: true },
        encoding: {
          x,
          y,
          color: {
            field: "method",
            type: "nominal",
            scale: { ...scale, range: styles.map(({ color }) => color) },
            legend,
          },
          shape: {
            field: "method",
            type: "nominal",
            scale: { ...scale, range: styles.map(({ shape }) => shape) },
            legend,
          },
        },
      },
      {
        data: { values: numbered },
        mark: { type: "point", size: 150, stroke: "var(--ink)", strokeWidth: 1.5, filled: false, clip: true },
        encoding: { x, y },
      },
      {
        data: { values: numbered },
        mark: {
          type: "text",
          align: "right",
          baseline: "bottom",
          dx: -7,
          dy: -5,
          fontSize,
          color: "var(--ink)",
        },
        encoding: { x, y, text: { field: "number", type: "quantitative" } },
      },
    ],
  });
}

/**
 * Of the front, by time, those that have a number: as many as can be told apart, each clearly better
 * than the one before, and the best.
 */
export function numberedFront(points: readonly ParetoPoint[]): readonly ParetoPoint[] {
  const front = points.filter(({ isFront }) => isFront);
  const [first, best] = [front[0], front.at(-1)];
  if (!first || !best) return [];
  const step = (best.overall.value - first.overall.value) / mostNumbers;
  const numbered = [first];
  for (const point of front.slice(1)) {
    if (point.overall.value - numbered.at(-1)!.overall.value >= step) numbered.push(point);
  }
  const last = numbered.at(-1)!;
  if (last === best) return numbered;
  return numbered.length === 1 ? [first, best] : [...numbered.slice(0, -1), best];
}
