// Text generated on this machine, from the options to what is printed.
import { numericsId } from "../../models/runtime/numerics.js";
import { computeLocally } from "./compute-locally.js";
import { type Generated, generateTexts } from "./generate-texts.js";
import { SweepInterruptedError, untilInterrupted } from "./local-sweep.js";
import { prepareGenerate } from "./prepare-generate.js";
import { readSweepOptions } from "./sweep-options.js";
import { TextStream } from "./text-stream.js";

export interface GenerateFlags {
  readonly prompt: readonly string[] | undefined;
  readonly schedule: readonly string[] | undefined;
  readonly stop: readonly string[] | undefined;
  readonly "max-tokens": string | undefined;
  readonly objective: string | undefined;
}

/** A prompt was given up. */
export class GenerateFailedError extends Error {
  override readonly name = "GenerateFailedError";
  readonly exitCode = 1;
}

export async function generateLocally(
  argv: Readonly<Record<string, unknown>> & GenerateFlags,
): Promise<void> {
  const { prompt, stop, "max-tokens": maxTokens, ...sweep } = argv;
  const options = await readSweepOptions({
    ...sweep,
    schedule: argv.schedule ?? ["baseline"],
    objective: argv.objective ?? "latency",
  });
  const prepared = await prepareGenerate(options, { prompts: prompt ?? null, stops: stop ?? [], maxTokens });
  const isOne = prepared.schedules.length * prepared.prompts.length === 1;
  const stream = isOne && !options.json ? new TextStream(process.stdout) : null;
  const generated: Generated = await untilInterrupted((signal) =>
    computeLocally(
      {
        modelDir: prepared.modelDir,
        options,
        numericsId: numericsId(),
        unit: "texts",
        say: (line) => void process.stderr.write(`${line}\n`),
      },
      (settings, until) =>
        // The cluster ends with the run: its epochs' numbers are nobody else's.
        generateTexts(prepared, options, { ...settings, nextEpoch: 1 }, until, (text, isOver) =>
          stream?.show(text, isOver),
        ),
      signal,
    ),
  );
  if (generated.outcome === "cancelled") throw new SweepInterruptedError("interrupted");
  if (generated.outcome === "failed") throw new GenerateFailedError([...generated.failed].join("\n"));
  if (options.json) {
    const { texts, timing } = generated;
    process.stdout.write(
      `${JSON.stringify({ model: prepared.manifest.name, kv: options.kv, texts, timing }, null, 2)}\n`,
    );
    return;
  }
  if (!isOne) {
    for (const { schedule, prompt: begun, text } of generated.texts) {
      process.stdout.write(`--- ${schedule}: ${JSON.stringify(begun)}\n${text}\n`);
    }
  }
  const { tokenMs, visitMs, visits, promptMs } = generated.timing;
  const ms = (value: number | null): string => (value === null ? "-" : `${value.toFixed(2)} ms`);
  process.stderr.write(
    `${ms(tokenMs)} a token (median), ${ms(visitMs)} a visit of a layer (mean of ${visits}); ` +
      `first token after ${((promptMs ?? 0) / 1000).toFixed(1)} s\n`,
  );
}
