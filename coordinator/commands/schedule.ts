// `painters schedule`: checks a schedule, writes it out, and says what it costs.
// The smallest way from a variant's numbers or a text to the algebra.
import type { CommandModule } from "yargs";
import { buildGraph } from "../graph/build-graph.js";
import { countVisits } from "../graph/counts.js";
import { parseNamed } from "../schedule/parse-named.js";
import { printSchedule } from "../schedule/print.js";
import type { NamedSchedule, VariantParameter } from "../schedule/schedule.js";
import { ScheduleError } from "../schedule/schedule-error.js";
import { canonicalText, countLayerApplications } from "../schedule/simplify.js";
import { buildVariant, isVariantMethod } from "../schedule/variants.js";

const PARAMETERS: readonly VariantParameter[] = ["start", "seed", "loops", "index"];

type ScheduleFlags = Readonly<Record<VariantParameter | "layers" | "schedule", string | undefined>> & {
  readonly json: boolean | undefined;
};

export const scheduleCommand: CommandModule<object, ScheduleFlags> = {
  builder: (yargs) =>
    yargs
      .positional("schedule", { type: "string", describe: "A variant, or the text of a schedule" })
      .option("layers", {
        string: true,
        requiresArg: true,
        describe: "Layers of the model; variants need it",
      })
      .option("start", { string: true, requiresArg: true, describe: "Last layer before the middle" })
      .option("seed", { string: true, requiresArg: true, describe: "random: Python's seed" })
      .option("loops", { string: true, requiresArg: true, describe: "loop_parallel: rounds" })
      .option("index", { string: true, requiresArg: true, describe: "skip_idx, switch_idx: the layer" })
      .option("json", { type: "boolean", describe: "One JSON document, counts included" })
      .example("$0 schedule reverse --start 8 --layers 32", "a variant, from its numbers")
      .example('$0 schedule "loop_parallel(start=8,loops=3)" --layers 32', "the same way as in a sweep")
      .example('$0 schedule "0..4, loop(3, mean(4..28)), 28..32"', "a text: its canonical form and counts")
      .example('$0 schedule "0..4, sum((4..6), (6..8)), 8..12" --layers 12', "two chains, deltas added")
      .example('$0 schedule "0..4, loop(2, 4..8, damping=0.5), 8..12"', "h + 0.5 (body(h) - h), twice")
      .example(
        '$0 schedule "0..4, sum(4.attn, 5.attn), sum(4.mlp, 5.mlp), 6..8"',
        "halves of layers side by side",
      )
      .epilogue(
        "A variant prints the text it stands for, ready to be edited. Text prints in canonical form, in which " +
          "schedules that are equal are equal texts, followed by what it costs.\n" +
          "Variants: baseline; skip, middle_repeat, reverse, parallel (--start); random (--start --seed); " +
          "loop_parallel (--start --loops); skip_idx, switch_idx (--index).",
      ),
  handler: (flags) => {
    process.stdout.write(describeSchedule(flags));
  },
};

function describeSchedule(flags: ScheduleFlags): string {
  const named = readSchedule(flags);
  const counts = countOne(named);
  if (flags.json) return `${JSON.stringify(counts, null, 2)}\n`;
  if (named.method !== "custom") return `${counts.schedule}\n`;
  const { layerApplications, visits } = counts;
  const lines = [
    ["layer applications", layerApplications],
    ["layer visits, shared", visits.layers],
    ...(visits.sublayers > 0 ? [["of them half a layer", visits.sublayers] as const] : []),
    ["merges", visits.merges],
    ["damped rounds", visits.damps],
  ] as const;
  const table = lines.map(
    ([label, value]) => `${label.padEnd(22)}${value.toLocaleString("en-US").padStart(9)}`,
  );
  return `${[counts.canonical, ...table].join("\n")}\n`;
}

function countOne({ name, method, parameters, schedule }: NamedSchedule) {
  const canonical = canonicalText(schedule);
  const { layers, sublayers, merges, damps } = countVisits(buildGraph([schedule]));
  return {
    name,
    method,
    parameters,
    schedule: printSchedule(schedule),
    canonical,
    layerApplications: countLayerApplications(schedule),
    visits: { layers, sublayers, merges, damps },
  };
}

function readSchedule(flags: ScheduleFlags): NamedSchedule {
  const text = (flags.schedule ?? "").trim();
  const layerCount = flags.layers === undefined ? undefined : readWholeNumber("--layers", flags.layers);
  const given = PARAMETERS.filter((parameter) => flags[parameter] !== undefined);
  if (isVariantMethod(text)) {
    if (layerCount === undefined) throw new ScheduleError(`${text} depends on the model: add --layers`);
    const parameters = given.map((name) => [name, readWholeNumber(`--${name}`, flags[name])]);
    return buildVariant(text, Object.fromEntries(parameters), layerCount);
  }
  if (given.length > 0) {
    throw new ScheduleError(`--${given[0]} goes with the bare name of a variant, not with '${text}'`);
  }
  return parseNamed(text, layerCount);
}

/** The whole number a flag was given; throws a ScheduleError that names the flag. */
export function readWholeNumber(flag: string, value: unknown): number {
  if (typeof value === "string" && /^\d{1,15}$/.test(value.trim())) return Number(value);
  if (Array.isArray(value)) throw new ScheduleError(`${flag} is given ${value.length} times`);
  throw new ScheduleError(`${flag} must be a whole number of at least 0, not '${String(value)}'`);
}
