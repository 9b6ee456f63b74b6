// A schedule as a picture: layers as boxes in a row, branches of a merge one above the other
// between a fork and a join, loops under a bracket. Boxes and lines are laid out here, then drawn.
import type { Layer, Loop, Merge, Schedule } from "../../schedule/schedule.js";
import { type Markup, svg } from "./html.js";

/** Something drawn, with the height at which the hidden states enter and leave. */
interface Block {
  readonly width: number;
  readonly height: number;
  readonly axis: number;
  readonly draw: (x: number, y: number) => Markup;
}

interface PictureOptions {
  /** The text alternative. */
  readonly label: string;
  /** Colours of boxes run over these. */
  readonly layerCount: number;
}

const box = { height: 24, gap: 5, digitWidth: 7, padding: 6, least: 20 };
const branchGap = 5;
const bracketHeight = 20;
/** Of longer rows, layers in order are shortened, then the row itself; of taller stacks, the middle. */
const [mostItems, mostBranches] = [40, 9];
const kept = { run: 3, items: 18, branches: 3 };

export function schedulePicture(schedule: Schedule, { label, layerCount }: PictureOptions): Markup {
  const colors = layerColors(layerCount);
  const block = row(itemsOf(schedule), colors);
  const end = 16;
  const width = Math.ceil(block.width + 2 * end);
  const height = Math.ceil(block.height + 8);
  const axis = 4 + block.axis;
  const line = (from: number, to: number): Markup =>
    svg`<path d="M${round(from)},${round(axis)}H${round(to)}" stroke="var(--rule)" stroke-width="1.5"/>`;
  return svg`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" fill="none" font-family="system-ui, sans-serif" font-size="12">${[
    line(2, end),
    block.draw(end, 4),
    line(end + block.width, width - 8),
    svg`<path d="M${width - 9},${round(axis - 4)}l6,4l-6,4z" fill="var(--rule)"/>`,
  ]}</svg>`;
}

function itemsOf(schedule: Schedule): readonly Schedule[] {
  return schedule.kind === "sequence" ? schedule.items : [schedule];
}

type Colors = (layer: number) => { readonly fill: string; readonly text: string };

function blockOf(schedule: Schedule, colors: Colors): Block {
  switch (schedule.kind) {
    case "layer":
      return layerBlock(schedule, colors);
    case "sequence":
      return row(schedule.items, colors);
    case "merge":
      return mergeBlock(schedule, colors);
    case "loop":
      return loopBlock(schedule, colors);
  }
}

function layerBlock({ layer, sublayer }: Layer, colors: Colors): Block {
  const text = sublayer === undefined ? String(layer) : `${layer}.${sublayer}`;
  const width = Math.max(box.least, text.length * box.digitWidth + box.padding);
  const { fill, text: ink } = colors(layer);
  return {
    width,
    height: box.height,
    axis: box.height / 2,
    draw: (x, y) =>
      svg`<rect x="${round(x)}" y="${round(y)}" width="${width}" height="${box.height}" rx="4" fill="${fill}"/><text x="${round(x + width / 2)}" y="${round(y + box.height / 2 + 4)}" text-anchor="middle" fill="${ink}">${text}</text>`,
  };
}

function textBlock(text: string): Block {
  const width = text.length * 6.6 + 8;
  return {
    width,
    height: box.height,
    axis: box.height / 2,
    draw: (x, y) =>
      svg`<text x="${round(x + width / 2)}" y="${round(y + box.height / 2 + 4)}" text-anchor="middle" fill="var(--faint)">${text}</text>`,
  };
}

/** One after another on one line, joined by short lines. */
function row(items: readonly Schedule[], colors: Colors): Block {
  const blocks = rowBlocks(items, colors);
  if (blocks.length === 0) return { width: 24, height: box.height, axis: box.height / 2, draw: passing };
  const axis = Math.max(...blocks.map((block) => block.axis));
  const height = axis + Math.max(...blocks.map((block) => block.height - block.axis));
  const width = blocks.reduce((sum, block) => sum + block.width, 0) + box.gap * (blocks.length - 1);
  const draw = (x: number, y: number): Markup => {
    const drawn: Markup[] = [];
    let at = x;
    for (const [i, block] of blocks.entries()) {
      if (i > 0) {
        drawn.push(
          svg`<path d="M${round(at)},${round(y + axis)}h${box.gap}" stroke="var(--rule)" stroke-width="1.5"/>`,
        );
        at += box.gap;
      }
      drawn.push(block.draw(at, y + axis - block.axis));
      at += block.width;
    }
    return svg`${drawn}`;
  };
  return { width, height, axis, draw };
}

/** The identity: a line. */
function passing(x: number, y: number): Markup {
  return svg`<path d="M${round(x)},${round(y + box.height / 2)}h24" stroke="var(--rule)" stroke-width="1.5"/>`;
}

