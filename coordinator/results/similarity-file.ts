// similarity.json: how alike the hidden states between layers are, under one schedule
// or more. Written by `painters similarity`, read back by the report.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { float } from "./summary-file.js";

export const similarityFileName = "similarity.json";

const runSchema = z
  .object({
    paintersVersion: z.string(),
    /** The command line. */
    command: z.string(),
    /** ISO 8601. */
    startedAt: z.string(),
    wallTimeMs: z.number().nonnegative(),
    model: z.object({ name: z.string(), fingerprint: z.string(), layerCount: z.number().int() }).readonly(),
    numericsId: z.string(),
    harness: z.string(),
    /** Its documents' tokens are what was looked at. */
    task: z.string(),
    documents: z.number().int(),
  })
  .readonly();

const scheduleSchema = z
  .object({
    schedule: z.string(),
    /** Canonical. */
    text: z.string(),
    /** The inputs of all layers in order of use, then the last output before the final norm. */
    states: z
      .array(
        z
          .object({
            label: z.string(),
            /** Mean L2 norm of a token's state. */
            norm: float,
            /** Mean variance over hidden units. */
            variance: float,
          })
          .readonly(),
      )
      .readonly(),
    /** [state][state], symmetric, 1 on the diagonal. */
    cosine: z.array(z.array(float).readonly()).readonly(),
  })
  .readonly()
  .refine(
    ({ states, cosine }) =>
      cosine.length === states.length && cosine.every((row) => row.length === states.length),
    { message: "cosine is not a square with a row and a column per state", path: ["cosine"] },
  );

const similaritySchema = z
  .object({
    formatVersion: z.literal(1),
    run: runSchema,
    schedules: z.array(scheduleSchema).readonly(),
  })
  .readonly();

export type SimilarityRun = z.output<typeof runSchema>;
export type ScheduleSimilarity = z.output<typeof scheduleSchema>;
export type Similarity = z.output<typeof similaritySchema>;

/** There is a similarity.json, but it is not one. */
export class SimilarityFileError extends Error {
  override readonly name = "SimilarityFileError";
  readonly exitCode = 2;
}

export function formatSimilarity(similarity: Similarity): string {
  const text = JSON.stringify(
    similarity,
    (_, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value),
    1,
  );
  return `${text}\n`;
}

/** Reads the similarity of a results folder; null: it has none. Throws SimilarityFileError. */
export async function readSimilarity(dir: string): Promise<Similarity | null> {
  const file = join(dir, similarityFileName);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new SimilarityFileError(`${file} cannot be read (${String(error)})`, { cause: error });
  }
  return parseSimilarity(text, file);
}

function parseSimilarity(text: string, file: string): Similarity {
  const again = "run `painters similarity` again to write it anew";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SimilarityFileError(`${file} is not JSON (${String(error)}); ${again}`, { cause: error });
  }
  const parsed = similaritySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SimilarityFileError(`${file}: ${issue?.path.join(".")}: ${issue?.message}; ${again}`);
}
