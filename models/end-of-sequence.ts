// The tokens after which a model has said all, as transformers' generate() takes them.
import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

const ids = z.number().int().nonnegative();
const fileSchema = z.object({ eos_token_id: z.union([ids, z.array(ids)]).nullish() });

export class GenerationConfigError extends Error {
  override readonly name = "GenerationConfigError";
  readonly exitCode = 2;
}

/** From generation_config.json or, where there is none, config.json in a model's folder; empty where it names none. */
export function loadEosIds(modelDir: string): readonly number[] {
  const text =
    read(path.join(modelDir, "generation_config.json")) ?? read(path.join(modelDir, "config.json"));
  if (text === null) return [];
  const named = text.eos_token_id ?? [];
  return typeof named === "number" ? [named] : named;
}

/** null: there is no such file. */
function read(file: string): z.output<typeof fileSchema> | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new GenerationConfigError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new GenerationConfigError(
      `${file} does not say which tokens end a text: eos_token_id must be a token id or a list of them`,
      { cause: error },
    );
  }
}
