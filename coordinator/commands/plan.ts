// `painters plan`: what a sweep would compute, counted on its graph, and with
// --workers who would hold what and how long it would take. Loads and runs nothing.
import type { CommandModule } from "yargs";
import { countSweep } from "../graph/counts.js";
import { MODEL_SHAPES } from "../graph/shapes.js";
import type { Objective } from "../placement/placement.js";
import { PlacementFileError } from "../placement/placement-file.js";
import { GRID_NAMES } from "../schedule/grids.js";
import { ScheduleError } from "../schedule/schedule-error.js";
import { countsDocument, countsTable } from "./plan-counts.js";
import { type OutlineFlags, readOutline, type SweepOutline } from "./plan-outline.js";
import { type DryRunRequest, dryRun, dryRunDocument, dryRunTable } from "./plan-placement.js";
import { PlanInputError, readWorkers, readYaml } from "./plan-workers.js";
import { readWholeNumber } from "./schedule.js";

interface DryRunFlags {
  readonly workers: string | undefined;
  readonly objective: string | undefined;
  readonly placement: string | undefined;
  readonly documents: string | undefined;
  readonly tokens: string | undefined;
  readonly scored: string | undefined;
  readonly "batch-tokens": string | undefined;
}

type PlanFlags = OutlineFlags & DryRunFlags & { readonly json: boolean | undefined };

const word = { string: true, requiresArg: true } as const;

export const planCommand: CommandModule<object, PlanFlags> = {
  command: "plan",
  describe: "Count what a sweep would compute, and who would compute it, without loading anything",
  builder: (yargs) =>
    yargs
      .option("shape", {
        ...word,
        describe: `A model's sizes: ${MODEL_SHAPES.map(({ name }) => name).join(", ")}`,
      })
      .option("model", { ...word, describe: "Instead of --shape: folder of a checkpoint or imported model" })
      .option("layers", { ...word, describe: "Instead of --shape: the number of layers" })
      .option("grid", { ...word, describe: `${GRID_NAMES.join(" or ")} (paper unless --schedule is given)` })
      .option("schedule", {
        ...word,
        array: true,
        nargs: 1,
        describe: "A variant or a schedule's text; repeatable",
      })
      .option("workers", {
        ...word,
        describe: "YAML or JSON list of {name, devices, memory: 80GB, flops: 20TFLOP/s, link: 12.5GB/s}",
      })
      .option("objective", { ...word, describe: "throughput or latency [default: throughput]" })
      .option("placement", { ...word, describe: "YAML or JSON file that says who holds what" })
      .option("documents", { ...word, describe: "To predict the time of [default: 1000]" })
      .option("tokens", { ...word, describe: "Of a document [default: 256]" })
      .option("scored", { ...word, describe: "Tokens of a document that are scored [default: a quarter]" })
      .option("batch-tokens", { ...word, describe: "Tokens of a micro-batch [default: 2048]" })
      .option("json", { type: "boolean", describe: "One JSON document" })
      .example(
        "$0 plan --shape llama-2-7b",
        "the paper's grid on Llama 2 7B: 8,825 layer applications, not 25,056",
      )
      .example("$0 plan --layers 12 --grid main", "the main figures' grid on 12 layers")
      .example('$0 plan --layers 32 --schedule "reverse(start=8)" --schedule "0..8, 24..32"', "two schedules")
      .example("$0 plan --shape mistral-7b --grid main --json", "for a program to read")
      .example(
        "$0 plan --shape llama-2-70b --workers four-gpus.yaml",
        "who holds what, and how long it takes",
      ),
  handler: async (flags) => {
    const outline = await readOutline(flags);
    const request = await readDryRun(flags, outline);
    const counts = countSweep(outline.schedules, outline.model.layerCount);
    const run = request === null ? null : withPlacementFile(flags, () => dryRun(request));
    const text = flags.json
      ? JSON.stringify(
          {
            ...countsDocument(outline, counts),
            ...(request !== null && run !== null ? dryRunDocument(request, run) : {}),
          },
          null,
          2,
        )
      : [
          countsTable(outline, counts),
          ...(request !== null && run !== null ? ["", dryRunTable(request, run)] : []),
        ].join("\n");
    process.stdout.write(`${text}\n`);
  },
};

const DRY_RUN_FLAGS = ["objective", "placement", "documents", "tokens", "scored", "batch-tokens"] as const;

async function readDryRun(flags: PlanFlags, outline: SweepOutline): Promise<DryRunRequest | null> {
  if (flags.workers === undefined) {
    const stray = DRY_RUN_FLAGS.find((name) => flags[name] !== undefined);
    if (stray !== undefined) throw new PlanInputError(`--${stray} goes with --workers FILE`);
    return null;
  }
  const { weights } = outline.model;
  if (weights === null) {
    throw new ScheduleError("--workers needs the model's sizes: give --shape or --model instead of --layers");
  }
  if (flags.objective !== undefined && flags.placement !== undefined) {
    throw new PlanInputError(
      "give --objective or --placement, not both: a placement file leaves nothing to choose",
    );
  }
  const tokens = readPositive("--tokens", flags.tokens, 256);
  const scoredTokens = readPositive("--scored", flags.scored, Math.ceil(tokens / 4));
  if (scoredTokens > tokens) {
    throw new PlanInputError(`--scored is ${scoredTokens}, more than the ${tokens} tokens of a document`);
  }
  return {
    outline,
    weights,
    workers: await readWorkers(flags.workers),
    objective: readObjective(flags.objective ?? "throughput"),
    forced: flags.placement === undefined ? null : await readYaml(flags.placement),
    documents: readPositive("--documents", flags.documents, 1000),
    tokens,
    scoredTokens,
    batchTokens: readPositive("--batch-tokens", flags["batch-tokens"], 2048),
  };
}

function readObjective(text: string): Objective {
  if (text === "throughput" || text === "latency") return text;
  throw new PlanInputError(`--objective must be throughput or latency, not '${text}'`);
}

function readPositive(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = readWholeNumber(flag, text);
  if (value > 0) return value;
  throw new PlanInputError(`${flag} must be at least 1, not ${value}`);
}

/** Names the file in what is wrong with it. */
function withPlacementFile<T>({ placement }: PlanFlags, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PlacementFileError)) throw error;
    throw new PlacementFileError(`${placement}: ${error.message}`, { cause: error });
  }
}
