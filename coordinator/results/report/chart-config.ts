// What all charts have in common: sizes, type and axes. Colours are names (theme.ts).
import type { Config, TopLevelSpec } from "vega-lite";

export type Spec = TopLevelSpec;

/** Vega-Lite's types ask for mutable arrays everywhere; specs here are checked by being drawn. */
export function specOf(spec: Readonly<Record<string, unknown>>): Spec {
  return spec as unknown as Spec;
}

/** `wide` has its labels beside the lines, `narrow` is for phones and has its legend in the page. */
export type ChartSize = "wide" | "narrow";

export interface ChartBox {
  readonly width: number;
  readonly height: number;
  readonly padding: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

export const fontSize = 13;
/** Of the page's font, generously: no measuring without a browser. */
export const characterWidth = 0.56 * fontSize;

const font = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export const chartConfig: Config = {
  aria: false,
  background: "transparent",
  font,
  view: { stroke: null },
  axis: {
    labelColor: "var(--faint)",
    labelFontSize: fontSize - 1,
    titleColor: "var(--faint)",
    titleFontSize: fontSize,
    titleFontWeight: "normal",
    domainColor: "var(--rule)",
    tickColor: "var(--rule)",
    gridColor: "var(--grid)",
    labelPadding: 5,
  },
  axisX: { grid: false, titlePadding: 8 },
  legend: {
    labelColor: "var(--ink)",
    labelFontSize: fontSize - 1,
    titleColor: "var(--faint)",
    titleFontSize: fontSize - 1,
    titleFontWeight: "normal",
  },
  title: { color: "var(--ink)", fontSize: fontSize + 3, anchor: "start", offset: 24, fontWeight: 600 },
};

/** A title that lies above the axis and reads from left to right. */
export const yTitleAbove = {
  titleAngle: 0,
  titleAlign: "left",
  titleAnchor: "end",
  titleBaseline: "bottom",
  titleX: -36,
  titleY: -10,
} as const;

/** As many whole numbers as fit, the first and then every k-th. */
export function axisValues(xs: readonly number[], most: number): readonly number[] {
  const step = Math.max(1, Math.ceil(xs.length / most));
  return xs.filter((_, i) => i % step === 0);
}
