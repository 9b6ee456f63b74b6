// What a sweep is asked to do: flags, or a YAML file with the same names, or
// both (flags win). The edge where they become typed.
import { readFile } from "node:fs/promises";
import type { Argv } from "yargs";
import { z } from "zod";
import type { Objective } from "../placement/placement.js";
import { GRID_NAMES } from "../schedule/grids.js";
import { KV_MODES } from "../schedule/kv-mode.js";
import type { Harness } from "../suites/task.js";
import { defaultStoreDir } from "./folders.js";
import type { ClassifierKind } from "./row-maker.js";

const HARNESSES: readonly Harness[] = ["262f879", "current"];
const CLASSIFIERS: readonly ClassifierKind[] = ["checkpoint", "frozen"];
const OBJECTIVES: readonly Objective[] = ["throughput", "latency"];

/** A value that passes, or a message of what it must be and what it is. */
function option<T>(what: string, accepts: (value: unknown) => boolean) {
  return z.custom<T>(accepts, { error: ({ input }) => `must be ${what}, not ${JSON.stringify(input)}` });
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isTexts = (value: unknown): boolean =>
  isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
const text = option<string>("a text", isText);
const texts = option<string | readonly string[]>("a text or a list of texts", isTexts).transform((value) =>
  typeof value === "string" ? [value] : value,
);
const names = option<string | readonly string[]>("a name or a list of names", isTexts).transform((value) =>
  [value].flat().flatMap((list) => list.split(",").map((name) => name.trim())),
);
const oneOf = <T extends string>(choices: readonly T[]) =>
  option<T>(choices.join(" or "), (value) => choices.some((choice) => choice === value));
const wholeNumber = (least: number) =>
  option<number>(
    `a whole number of at least ${least}`,
    (value) => Number.isSafeInteger(value) && Number(value) >= least,
  );
const limit = option<number>(
  "a number of documents, or a fraction of them above 0 and below 1",
  (value) => typeof value === "number" && value > 0 && (value < 1 || Number.isSafeInteger(value)),
);
const yesOrNo = option<boolean>("true or false", (value) => typeof value === "boolean");

/** Names are those of the flags; `schedule` and `tasks` take one or a list. */
export const optionsSchema = z.strictObject({
  model: text.default("demo"),
  grid: oneOf(GRID_NAMES).optional(),
  schedule: texts.default([]),
  "document-schedules": text.optional(),
  tasks: names.optional(),
  data: text.optional(),
  limit: limit.optional(),
  "num-fewshot": wholeNumber(0).optional(),
  harness: oneOf(HARNESSES).default("current"),
  classifier: oneOf(CLASSIFIERS).default("checkpoint"),
  kv: oneOf(KV_MODES).default("own"),
  seed: wholeNumber(0).default(42),
  out: text.default("results"),
  samples: yesOrNo.default(true),
  "bootstrap-iters": wholeNumber(0).default(100_000),
  store: text.default(() => defaultStoreDir()),
  workers: wholeNumber(1).default(1),
  devices: wholeNumber(1).optional(),
  "threads-per-device": wholeNumber(1).default(1),
  "batch-tokens": wholeNumber(1).default(2048),
  "state-memory-mb": wholeNumber(1).default(1024),
  device: text.default("cpu"),
  objective: oneOf(OBJECTIVES).default("throughput"),
  placement: text.optional(),
  trace: text.optional(),
  metrics: text.optional(),
  verbose: yesOrNo.default(false),
  json: yesOrNo.default(false),
});

export type SweepOptions = Readonly<z.infer<typeof optionsSchema>>;

export class SweepOptionsError extends Error {
  override readonly name = "SweepOptionsError";
  readonly exitCode = 2;
}

const flagNames = Object.keys(optionsSchema.shape);

// Numbers are read as text, so that a message can show what was typed. Defaults are stated in
// the texts and not given to yargs: a default would win over the file.
const word = { string: true, requiresArg: true } as const;

/** What --kv says. */
export const kvHelp =
  "own: every layer application keeps keys and values of its own; paper: the layers of a mean side by side share the " +
  "mean of theirs, as in the paper's parallel and loop_parallel [default: own]";

const numberFlags = {
  limit: "First N documents of each task, or a fraction below 1",
  "num-fewshot": "Worked examples in every prompt [default: the task's own, mostly 0]",
  "bootstrap-iters": "For the standard errors of perplexity, f1 and mcc [default: 100000]",
  seed: "Of the classifiers that --classifier frozen trains [default: 42]",
  workers: "Worker processes on this machine [default: 1]",
  devices: "Compute threads of each worker [default: cores / workers]",
  "threads-per-device": "Threads of one matrix product [default: 1]",
  "batch-tokens": "Tokens of a micro-batch [default: 2048]",
  "state-memory-mb": "Hidden states a device may hold [default: 1024]",
} as const;

export function addSweepFlags(yargs: Argv) {
  const numbers = Object.entries(numberFlags).map(([name, describe]) => [name, { ...word, describe }]);
  return yargs
    .positional("file", { type: "string", describe: "YAML file with these options; flags win over it" })
    .option("model", {
      ...word,
      describe: "Hugging Face checkpoint folder, imported model, or `demo` [default: demo]",
    })
    .option("grid", {
      ...word,
      describe: `Named set of variants, ${GRID_NAMES.join(" or ")} [default: main, if no schedules are given]`,
    })
    .option("schedule", {
      ...word,
      array: true,
      nargs: 1,
      describe:
        'One more schedule: a variant, "reverse(start=3)", or text, "0..4, loop(3, mean(4..28)), 28..32"',
    })
    .option("document-schedules", {
      ...word,
      describe:
        'A schedule for each document, scored as one more: JSON lines, {"task": "arc_easy", "doc_id": 0, "schedule": "0..4, 5..8"}',
    })
    .option("tasks", { ...word, describe: "Comma-separated tasks [default: all]" })
    .option("data", { ...word, describe: "Folder of the tasks' files, as published on the hub" })
    .option("harness", {
      ...word,
      describe:
        "lm-evaluation-harness to agree with: 262f879, the paper's (no BOS), or current, today's [default: current]",
    })
    .option("classifier", {
      ...word,
      describe:
        "Of an encoder: the checkpoint's, or frozen: one trained on its pooler's output under each schedule, all else as it is [default: checkpoint]",
    })
    .option("kv", { ...word, describe: `Of tasks that generate: ${kvHelp}` })
    .option("out", { ...word, describe: "Results folder; holds the ledger too [default: results]" })
    .option("samples", {
      boolean: true,
      describe: "Write every document's scores; --no-samples leaves them out",
    })
    .option("store", { ...word, describe: "Folder of imported models" })
    .options(Object.fromEntries(numbers))
    .option("device", {
      ...word,
      describe: "cpu, or simulated:LAYER_MS[:STATE_BYTES], which waits [default: cpu]",
    })
    .option("objective", {
      ...word,
      describe: "throughput: replicas, then pipelines; latency: merges spread over all [default: throughput]",
    })
    .option("placement", { ...word, describe: "YAML file that says who holds what (README, Placement)" })
    .option("trace", { ...word, describe: "Write what ran when and where, for Perfetto or chrome://tracing" })
    .option("metrics", { ...word, describe: "HOST:PORT for /metrics and /healthz while it runs" })
    .option("verbose", { boolean: true, describe: "Say on stderr what the coordinator and the workers do" })
    .option("json", { boolean: true, describe: "Print the summary as one JSON document and nothing else" });
}

/** Options for which there is no place in what the caller does. */
export interface RefusedOptions {
  readonly names: readonly string[];
  readonly why: string;
}

/** Merges file and flags and fills in the defaults. */
export async function readSweepOptions(
  argv: Readonly<Record<string, unknown>>,
  refused?: RefusedOptions,
): Promise<SweepOptions> {
  const file = argv.file as string | undefined;
  const fromFile = file === undefined ? {} : await readOptionsFile(file);
  const flags = Object.fromEntries(
    flagNames
      .filter((name) => argv[name] !== undefined)
      .map((name) => [name, name in numberFlags ? toNumber(argv[name]) : argv[name]]),
  );
  parseOptions(fromFile, `${file}: `);
  const misplaced = refused?.names.find((name) => name in flags || name in fromFile);
  if (refused && misplaced !== undefined) {
    throw new SweepOptionsError(`${misplaced in flags ? "--" : `${file}: `}${misplaced} ${refused.why}`);
  }
  return parseOptions({ ...fromFile, ...flags }, "--");
}

/** The number that a text writes; what is none stays as it is, for the message. */
function toNumber(value: unknown): unknown {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
    ? Number(value)
    : value;
}

/** @param prefix of an option's name in a message: where the option was given */
function parseOptions(value: unknown, prefix: string): SweepOptions {
  const parsed = optionsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new SweepOptionsError(describeProblems(parsed.error, flagNames, prefix));
}

/** A line for each thing that is wrong with options. */
export function describeProblems(error: z.ZodError, names: readonly string[], prefix: string): string {
  return error.issues
    .map((issue) =>
      issue.code === "unrecognized_keys"
        ? `${prefix}${issue.keys.join(", ")} is no option; the options are ${names.join(", ")}`
        : `${prefix}${issue.path.join(".")} ${issue.message}`,
    )
    .join("\n");
}

async function readOptionsFile(file: string): Promise<object> {
  const { parse, YAMLParseError } = await import("yaml");
  let value: unknown;
  try {
    value = parse(await readFile(file, "utf8"));
  } catch (error) {
    const problem = error instanceof YAMLParseError ? "is not YAML" : "cannot be read";
    throw new SweepOptionsError(`${file} ${problem}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SweepOptionsError(`${file} must hold options by name, such as "model: demo"`);
  }
  return value;
}
