// GSM8K's made-up documents with the texts that the harness was given for them
// (test/oracle/suites/make_generations.py), as token ids of a byte-level tokenizer, through a real ledger.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { generationKey } from "../../coordinator/results/generation-record.js";
import { Ledger } from "../../coordinator/results/ledger.js";
import {
  type GeneratedTask,
  type Outputs,
  type ReportedSchedule,
  textOf,
} from "../../coordinator/results/summary.js";
import { prepareGeneration } from "../../coordinator/suites/generation.js";
import { isGenerationTask } from "../../coordinator/suites/generation-task.js";
import { loadGenerationTask } from "../../coordinator/suites/load-task.js";
import { findAnyTasks } from "../../coordinator/suites/registry.js";
import { loadTokenizer } from "../../models/tokenizer.js";

const testdata = new URL("../../../test/testdata/suites/", import.meta.url);

export const harnessGenerations = JSON.parse(
  readFileSync(new URL("harness-generations.json", testdata), "utf8"),
);

export async function generatedTask(): Promise<GeneratedTask> {
  const [task] = await findAnyTasks(["gsm8k"]);
  if (!task || !isGenerationTask(task)) throw new Error("gsm8k does not generate");
  const dataDir = fileURLToPath(new URL("data/", testdata));
  return loadGenerationTask(task, { dataDir, shots: 0, limit: null, harness: "current" });
}

/** Under the first schedule the texts given to the harness; under the others nothing. */
export function recordedTexts(
  ledgerFile: string,
  sweepTask: GeneratedTask,
  schedules: readonly ReportedSchedule[],
): Outputs["textsOf"] {
  const tokenizer = loadTokenizer(fileURLToPath(new URL("neox-like", testdata)));
  const eosIds = [tokenizer.eosId!];
  const generations = sweepTask.documents.map(({ request }) =>
    prepareGeneration(request, tokenizer, { harness: "current", maxLength: 1024, eosIds }),
  );
  const keys = generations.map((generation) => generationKey(generation, "own"));
  const contextOf = (ledger: Ledger, schedule: ReportedSchedule) =>
    ledger.context({
      numericsId: "cpu",
      modelFingerprint: "f00d",
      schedule: textOf(schedule.schedule),
    });
  const ledger = Ledger.open(ledgerFile);
  for (const [s, schedule] of schedules.entries()) {
    const context = contextOf(ledger, schedule);
    ledger.recordGenerations(
      keys.map((document, d) => {
        const text: string = s === 0 ? harnessGenerations.answers[d] : "";
        return {
          context,
          document,
          tokens: [...tokenizer.encode(text, { addSpecialTokens: false }), ...eosIds],
        };
      }),
    );
  }
  ledger.close();
  return (schedule) => {
    const again = Ledger.open(ledgerFile);
    const tokens = again.readGenerations(contextOf(again, schedule), keys);
    again.close();
    return tokens.map((own, d) => generations[d]!.textOf(own!));
  };
}
