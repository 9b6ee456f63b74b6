// What a sweep is asked to do: flags, or a YAML file with the same names, or
// both (flags win). The edge where they become typed.
import { readFile } from "node:fs/promises";
import os from "node:os";
import { parse as parseYaml, YAMLParseError } from "yaml";
import type { Argv } from "yargs";
import { z } from "zod";
import { GRID_NAMES } from "../schedule/grids.js";
import { defaultStoreDir } from "./folders.js";

const names = z
  .union([z.string(), z.array(z.string())])
  .transform((value) =>
    (Array.isArray(value) ? value : [value]).flatMap((text) => text.split(",")).map((text) => text.trim()),
  );
const texts = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const count = z.number().int().positive();

/** Names are those of the flags; `schedule` and `tasks` take one or a list. */
const optionsSchema = z.strictObject({
  model: z.string().default("demo"),
  grid: z.enum(GRID_NAMES).optional(),
  schedule: texts.default([]),
  tasks: names.optional(),
  data: z.string().optional(),
  limit: z.number().positive().optional(),
  "num-fewshot": z.number().int().nonnegative().default(0),
  harness: z.enum(["262f879", "current"]).default("current"),
  out: z.string().default("results"),
  samples: z.boolean().default(true),
  "bootstrap-iters": z.number().int().nonnegative().default(100_000),
  store: z.string().default(() => defaultStoreDir()),
  devices: count.default(() => os.availableParallelism()),
  "threads-per-device": count.default(1),
  "batch-tokens": count.default(2048),
  "state-memory-mb": count.default(1024),
  json: z.boolean().default(false),
});

export type SweepOptions = Readonly<z.infer<typeof optionsSchema>>;

export class SweepOptionsError extends Error {
  override readonly name = "SweepOptionsError";
  readonly exitCode = 2;
}

const flagNames = Object.keys(optionsSchema.shape);

// Defaults are stated in the texts, not given to yargs: a default would win over the file.
export function addSweepFlags(yargs: Argv) {
  return yargs
    .positional("file", { type: "string", describe: "YAML file with these options; flags win over it" })
    .option("model", {
      type: "string",
      describe: "Hugging Face checkpoint folder, imported model, or `demo` [default: demo]",
    })
    .option("grid", {
      choices: GRID_NAMES,
      describe: "Named set of variants [default: main, if no --schedule]",
    })
    .option("schedule", {
      type: "string",
      array: true,
      nargs: 1,
      describe:
        'One more schedule: a variant, "reverse(start=3)", or text, "0..4, loop(3, mean(4..28)), 28..32"',
    })
    .option("tasks", { type: "string", describe: "Comma-separated tasks [default: all]" })
    .option("data", { type: "string", describe: "Folder of the tasks' files, as published on the hub" })
    .option("limit", { type: "number", describe: "First N documents of each task, or a fraction below 1" })
    .option("num-fewshot", { type: "number", describe: "Worked examples in every prompt [default: 0]" })
    .option("harness", {
      choices: ["262f879", "current"] as const,
      describe:
        "lm-evaluation-harness to agree with: the paper's commit (no BOS) or today's [default: current]",
    })
    .option("out", { type: "string", describe: "Results folder; holds the ledger too [default: results]" })
    .option("samples", {
      type: "boolean",
      describe: "Write every document's scores; --no-samples leaves them out",
    })
    .option("bootstrap-iters", {
      type: "number",
      describe: "For perplexity's standard error [default: 100000]",
    })
    .option("store", { type: "string", describe: "Folder of imported models" })
    .option("devices", {
      type: "number",
      describe: "Compute threads, each with the whole model [default: cores]",
    })
    .option("threads-per-device", { type: "number", describe: "Threads of one matrix product [default: 1]" })
    .option("batch-tokens", { type: "number", describe: "Tokens of a micro-batch [default: 2048]" })
    .option("state-memory-mb", {
      type: "number",
      describe: "Hidden states a device may hold [default: 1024]",
    })
    .option("json", { type: "boolean", describe: "Print the summary as one JSON document and nothing else" });
}

/** Merges file and flags and fills in the defaults. */
export async function readSweepOptions(argv: Readonly<Record<string, unknown>>): Promise<SweepOptions> {
  const file = argv.file as string | undefined;
  const fromFile = file === undefined ? {} : await readOptionsFile(file);
  const flags = Object.fromEntries(
    flagNames.filter((name) => argv[name] !== undefined).map((name) => [name, argv[name]]),
  );
  parseOptions(fromFile, file ?? "");
  return parseOptions({ ...fromFile, ...flags }, "the flags");
}

function parseOptions(value: unknown, source: string): SweepOptions {
  const parsed = optionsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const place = issue.path.join(".");
    return issue.code === "unrecognized_keys"
      ? `${issue.message}; the options are ${flagNames.join(", ")}`
      : `${place === "" ? "" : `${place}: `}${issue.message}`;
  });
  throw new SweepOptionsError(`in ${source}: ${problems.join("; ")}`);
}

async function readOptionsFile(file: string): Promise<object> {
  let value: unknown;
  try {
    value = parseYaml(await readFile(file, "utf8"));
  } catch (error) {
    const problem = error instanceof YAMLParseError ? "is not YAML" : "cannot be read";
    throw new SweepOptionsError(`${file} ${problem}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SweepOptionsError(`${file} must hold options by name, such as "model: demo"`);
  }
  return value;
}
