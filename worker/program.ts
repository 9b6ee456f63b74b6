// A worker's program: fires the visits of a plan on one micro-batch. It holds
// the hidden states that are still needed and nothing else.
import type { Step } from "../coordinator/graph/plan.js";
import type { VisitId } from "../coordinator/graph/sweep-graph.js";
import type { BatchInputs, ModelRuntime, TokenScores } from "../models/runtime/model-runtime.js";
import { accumulateMean, accumulateSum, dampedStep, type State } from "./merge.js";

/** Runs every step in order and hands over each head's scores as soon as they are there. */
export async function runProgram(
  steps: readonly Step[],
  runtime: ModelRuntime,
  inputs: BatchInputs,
  onScores: (head: VisitId, scores: TokenScores) => void,
): Promise<void> {
  const states = new Map<VisitId, State>();
  const stateOf = (id: VisitId): State => {
    const state = states.get(id);
    if (!state) throw new Error(`visit ${id} is read before it ran or after it was released`);
    return state;
  };
  for (const { id, visit, releases } of steps) {
    switch (visit.kind) {
      case "embed":
        states.set(id, await runtime.embed(inputs));
        break;
      case "layer":
        states.set(id, await runtime.layer(visit.layer, stateOf(visit.input), inputs));
        break;
      case "merge": {
        const branches = visit.branches.map(stateOf);
        states.set(
          id,
          visit.rule === "mean"
            ? accumulateMean(null, branches, branches.length)
            : accumulateSum(null, stateOf(visit.base), branches),
        );
        break;
      }
      case "damp":
        states.set(id, dampedStep(stateOf(visit.base), stateOf(visit.input), visit.factor));
        break;
      case "head":
        onScores(id, await runtime.head(stateOf(visit.input), inputs));
        break;
    }
    for (const released of releases) states.delete(released);
  }
}