function mergeBlock({ rule, branches }: Merge, colors: Colors): Block {
  const blocks = shorten(branches, mostBranches, kept.branches, (n) => `${n} more`, colors);
  const inner = Math.max(...blocks.map((block) => block.width));
  const height = blocks.reduce((sum, block) => sum + block.height, 0) + branchGap * (blocks.length - 1);
  const side = 16;
  const joint = rule.length * 6.6 + 10;
  const axis = height / 2;
  const width = side + inner + side + joint;
  const draw = (x: number, y: number): Markup => {
    let top = y;
    const middle = y + axis;
    const drawn = blocks.map((block) => {
      const own = top + block.axis;
      const left = x + side + (inner - block.width) / 2;
      const right = x + side + inner + side;
      const wires = svg`<path d="M${round(x)},${round(middle)}C${round(x + side * 0.7)},${round(middle)} ${round(x + side * 0.3)},${round(own)} ${round(x + side)},${round(own)}H${round(left)}M${round(left + block.width)},${round(own)}H${round(right - side)}C${round(right - side * 0.3)},${round(own)} ${round(right - side * 0.7)},${round(middle)} ${round(right)},${round(middle)}" stroke="var(--rule)" stroke-width="1.25"/>`;
      const picture = block.draw(left, top);
      top += block.height + branchGap;
      return svg`${wires}${picture}`;
    });
    const at = x + side + inner + side;
    return svg`${drawn}<rect x="${round(at)}" y="${round(middle - 10)}" width="${round(joint)}" height="20" rx="10" fill="var(--panel)" stroke="var(--rule)"/><text x="${round(at + joint / 2)}" y="${round(middle + 4)}" text-anchor="middle" fill="var(--ink)">${rule}</text>`;
  };
  return { width, height, axis, draw };
}

function loopBlock({ times, body, damping }: Loop, colors: Colors): Block {
  const inner = blockOf(body, colors);
  const text = damping === undefined ? `${times} ×` : `${times} ×, damping ${damping}`;
  const width = Math.max(inner.width + 12, text.length * 6.8 + 24);
  const left = (width - inner.width) / 2;
  return {
    width,
    height: inner.height + bracketHeight,
    axis: inner.axis + bracketHeight,
    draw: (x, y) => {
      const axis = y + bracketHeight + inner.axis;
      const bracket = svg`<path d="M${round(x + 2)},${round(y + bracketHeight + 2)}v-5q0,-4 4,-4H${round(x + width - 6)}q4,0 4,4v5" stroke="var(--ink)" stroke-width="1.5"/><text x="${round(x + width / 2)}" y="${round(y + 9)}" text-anchor="middle" font-weight="600" fill="var(--ink)">${text}</text>`;
      const wires = svg`<path d="M${round(x)},${round(axis)}h${round(left)}M${round(x + width - left)},${round(axis)}h${round(left)}" stroke="var(--rule)" stroke-width="1.5"/>`;
      return svg`${bracket}${wires}${inner.draw(x + left, y + bracketHeight)}`;
    },
  };
}

function rowBlocks(items: readonly Schedule[], colors: Colors): readonly Block[] {
  if (items.length <= mostItems) return items.map((item) => blockOf(item, colors));
  const runs = runsOf(items);
  const shown = runs.reduce((sum, run) => sum + Math.min(run.length, 2 * kept.run + 1), 0);
  if (shown > mostItems) return shorten(items, mostItems, kept.items, moreText, colors);
  return runs.flatMap((run) => shorten(run, 2 * kept.run + 1, kept.run, moreText, colors));
}

/** Whole layers that ascend by one are a run; anything else is one of its own. */
function runsOf(items: readonly Schedule[]): readonly (readonly Schedule[])[] {
  const runs: Schedule[][] = [];
  for (const item of items) {
    const before = runs.at(-1)?.at(-1);
    if (isWhole(before) && isWhole(item) && item.layer === before.layer + 1) runs.at(-1)!.push(item);
    else runs.push([item]);
  }
  return runs;
}

function isWhole(item: Schedule | undefined): item is Layer {
  return item?.kind === "layer" && item.sublayer === undefined;
}

function moreText(count: number): string {
  return `… ${count} more …`;
}

function shorten(
  items: readonly Schedule[],
  most: number,
  ends: number,
  say: (left: number) => string,
  colors: Colors,
): readonly Block[] {
  const draw = (part: readonly Schedule[]): Block[] => part.map((item) => blockOf(item, colors));
  if (items.length <= most) return draw(items);
  const left = items.length - 2 * ends;
  return [...draw(items.slice(0, ends)), textBlock(say(left)), ...draw(items.slice(-ends))];
}

/** From the first layer to the last, light to dark: an order that changed shows. */
function layerColors(layerCount: number): Colors {
  return (layer) => {
    const share = layerCount < 2 ? 0 : Math.min(1, layer / (layerCount - 1));
    const color = hslToRgb(48 + 190 * share, 0.7 - 0.1 * share, 0.88 - 0.54 * share);
    const digits = color.map((part) =>
      Math.round(255 * part)
        .toString(16)
        .padStart(2, "0"),
    );
    return { fill: `#${digits.join("")}`, text: luminance(color) > 0.18 ? "#111111" : "#ffffff" };
  };
}

/** Parts from 0 to 1. */
function hslToRgb(hue: number, saturation: number, lightness: number): readonly number[] {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((offset) => {
    const place = (offset + hue / 30) % 12;
    return lightness - reach * Math.max(-1, Math.min(place - 3, 9 - place, 1));
  });
}

/** Relative luminance, as WCAG defines it: above 0.18 black text has more contrast than white. */
function luminance(color: readonly number[]): number {
  const [red, green, blue] = color.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
