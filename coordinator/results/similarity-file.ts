// similarity.json: how alike the hidden states of schedules are, for the report and
// other programs. `painters similarity` writes it; it is read back like summary.json.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { float, formatJson, parseJson } from "./results-json.js";

export const similarityFileName = "similarity.json";

const stateSchema = z
  .object({
    /** The layers that read the state, as a schedule writes them; `#2` where they read another before. `out`: the output. */
    label: z.string(),
    /** Mean over tokens of the L2 norm. */
    norm: float,
    /** Mean over tokens of the variance over hidden units. */
    variance: float,
  })
  .readonly();

const scheduleSchema = z
  .object({
    schedule: z.string(),
    /** Canonical. */
    text: z.string(),
    states: z.array(stateSchema).readonly(),
    /** [state][state] Mean over documents. */
    cosine: z.array(z.array(float).readonly()).readonly(),
  })
  .refine(
    ({ states, cosine }) =>
      cosine.length === states.length && cosine.every(({ length }) => length === states.length),
    { error: "cosine must have a row and a column for every state" },
  )
  .readonly();

const similaritySchema = z
  .object({
    formatVersion: z.literal(1),
    run: z
      .object({
        paintersVersion: z.string(),
        /** The command line. */
        command: z.string(),
        /** ISO 8601. */
        startedAt: z.string(),
        wallTimeMs: z.number().nonnegative(),
        model: z
          .object({ name: z.string(), fingerprint: z.string(), layerCount: z.number().int() })
          .readonly(),
        numericsId: z.string(),
        /** The lm-evaluation-harness whose tokenisation was followed. */
        harness: z.string(),
        task: z.string(),
        documents: z.number().int(),
      })
      .readonly(),
    schedules: z.array(scheduleSchema).readonly(),
  })
  .readonly();

export type Similarity = z.output<typeof similaritySchema>;
export type ScheduleSimilarity = Similarity["schedules"][number];

/** There is a similarity.json, but it is not one. */
export class SimilarityFileError extends Error {
  override readonly name = "SimilarityFileError";
  readonly exitCode = 2;
}

export function formatSimilarity(similarity: Similarity): string {
  return formatJson(similarity);
}

/** Reads what a results folder has; null: nothing was measured there. @throws SimilarityFileError */
export async function readSimilarity(dir: string): Promise<Similarity | null> {
  const file = join(dir, similarityFileName);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new SimilarityFileError(`${file} cannot be read: ${String(error)}`, { cause: error });
  }
  return parseJson(text, {
    file,
    schema: similaritySchema,
    isNot: "not what `painters similarity` writes",
    again: "run `painters similarity` again to write it anew",
    Failure: SimilarityFileError,
  });
}
