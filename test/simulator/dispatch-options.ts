// What a coordinator that starts gives its dispatcher: the sweep, and what outlived the
// coordinator before.
import type { DispatchOptions } from "../../coordinator/cluster/dispatch.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import { unitCosts } from "../../coordinator/placement/step-costs.js";
import type { Invariants } from "./invariants.js";
import { hiddenSize, type Sweep } from "./sweep.js";

export function dispatchOptions(
  { graph, waves, documents, limits, place, gathers }: Sweep,
  invariants: Invariants,
): DispatchOptions {
  return {
    graph,
    waves,
    documents,
    isMissing: (head, document) => invariants.isMissing(head, document),
    hiddenSize,
    model: "toy",
    numericsId: "toy",
    nextEpoch: invariants.lastEpoch + 1,
    limits,
    ports: {
      place,
      compile: (ofGraph, heads, group, _placement, among) => {
        const costs = { ...unitCosts(group.layers.length), gathers };
        const plans = compileGroup(ofGraph, heads, group, costs, among);
        invariants.compiled(plans);
        return plans;
      },
      partName: (part) => (typeof part === "string" ? part : `layer-${part.layer}`),
      predictStepMs: () => 3,
    },
  };
}
