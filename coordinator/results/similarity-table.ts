// The heat map as `painters similarity` shows it on a terminal: shades, a line a
// state, no wider than the window.
import type { ScheduleSimilarity } from "./similarity-file.js";

const SHADES = [" ", "░", "▒", "▓", "█"] as const;
const UNKNOWN = "?";
const LABEL_WIDTH = 12;
const NUMBERS = ["norm", "variance", "next"] as const;
const NUMBER_WIDTH = 9;

/** Where states are too many for the width, every second (third, ..) is shown. */
export function formatHeatMap({ schedule, states, cosine }: ScheduleSimilarity, width: number): string {
  const labelWidth = Math.min(LABEL_WIDTH, Math.max(5, ...states.map(({ label }) => label.length)));
  const room = Math.max(8, width - labelWidth - 2 - NUMBERS.length * (NUMBER_WIDTH + 1));
  const cellWidth = 2 * states.length <= room ? 2 : 1;
  const stride = Math.ceil((cellWidth * states.length) / room);
  const shown = [...states.keys()].filter((i) => i % stride === 0);
  const scale = scaleOf(cosine);
  const head = `${"state".padEnd(labelWidth)}  ${" ".repeat(cellWidth * shown.length)}`;
  const lines = shown.map((i) => {
    const { label, norm, variance } = states[i]!;
    const next = cosine[i]?.[i + 1];
    const cells = shown.map((j) => shade(cosine[i]![j]!, scale).repeat(cellWidth)).join("");
    const numbers = [format(norm), format(variance), next === undefined ? "" : next.toFixed(4)];
    return `${shorten(label, labelWidth).padEnd(labelWidth)}  ${cells}${numbers.map(column).join("")}`.trimEnd();
  });
  const steps = SHADES.slice(1).map((mark, i) => `${mark} from ${scale.bounds[i]!.toFixed(2)}`);
  const skipped = stride === 1 ? "" : `; of ${states.length} states every ${ordinal(stride)} is shown`;
  return [
    schedule,
    `${head}${NUMBERS.map(column).join("")}`,
    ...lines,
    `cosine ${steps.join(", ")}; next: with the state after it${skipped}`,
    "",
  ].join("\n");
}

interface Scale {
  /** Ascending: where each shade but the first begins. */
  readonly bounds: readonly number[];
}

/** Equal steps from the smallest cosine to 1. */
function scaleOf(cosine: readonly (readonly number[])[]): Scale {
  const least = cosine.flat().reduce((min, value) => (value < min ? value : min), 1);
  return { bounds: SHADES.slice(1).map((_, i) => least + ((1 - least) * (i + 1)) / SHADES.length) };
}

function shade(value: number, { bounds }: Scale): string {
  if (Number.isNaN(value)) return UNKNOWN;
  return SHADES[bounds.filter((bound) => value >= bound).length]!;
}

/** Four digits that count. */
function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(2)
    : value.toPrecision(4);
}

function column(text: string): string {
  return ` ${text.padStart(NUMBER_WIDTH)}`;
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function ordinal(count: number): string {
  return count === 2 ? "second" : count === 3 ? "third" : `${count}th`;
}
