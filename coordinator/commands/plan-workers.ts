// The workers file of `painters plan`: names, memory, speed and links of workers
// that need not exist. File -> WorkerSpecs.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { WorkerSpec } from "../placement/placement.js";

/** A file or a flag of `painters plan` that cannot be what the user meant. */
export class PlanInputError extends Error {
  override readonly name = "PlanInputError";
  readonly exitCode = 2;
}

const SCALES: Readonly<Record<string, number>> = {
  "": 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** `80GB`, `1.5 TiB`, `20e12`: a number with a unit that may be left out. */
function quantity(unit: RegExp, example: string) {
  const pattern = new RegExp(`^([0-9.]+(?:e[+-]?\\d+)?)\\s*((?:[KMGTP]i?)?)(?:${unit.source})?$`, "i");
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const [, digits, prefix = ""] = pattern.exec(String(value).trim()) ?? [];
    const scale = SCALES[prefix.charAt(0).toUpperCase() + prefix.slice(1).toLowerCase()];
    const amount = Number(digits) * (scale ?? Number.NaN);
    if (amount > 0 && Number.isFinite(amount)) return amount;
    context.addIssue({ code: "custom", message: `'${value}' is no amount such as ${example}` });
    return z.NEVER;
  });
}

const workerSchema = z
  .strictObject({
    name: z.string().min(1),
    devices: z.int().positive().default(1),
    memory: quantity(/B|bytes/, "80GB or 64GiB"),
    flops: quantity(/FLOPS?|FLOP\/s/, "20e12 or 20TFLOP/s"),
    link: quantity(/B\/s/, "12.5GB/s").default(12.5e9),
  })
  .transform(
    ({ name, devices, memory, flops, link }): WorkerSpec => ({
      name,
      devices,
      memoryBytes: Math.floor(memory),
      flopsPerSecond: flops,
      linkBytesPerSecond: link,
    }),
  );
const fileSchema = z.array(workerSchema).min(1);

export async function readWorkers(file: string): Promise<readonly WorkerSpec[]> {
  const parsed = fileSchema.safeParse(await readYaml(file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const key = (issue?.path ?? []).map((part) =>
      typeof part === "number" ? `[${part}]` : `.${String(part)}`,
    );
    throw new PlanInputError(
      `${file}: ${key.join("") || "the file"}: ${issue?.message}; ` +
        "a worker is {name: w0, devices: 1, memory: 80GB, flops: 20TFLOP/s, link: 12.5GB/s}, of each device",
    );
  }
  const names = parsed.data.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new PlanInputError(
      `${file}: two workers are called '${twice}'; give every worker a name of its own`,
    );
  }
  return parsed.data;
}

/** YAML, and with it JSON. */
export async function readYaml(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new PlanInputError(`${file}: cannot be read: ${String(error)}`, { cause: error });
  });
  const { parse } = await import("yaml");
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new PlanInputError(`${file}: is neither YAML nor JSON: ${String(error)}`, { cause: error });
  }
}
