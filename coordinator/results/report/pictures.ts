// Which schedules the report draws as pictures: one example of each method, and every one
// that was given as text.
import { parseSchedule } from "../../schedule/parse.js";
import { parseNamed } from "../../schedule/parse-named.js";
import { printSchedule } from "../../schedule/print.js";
import type { Schedule } from "../../schedule/schedule.js";
import type { Summary } from "../summary-file.js";
import { affectedLayers } from "./curves.js";
import { estimateText } from "./data-table.js";
import { capitalise } from "./findings.js";
import { html, type Markup } from "./html.js";
import { schedulePicture } from "./schedule-picture.js";
import type { ScheduleValues } from "./schedule-values.js";
import { methodLabel } from "./series-style.js";

export interface Picture {
  readonly name: string;
  readonly heading: string;
  readonly text: string;
  readonly markup: Markup;
  /** Its median or mean over tasks, in words. null: it has none. */
  readonly overall: string | null;
}

const mostTexts = 20;

export function schedulePictures(summary: Summary, values: readonly ScheduleValues[]): readonly Picture[] {
  const { layerCount } = summary.run.model;
  const textOf = new Map(summary.rows.map(({ schedule, text }) => [schedule, text]));
  const methods = [...new Set(values.map(({ method }) => method))].filter((method) => method !== "custom");
  const examples = methods.map((method) =>
    example(
      values.filter((one) => one.method === method),
      layerCount,
    ),
  );
  const texts = values.filter(({ method }) => method === "custom").slice(0, mostTexts);
  return [...examples, ...texts].flatMap((one) => {
    const schedule = parseKnown(one.schedule, textOf.get(one.schedule) ?? "", layerCount);
    if (schedule === null) return [];
    const isText = one.method === "custom";
    const text = printSchedule(schedule);
    return [
      {
        name: one.schedule,
        heading: isText ? "Given as text" : capitalise(methodLabel(one.method)),
        text,
        markup: schedulePicture(schedule, { label: `The schedule ${text} as a picture`, layerCount }),
        overall: one.overall === null ? null : estimateText(one.overall),
      },
    ];
  });
}

/** The one nearest to half depth, with the first seed; of loop counts the one nearest to the paper's. */
function example(own: readonly ScheduleValues[], layerCount: number): ScheduleValues {
  const distance = ({ parameters: { start, index, loops, seed } }: ScheduleValues): number => {
    const depth =
      start === undefined
        ? (index ?? 0) - layerCount / 2
        : affectedLayers(start, layerCount) - layerCount / 2;
    return Math.abs(depth) * 1000 + (depth > 0 ? 500 : 0) + Math.abs((loops ?? 3) - 3) * 20 + (seed ?? 0);
  };
  return own.toSorted((a, b) => distance(a) - distance(b))[0]!;
}

/** As it was named, with its loops; else in canonical form. null: written by another version. */
function parseKnown(name: string, canonical: string, layerCount: number): Schedule | null {
  try {
    return parseNamed(name, layerCount).schedule;
  } catch {
    try {
      return parseSchedule(canonical);
    } catch {
      return null;
    }
  }
}

/** @param overall what the values over tasks are called */
export function picturesMarkup(pictures: readonly Picture[], overall: string): Markup {
  return html`${pictures.map(
    ({ name, heading, text, markup, overall: value }) => html`<figure class="schedule">
<h3>${heading}: <code>${name}</code></h3>
<div class="scroll" tabindex="0" role="group" aria-label="Picture of ${name}">${markup}</div>
${name === text ? null : html`<p><code>${text}</code></p>`}${value === null ? null : html`<p>${capitalise(overall)}: ${value}</p>`}
</figure>
`,
  )}`;
}
