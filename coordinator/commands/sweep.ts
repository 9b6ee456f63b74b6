// `painters sweep`: model x schedules x tasks, from the first record that is
// missing to the results folder. Killed and started again, it goes on.
import path from "node:path";
import type { CommandModule } from "yargs";
import { numericsId } from "../../models/runtime/numerics.js";
import { Ledger } from "../results/ledger.js";
import { formatSummary } from "../results/summary-file.js";
import { formatTable } from "../results/table.js";
import type { ComputeOutcome, FailedDocument } from "./compute-missing.js";
import { computeLocally } from "./local-sweep.js";
import { prepareSweep } from "./prepare-sweep.js";
import { addSweepFlags, readSweepOptions } from "./sweep-options.js";
import { writeSweepResults } from "./sweep-results.js";

export class SweepInterruptedError extends Error {
  override readonly name = "SweepInterruptedError";
  readonly exitCode = 1;
}

/** Workers were lost with these documents again and again; all others are scored. */
export class DocumentsFailedError extends Error {
  override readonly name = "DocumentsFailedError";
  readonly exitCode = 1;
  constructor(readonly failed: readonly FailedDocument[]) {
    super(
      `${failed.length} documents could not be scored, the rest is in the ledger; first: ${failed[0]?.reason}; ` +
        "run the same command again to try them once more",
    );
  }
}

export const sweepCommand: CommandModule = {
  command: "sweep [file]",
  describe: "Score tasks under many schedules of a model's layers",
  builder: (yargs) =>
    addSweepFlags(yargs)
      .example("$0 sweep", "the bundled demo over the paper's main variants")
      .example(
        "$0 sweep --model Llama-2-7b-hf --data DIR --tasks arc_easy,hellaswag --grid paper --out results/llama",
        "the paper's grid on your model",
      )
      .example(
        '$0 sweep --model Llama-2-7b-hf --data DIR --schedule "0..4, loop(3, mean(4..28)), 28..32" --schedule baseline',
        "one schedule of your own beside the full model",
      )
      .epilogue(
        "Every score is in OUT/ledger.sqlite the moment it is computed: stop or kill a sweep at any time, and the " +
          "same command computes only what is missing. Schedules: `painters schedule --help`.",
      ),
  handler: async (argv) => {
    const startedAt = new Date();
    const options = await readSweepOptions(argv);
    // --json promises one document and nothing else on stdout.
    const say = (line: string): void => void (options.json || process.stdout.write(`${line}\n`));
    const prepared = await prepareSweep(options);
    const { manifest, schedules, tasks, graph } = prepared;
    const documents = tasks.reduce((sum, task) => sum + task.effective, 0);
    const visits = graph.visits.filter(({ kind }) => kind === "layer").length;
    say(
      `${manifest.name}: ${manifest.config.layerCount} layers, ${manifest.parameterCount.toLocaleString("en")} parameters`,
    );
    say(
      `${schedules.length} schedules (${visits} layer visits a document, shared) x ` +
        `${documents} documents of ${tasks.map(({ task }) => task.name).join(", ")}`,
    );
    const ledger = Ledger.open(path.join(options.out, "ledger.sqlite"));
    try {
      const numerics = options.device === "cpu" ? numericsId() : "simulated";
      const outcome = await untilInterrupted((signal) =>
        computeLocally({ prepared, ledger, options, numericsId: numerics, say }, signal),
      );
      const { known, computed, failed } = outcome;
      if (outcome.outcome === "cancelled") throw new SweepInterruptedError(interruption(outcome));
      if (failed.length > 0) throw new DocumentsFailedError(failed);
      const finishedAt = new Date();
      const seconds = (finishedAt.getTime() - startedAt.getTime()) / 1000;
      say(`${computed} scores computed, ${known} known before, ${seconds.toFixed(1)} s\n`);
      const summary = await writeSweepResults(prepared, ledger, options, {
        numericsId: numerics,
        startedAt,
        finishedAt,
      });
      say(formatTable(summary, { width: process.stdout.columns || 100, maxLines: 40 }));
      say(
        `Results are in ${options.out}: results.md, results.csv, summary.json, harness/ (lm-evaluation-harness layout)`,
      );
      if (options.json) process.stdout.write(formatSummary(summary));
    } finally {
      ledger.close();
    }
  },
};

function interruption({ computed }: ComputeOutcome): string {
  return `interrupted; ${computed} scores were computed and are safe, run the same command again to go on`;
}

/** The first SIGINT or SIGTERM asks the workers to end in order; a second one ends the process. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stopListening = () => process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  const onSignal = (): void => {
    stopListening();
    process.stderr.write("\npainters: stopping the workers; once more to stop at once\n");
    abort.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work(abort.signal);
  } finally {
    stopListening();
  }
}
