// What a coordinator that starts gives its dispatcher: the sweep, and what outlived the
// coordinator before.
import type { DispatchOptions } from "../../coordinator/cluster/dispatch.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import type { Invariants } from "./invariants.js";
import { hiddenSize, type Sweep } from "./sweep.js";

export function dispatchOptions(
  { graph, waves, documents, limits, place, gathers: whoGathers }: Sweep,
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
      // Steps have other states than what goes in whole.
      gathers: (_group, stateTokens) =>
        whoGathers === "all" || (whoGathers === "some" && stateTokens % 2 === 0),
      compile: (ofGraph, heads, group, _placement, among, gathers) => {
        const plans = compileGroup(ofGraph, heads, group, undefined, among, gathers);
        invariants.compiled(plans);
        return plans;
      },
      partName: (part) => (typeof part === "string" ? part : `layer-${part.layer}`),
      predictStepMs: () => 3,
    },
  };
}
