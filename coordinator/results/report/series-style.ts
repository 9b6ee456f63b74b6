// What a line looks like: colour, dash and shape by method or task. Colour is never the only
// cue. Colours are names that page and files give a value to (theme.ts).
export interface SeriesStyle {
  /** As it stands in data and legends. */
  readonly label: string;
  readonly color: string;
  /** Lengths of dashes and gaps. Empty: solid. */
  readonly dash: readonly number[];
  readonly shape: Shape;
}

export type Shape = (typeof shapes)[number];

const shapes = [
  "circle",
  "square",
  "triangle-up",
  "diamond",
  "triangle-down",
  "cross",
  "triangle-right",
  "triangle-left",
] as const;
const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 2], [12, 3]];
const colorCount = 8;

const methodLabels: Readonly<Record<string, string>> = {
  baseline: "full model",
  skip: "skip",
  middle_repeat: "middle repeat",
  reverse: "reverse",
  random: "random order",
  parallel: "parallel",
  loop_parallel: "looped parallel",
  skip_idx: "skip one layer",
  switch_idx: "switch neighbours",
  custom: "own schedule",
  per_document: "a schedule for each document",
};

export function methodLabel(method: string, loops: number | null = null): string {
  const label = methodLabels[method] ?? method;
  return method === "loop_parallel" && loops !== null ? `${label} ×${loops}` : label;
}

/** The same method looks the same in every figure. */
export function methodStyle(method: string, loops: number | null = null): SeriesStyle {
  const label = methodLabel(method, loops);
  if (method === "baseline") return { ...overallStyle, label };
  if (method === "custom") return { ...overallStyle, shape: "square", label };
  // Unknown methods, of a newer version's file, look like the first.
  const index = Object.keys(methodLabels).indexOf(method) - 1;
  return { ...styleAt(Math.max(0, index)), label };
}

/** Of the `index`th task of a sweep. */
export function taskStyle(task: string, index: number): SeriesStyle {
  return { ...styleAt(index), label: task };
}

/** What is over tasks. */
export const overallStyle: Omit<SeriesStyle, "label"> = {
  color: "var(--ink)",
  dash: [],
  shape: "circle",
};

function styleAt(index: number): Omit<SeriesStyle, "label"> {
  return {
    color: `var(--series-${index % colorCount})`,
    dash: dashes[index % dashes.length]!,
    shape: shapes[index % shapes.length]!,
  };
}
