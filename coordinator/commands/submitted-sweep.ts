// The options of a sweep that a coordinator is given: those that say what to
// compute. How it is computed is the coordinator's and its workers' own matter.
import { z } from "zod";
import { readPlacementFile } from "./dispatch-ports.js";
import { type DocumentScheduleFile, readDocumentSchedules } from "./document-schedules.js";
import { describeProblems, optionsSchema, type SweepOptions, SweepOptionsError } from "./sweep-options.js";

/** What a sweep on this machine is told about the machine. */
export const localOptionNames = [
  "store",
  "workers",
  "devices",
  "threads-per-device",
  "device",
  "trace",
  "metrics",
  "verbose",
] as const;

const submittedSchema = optionsSchema
  .omit({
    store: true,
    workers: true,
    devices: true,
    "threads-per-device": true,
    device: true,
    trace: true,
    metrics: true,
    verbose: true,
    out: true,
    json: true,
  })
  // Contents: the coordinator reads no files for clients.
  .extend({
    placement: z.record(z.string(), z.unknown()).optional(),
    "document-schedules": z.strictObject({ name: z.string(), text: z.string() }).optional(),
  });

export type SubmittedSweep = Readonly<z.infer<typeof submittedSchema>>;

/** Throws SweepOptionsError. */
export function parseSubmitted(value: unknown): SubmittedSweep {
  const parsed = submittedSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const names = Object.keys(submittedSchema.shape);
  throw new SweepOptionsError(describeProblems(parsed.error, names, "the sweep's "));
}

/** What of a command line's options is for the coordinator. */
export async function toSubmit(options: SweepOptions): Promise<Readonly<Record<string, unknown>>> {
  const { placement, "document-schedules": file, ...rest } = options;
  // No schedules at all stands for the default, which is not written out.
  const known = Object.entries(rest).filter(
    ([name, value]) => name in submittedSchema.shape && !(Array.isArray(value) && value.length === 0),
  );
  const submitted = {
    ...Object.fromEntries(known),
    ...(placement === undefined ? {} : { placement: await readPlacementFile(placement) }),
    ...(file === undefined ? {} : { "document-schedules": await readDocumentSchedules(file) }),
  };
  parseSubmitted(submitted);
  return submitted;
}

/** The command line that would ask for the same. */
export function submittedCommand(sweep: SubmittedSweep): string {
  const words = Object.entries(sweep).flatMap(([name, value]) => {
    if (value === undefined || name === "placement") return [];
    if (name === "document-schedules")
      return [`--${name}`, JSON.stringify((value as DocumentScheduleFile).name)];
    if (typeof value === "boolean") return [value ? `--${name}` : `--no-${name}`];
    if (name === "schedule") return [value].flat().flatMap((text) => [`--${name}`, JSON.stringify(text)]);
    return [`--${name}`, String(value)];
  });
  return ["painters", "sweep", ...words].join(" ");
}
