// summary.json: what a sweep was and what came out, for later commands and other
// programs. The one results file that painters reads back.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { float, formatJson, parseJson } from "./results-json.js";

export const SUMMARY_FILE = "summary.json";

const runSchema = z
  .object({
    paintersVersion: z.string(),
    /** The command line. */
    command: z.string(),
    /** ISO 8601. */
    startedAt: z.string(),
    wallTimeMs: z.number().nonnegative(),
    model: z
      .object({
        name: z.string(),
        fingerprint: z.string(),
        layerCount: z.number().int(),
        parameterCount: z.number().int(),
        /** Dtype of the checkpoint; painters computes in float32. */
        sourceDtype: z.string(),
        /** Longest input in tokens. */
        maxLength: z.number().int(),
      })
      .readonly(),
    numericsId: z.string(),
    /** The lm-evaluation-harness whose tokenisation and tasks were followed. */
    harness: z.string(),
    /** Which keys and values generated texts went on from. null: no task generates, or a file of a version that did not write it. */
    kv: z.enum(["own", "paper"]).nullable().default(null),
    /** null: the schedules were given one by one. */
    grid: z.string().nullable(),
    /** As given: a number of documents, or a fraction. null: all. */
    limit: z.number().nullable(),
    bootstrapIterations: z.number().int(),
    /** Worker processes there were. null: a file of a version that did not write it. */
    workers: z.number().int().nullable().default(null),
  })
  .readonly();

const rowSchema = z
  .object({
    schedule: z.string(),
    method: z.string(),
    parameters: z.record(z.string(), z.number()).readonly(),
    text: z.string(),
    task: z.string(),
    metric: z.string(),
    value: float,
    stderr: float.nullable(),
    normalised: float.nullable(),
    documents: z.number().int(),
    nonFinite: z.number().int(),
  })
  .readonly();

const latencySchema = z
  .object({
    schedule: z.string(),
    /** Measured time of the schedule's steps along the longest chain of those that need each other, over all micro-batches. */
    criticalPathMs: z.number().nonnegative(),
    /** All its steps one after another. */
    workMs: z.number().nonnegative(),
    /** Tokens of those micro-batches together. */
    tokens: z.number().int().positive(),
  })
  .readonly();

const summarySchema = z
  .object({
    formatVersion: z.literal(1),
    run: runSchema,
    rows: z.array(rowSchema).readonly(),
    medians: z
      .array(z.object({ schedule: z.string(), acc: float.nullable(), acc_norm: float.nullable() }).readonly())
      .readonly(),
    /** Of an encoder, which has no medians. */
    means: z
      .array(z.object({ schedule: z.string(), value: float }).readonly())
      .readonly()
      .default([]),
    /** Empty where nothing was timed. */
    latencies: z.array(latencySchema).readonly().default([]),
  })
  .readonly();

/** What a sweep was run with. */
export type RunHeader = z.output<typeof runSchema>;

/** What computing a schedule's layers took, wherever that was measured. */
export type ScheduleLatency = z.output<typeof latencySchema>;

/** A sweep's summary with its run header. */
export type Summary = z.output<typeof summarySchema>;

/** There is no summary.json, or it is not one. */
export class SummaryFileError extends Error {
  override readonly name = "SummaryFileError";
  readonly exitCode = 2;
}

export function formatSummary(summary: Summary): string {
  return formatJson(summary);
}

/** Reads the summary of a results folder. */
export async function readSummary(folder: string): Promise<Summary> {
  const file = join(folder, SUMMARY_FILE);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new SummaryFileError(
      `no sweep's results in ${folder} (${String(error)}); name the folder given to \`painters sweep --out\``,
      { cause: error },
    );
  }
  return parseJson(text, {
    file,
    schema: summarySchema,
    isNot: "no summary of a sweep",
    again: "run the sweep again to write it anew, its scores are in the ledger",
    Failure: SummaryFileError,
  });
}
