// JSON files of a results folder: numbers that JSON lacks, and what is wrong with a file.
import { z } from "zod";

/** JSON has no NaN and no infinities: they are written as these strings. */
export const float = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);

export function formatJson(value: object): string {
  const text = JSON.stringify(
    value,
    (_, each: unknown) => (typeof each === "number" && !Number.isFinite(each) ? String(each) : each),
    2,
  );
  return `${text}\n`;
}

export interface JsonFile<T> {
  readonly file: string;
  readonly schema: z.ZodType<T>;
  /** What it is not, when it does not fit: "no summary of a sweep". */
  readonly isNot: string;
  /** How to have it written anew. */
  readonly again: string;
  readonly Failure: new (message: string, options?: ErrorOptions) => Error;
}

/** Throws `Failure`. */
export function parseJson<T>(text: string, { file, schema, isNot, again, Failure }: JsonFile<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure(`${file} is not JSON (${String(error)}); ${again}`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Failure(`${file} is ${isNot}: ${issue?.path.join(".")}: ${issue?.message}; ${again}`);
}
