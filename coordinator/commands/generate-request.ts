// What a generation is asked for, wherever it runs: read from the flags on the client's machine, and checked again by a
// coordinator that is given it.
import { text as textOf } from "node:stream/consumers";
import { z } from "zod";
import { readPlacementFile } from "./dispatch-ports.js";
import {
  describeProblems,
  option,
  optionsSchema,
  type RefusedOptions,
  readSweepOptions,
  type SweepOptions,
  toNumber,
  wholeNumber,
} from "./sweep-options.js";

/** What only generations are asked. */
export interface GenerateFlags {
  readonly prompt: readonly string[] | undefined;
  readonly stop: readonly string[] | undefined;
  readonly "max-tokens": string | undefined;
}

const isTexts = (value: unknown, least: number): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === "string" && text.length >= least);

const prompts = z.custom<readonly string[]>((value) => isTexts(value, 0) && value.length > 0, {
  error: ({ input }) =>
    isTexts(input ?? [], 0)
      ? 'is missing; for example --prompt "The capital of"'
      : `must be a list of texts, not ${JSON.stringify(input)}`,
});
const stops = option<readonly string[]>(
  "texts, none of them empty: that would end every text at once",
  (value) => isTexts(value, 1),
);

/** Names are those of the flags. A placement is the contents of its file: a coordinator reads no files for clients. */
const requestSchema = optionsSchema
  .pick({ model: true, kv: true, "batch-tokens": true, "state-memory-mb": true })
  .extend({
    schedule: optionsSchema.shape.schedule.removeDefault().default(["baseline"]),
    objective: optionsSchema.shape.objective.removeDefault().default("latency"),
    placement: z.record(z.string(), z.unknown()).optional(),
    prompt: prompts,
    stop: stops.default([]),
    "max-tokens": wholeNumber(1).default(128),
  });

export type GenerateRequest = Readonly<z.infer<typeof requestSchema>>;

export class GenerateOptionsError extends Error {
  override readonly name = "GenerateOptionsError";
  readonly exitCode = 2;
}

/** Throws GenerateOptionsError. */
export function parseGenerateRequest(value: unknown): GenerateRequest {
  const parsed = requestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new GenerateOptionsError(describeProblems(parsed.error, Object.keys(requestSchema.shape), "--"));
}

export interface AskedGeneration {
  readonly request: GenerateRequest;
  /** Those of the machine too. */
  readonly options: SweepOptions;
}

/** Without a prompt it is what standard input holds. Throws GenerateOptionsError, SweepOptionsError. */
export async function readGenerateRequest(
  argv: Readonly<Record<string, unknown>> & GenerateFlags,
  refused?: RefusedOptions,
): Promise<AskedGeneration> {
  const { prompt, stop, "max-tokens": maxTokens, ...common } = argv;
  const options = await readSweepOptions(common, refused);
  const request = parseGenerateRequest({
    model: options.model,
    kv: options.kv,
    "batch-tokens": options["batch-tokens"],
    "state-memory-mb": options["state-memory-mb"],
    schedule: argv.schedule,
    objective: argv.objective,
    prompt: prompt ?? (await promptFromInput()),
    stop,
    "max-tokens": toNumber(maxTokens),
    ...(options.placement === undefined ? {} : { placement: await readPlacementFile(options.placement) }),
  });
  return { request, options };
}

async function promptFromInput(): Promise<readonly string[] | undefined> {
  return process.stdin.isTTY ? undefined : [(await textOf(process.stdin)).replace(/\n$/, "")];
}
