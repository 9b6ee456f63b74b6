// Curves of looped parallel -> the grid of loop counts by parallel width (paper, figure of
// loop iterations), the best loop count of each width marked. Pure.
import type { Curve } from "./curves.js";
import type { Estimate } from "./schedule-values.js";

export interface LoopCell {
  /** Layers side by side. */
  readonly width: number;
  readonly loops: number;
  readonly overall: Estimate;
  /** No other loop count of this width is better; of equals the smallest. */
  readonly isBest: boolean;
}

/** By width, then loops. Empty unless there are several loop counts. */
export function loopCells(curves: readonly Curve[]): readonly LoopCell[] {
  const looped = curves.filter(({ loops }) => loops !== null);
  if (looped.length < 3) return [];
  const cells = looped.flatMap(({ loops, points }) =>
    points.map(({ x, overall }) => ({ width: x, loops: loops!, overall })),
  );
  const best = new Map<number, (typeof cells)[number]>();
  for (const cell of cells.toSorted((a, b) => a.loops - b.loops)) {
    const champion = best.get(cell.width);
    if (!champion || cell.overall.value > champion.overall.value) best.set(cell.width, cell);
  }
  return cells
    .toSorted((a, b) => a.width - b.width || a.loops - b.loops)
    .map((cell) => ({ ...cell, isBest: best.get(cell.width) === cell }));
}
