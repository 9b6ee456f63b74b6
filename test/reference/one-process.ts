// The one-process run that clusters are compared with: all of the model on one place,
// one document at a time, on this thread. No worker process, no wire, no dispatcher.
import { requestScores } from "../../coordinator/cluster/request-scores.js";
import { scheduleContexts } from "../../coordinator/commands/compute-missing.js";
import { documentSets, type PreparedSweep } from "../../coordinator/commands/prepare-sweep.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { Ledger, LedgerEntry } from "../../coordinator/results/ledger.js";
import { KeyValueCache } from "../../models/runtime/key-value-cache.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { ModelCompute } from "../../worker/compute.js";
import type { State } from "../../worker/merge.js";
import { PlaceProgram } from "../../worker/place-program.js";

/** Writes every record of the sweep into the ledger. @returns how many */
export async function recordInOneProcess(sweep: PreparedSweep, ledger: Ledger): Promise<number> {
  const { graph, manifest, modelDir } = sweep;
  const layers = Array.from({ length: manifest.config.layerCount }, () => [0]);
  const plan = compileGroup(graph, [...new Set(graph.heads)], { embed: [0], layers, head: [0] }).get(0)!;
  const compute = new ModelCompute(modelDir, manifest, 1);
  await compute.keep(manifest.parts.map(({ part }) => part));
  const program = new PlaceProgram<State>();
  raise(program.openEpoch(0));
  raise(program.definePlan(0, 0, plan.steps, plan.receives));
  const contexts = scheduleContexts(sweep, ledger, numericsId());
  const contextOf = new Map(graph.heads.map((head, i) => [head, contexts[i]!]));
  const rowsOf = new Map(
    documentSets(sweep).flatMap(({ keys, rows }) => keys.map((key, i) => [key, rows[i]!] as const)),
  );
  const entries: LedgerEntry[] = [];
  for (const [injection, [document, rows]] of [...rowsOf].entries()) {
    const computation = compute.begin(rows, new KeyValueCache());
    raise(program.inject(0, injection, 0));
    for (let firing = program.next(); firing; firing = program.next()) {
      const { step, inputs } = firing;
      const { operation } = step;
      if (operation.kind === "probe") throw new Error("a scoring sweep has no probes");
      if (operation.kind !== "head") {
        program.completed(await computation.run(operation, (id) => inputs.get(id)!, step.id));
        continue;
      }
      const { logprobs, isGreedy } = await computation.head(inputs.get(operation.input)!);
      const scores = requestScores(rows, logprobs, isGreedy, 0);
      entries.push({ context: contextOf.get(operation.head)!, document, scores });
      program.completed(null);
    }
  }
  await compute.release();
  return ledger.record(entries).added;
}

function raise(error: Error | null): void {
  if (error) throw error;
}
