// The figures that are not lines: loops by parallel width, similarity, accuracy against time.
import type { ScheduleSimilarity } from "../similarity-file.js";
import { type DataTable, estimateText } from "./data-table.js";
import type { Figure, LegendEntry } from "./figure.js";
import { capitalise, loopFinding, number, paretoFinding } from "./findings.js";
import { type HeatMapCell, heatMapSpec } from "./heat-map.js";
import type { LoopCell } from "./loop-widths.js";
import { type Measure, wordsOf } from "./measure.js";
import type { ParetoPoint } from "./pareto.js";
import { numberedFront, paretoSpec } from "./pareto-chart.js";
import { methodStyle } from "./series-style.js";

/** A matrix with more states than this is left to similarity.json. */
const mostTableStates = 50;

export function loopsFigure(cells: readonly LoopCell[], measure: Measure): Figure {
  const { overall: overallName, overallOfScores } = wordsOf(measure);
  const widths = [...new Set(cells.map(({ width }) => width))].sort((a, b) => a - b);
  const loops = [...new Set(cells.map((cell) => cell.loops))].sort((a, b) => a - b);
  const values = cells.map(({ overall }) => overall.value);
  const map = {
    xTitle: "layers side by side",
    yTitle: "loops",
    valueTitle: `${overallName} (dot: best of its column)`,
    columns: widths.map(String),
    rows: loops.toReversed().map(String),
    cells: cells.map(
      ({ width, loops: count, overall, isBest }): HeatMapCell => ({
        column: String(width),
        row: String(count),
        value: overall.value,
        isMarked: isBest,
      }),
    ),
    domain: [Math.max(-0.2, Math.min(0, ...values)), Math.min(1.2, Math.max(1, ...values))],
  } as const;
  return {
    name: "loops",
    title: "Looped parallel: loops by parallel width",
    finding: loopFinding(cells),
    caption: `Every column is a number of middle layers that run side by side, every row how often they are run; the dot marks the loop count with the best ${overallName}.`,
    sizes: null,
    spec: (_, title) => heatMapSpec(map, { width: 460, ...(title === undefined ? {} : { title }) }),
    legend: [],
    key: [],
    tables: [
      {
        caption: `${capitalise(overallOfScores)}, by loops and layers side by side`,
        columns: ["loops", ...widths.map((width) => `${width} wide`)],
        rows: loops.map((count) => [
          String(count),
          ...widths.map((width) => {
            const cell = cells.find((one) => one.width === width && one.loops === count);
            return cell ? `${estimateText(cell.overall)}${cell.isBest ? " (best)" : ""}` : "–";
          }),
        ]),
      },
    ],
  };
}

export function similarityFigure(similarity: ScheduleSimilarity, index: number): Figure {
  const { schedule, cosine } = similarity;
  const labels = uniqueLabels(similarity.states.map(({ label }) => label));
  const cells = cosine.flatMap((row, i) =>
    row.flatMap((value, j): HeatMapCell[] =>
      Number.isFinite(value) ? [{ row: labels[i]!, column: shortName(labels[j]!), value }] : [],
    ),
  );
  const low = Math.min(...cells.map(({ value }) => value));
  const map = {
    xTitle: "hidden states, in order of use",
    yTitle: "",
    valueTitle: "cosine similarity",
    columns: labels.map(shortName),
    rows: labels,
    cells,
    domain: [low < 0 ? Math.max(-1, low) : Math.floor(low * 10) / 10, 1],
  } as const;
  return {
    name: index === 0 ? "similarity" : `similarity-${index + 1}`,
    title: `Similarity of hidden states: ${schedule}`,
    finding: similarityFinding(labels, cosine),
    caption:
      "Cosine similarity between the inputs of all layers, and the last output before the final norm. Layers that share a representation space form a light block.",
    sizes: null,
    spec: (_, title) => heatMapSpec(map, { width: 430, ...(title === undefined ? {} : { title }) }),
    legend: [],
    key: [],
    tables: [statesTable(similarity, labels), ...matrixTable(similarity, labels)],
  };
}

