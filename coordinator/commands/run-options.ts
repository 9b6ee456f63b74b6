// What every run over workers tells the dispatcher, whatever it computes.
import { leastRowTokens } from "../../models/least-tokens.js";
import type { Manifest } from "../../models/store/manifest.js";
import { type DispatchOptions, defaultLimits } from "../cluster/dispatch.js";
import type { SweepGraph } from "../graph/sweep-graph.js";
import type { ComputeOptions, ComputeSettings } from "./compute-missing.js";
import { dispatchPorts } from "./dispatch-ports.js";

export function runOptions(
  prepared: { readonly manifest: Manifest; readonly graph: SweepGraph },
  options: ComputeOptions,
  settings: Pick<ComputeSettings, "numericsId" | "minWorkers" | "placement">,
): Pick<
  DispatchOptions,
  "graph" | "hiddenSize" | "leastRowTokens" | "model" | "numericsId" | "limits" | "ports"
> {
  const { manifest, graph } = prepared;
  return {
    graph,
    hiddenSize: manifest.config.hiddenSize,
    leastRowTokens: leastRowTokens(manifest.config),
    model: manifest.fingerprint,
    numericsId: settings.numericsId,
    limits: {
      ...defaultLimits,
      batchTokens: options["batch-tokens"],
      stateBytes: options["state-memory-mb"] * 2 ** 20,
      minWorkers: settings.minWorkers,
    },
    ports: dispatchPorts(prepared, options, settings.placement),
  };
}