/** The longest run of states that are all alike. */
export function similarityFinding(labels: readonly string[], cosine: readonly (readonly number[])[]): string {
  const alike = 0.9;
  let best = { first: 0, length: 1 };
  for (let first = 0, end = 1; end < cosine.length; end++) {
    while (cosine.slice(first, end).some((row) => !(row[end]! >= alike))) first++;
    if (end - first + 1 > best.length) best = { first, length: end - first + 1 };
  }
  const pairs = cosine.flatMap((row, i) => row.slice(i + 1).filter(Number.isFinite));
  const least = `the least similar pair has ${number(Math.min(...pairs))}`;
  if (best.length === 1) return `No two neighbouring states have a cosine of ${alike} or more; ${least}.`;
  const [first, last] = [labels[best.first]!, labels[best.first + best.length - 1]!];
  return `${best.length} of ${labels.length} states in a row, from ${first} to ${last}, all have a cosine of ${alike} or more with each other; ${least}.`;
}

function statesTable({ schedule, states, cosine }: ScheduleSimilarity, labels: readonly string[]): DataTable {
  return {
    caption: `${schedule}: norm and variance of a token's state, and cosine to the state before`,
    columns: ["state", "norm", "variance", "cosine to the one before"],
    rows: states.map(({ norm, variance }, i) => [
      labels[i]!,
      precise(norm),
      precise(variance),
      i === 0 ? "–" : precise(cosine[i]![i - 1]!),
    ]),
  };
}

function matrixTable(
  { schedule, cosine }: ScheduleSimilarity,
  labels: readonly string[],
): readonly DataTable[] {
  if (labels.length > mostTableStates) return [];
  const rows = cosine.map((row, i) => [labels[i]!, ...row.map((value) => value.toFixed(3))]);
  return [{ caption: `${schedule}: cosine similarity`, columns: ["state", ...labels], rows }];
}

/** For the axis below. */
function shortName(label: string): string {
  return label.replace(/^layer (?=\d)/, "");
}

/** A state that comes again has a number. */
function uniqueLabels(labels: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    return count === 1 ? label : `${label} #${count}`;
  });
}

export function paretoFigure(points: readonly ParetoPoint[], measure: Measure): Figure {
  const { overall: overallName, overallOfScores } = wordsOf(measure);
  const methods = [...new Set(points.map(({ method }) => method))];
  return {
    name: "pareto",
    title: "Accuracy against time",
    finding: paretoFinding(points, overallName),
    caption: `A mark a schedule (random order: the mean over its seeds): ${overallOfScores} against the measured time of its layers along the longest chain, per 1,000 tokens. On the line are the schedules that no other beats in both; some of them have a number.`,
    sizes: ["wide", "narrow"],
    spec: (size, title) =>
      paretoSpec(points, overallOfScores, {
        size,
        ...(size === "wide" ? { width: 880, height: 430 } : { width: 350, height: 320 }),
        ...(title === undefined ? {} : { title }),
      }),
    legend: methods.map(
      (method): LegendEntry => ({
        kind: "series",
        style: methodStyle(method),
        isMain: false,
        hasLine: false,
      }),
    ),
    key: numberedFront(points).map(
      ({ schedule, ms, overall }) => `${schedule}: ${number(ms)} ms, ${overallName} ${number(overall.value)}`,
    ),
    tables: [
      {
        caption: `Time and ${overallName} of every schedule that was timed`,
        columns: [
          "schedule",
          "critical path, ms per 1,000 tokens",
          "all layers, ms per 1,000 tokens",
          overallName,
          "on the front",
        ],
        rows: points.map(({ schedule, ms, workMs, overall, isFront }) => [
          schedule,
          precise(ms),
          precise(workMs),
          estimateText(overall),
          isFront ? "yes" : "no",
        ]),
      },
    ],
  };
}

function precise(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}
