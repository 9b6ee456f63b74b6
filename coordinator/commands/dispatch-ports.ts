// What the dispatcher asks of placement, for one sweep: who holds what, what each
// place runs, how long a step should take.
import { readFile } from "node:fs/promises";
import { attentionShareOf } from "../../models/architectures/attention-share.js";
import { architectureOf } from "../../models/architectures/registry.js";
import type { ModelConfig, Part } from "../../models/config.js";
import { partName } from "../../models/config.js";
import type { Manifest } from "../../models/store/manifest.js";
import type { DispatchPorts } from "../cluster/dispatch.js";
import { workPerLayer } from "../graph/counts.js";
import type { SweepGraph } from "../graph/sweep-graph.js";
import { compileGroup } from "../placement/compile.js";
import type { PerPart } from "../placement/per-part.js";
import { placeModel } from "../placement/place-model.js";
import type { Placement, PlacementGroup, WorkerSpec } from "../placement/placement.js";
import { parsePlacement } from "../placement/placement-file.js";
import { isGatheredSooner, measuredCosts, type PartCosts, type StepCosts } from "../placement/step-costs.js";
import type { PreparedSweep } from "./prepare-sweep.js";
import { type SweepOptions, SweepOptionsError } from "./sweep-options.js";

/** Of a probe, which computes in JavaScript: half of what was measured on one core. */
const productsPerSecond = 0.25e9;

export function dispatchPorts(
  { manifest, graph }: Pick<PreparedSweep, "manifest" | "graph">,
  options: Pick<SweepOptions, "objective" | "state-memory-mb">,
  /** What a placement file says; null: the placement is chosen. */
  forced: unknown,
): DispatchPorts {
  const bytes = partBytes(manifest);
  const flops = partFlops(manifest.config);
  const heads = new Set(graph.heads).size;
  const layers = workPerLayer(graph, manifest.config.layerCount, flops.attentionShare);
  const visits = { embed: 1, layers, head: heads };
  const products = productsOfProbes(graph, manifest.config.hiddenSize);
  const minStateBytes = options["state-memory-mb"] * 2 ** 20;
  // What a step costs depends on the workers' speeds, and so on the placement a group is of.
  const costsOf = new WeakMap<PlacementGroup, StepCosts>();
  const placed = (workers: readonly WorkerSpec[]): Placement => {
    if (forced !== null) return parsePlacement(forced, { workers, bytes, minStateBytes });
    const { objective } = options;
    return placeModel({ workers, bytes, flopsPerToken: flops, visits, objective, minStateBytes });
  };
  return {
    place: (workers) => {
      try {
        const placement = placed(workers);
        const costs = measuredCosts(placement, workers, flops, manifest.config.hiddenSize);
        for (const group of placement.groups) costsOf.set(group, costs);
        return placement;
      } catch (error) {
        return error as Error;
      }
    },
    compile: (sweepGraph, wantedHeads, group, _placement, among, gathers) =>
      compileGroup(sweepGraph, wantedHeads, group, costsOf.get(group), among, gathers),
    gathers: (group, stateTokens) =>
      options.objective === "latency" && isGatheredSooner(costsOf.get(group)!.hop * stateTokens),
    partName,
    predictStepMs: ({ flopsPerSecond }, paddedTokens) => {
      const secondsPerToken = Math.max(
        Math.max(flops.head, ...flops.layers) / flopsPerSecond,
        products / productsPerSecond,
      );
      return secondsPerToken * paddedTokens * 1000;
    },
  };
}

/** Of the probe that compares most: multiplications a token. */
function productsOfProbes({ visits }: SweepGraph, hiddenSize: number): number {
  return visits.reduce((most, visit) => {
    if (visit.kind !== "probe" || visit.measure !== "gram") return most;
    const states = visit.inputs.length;
    return Math.max(most, ((states * (states + 1)) / 2) * hiddenSize);
  }, 0);
}

/** Bytes of every part's weights in the store. */
function partBytes({ parts, config }: Manifest): PerPart {
  const of = (name: string): number => parts.find(({ part }) => part === name)?.weights?.bytes ?? 0;
  return {
    embed: of("embed"),
    layers: Array.from({ length: config.layerCount }, (_, layer) => of(partName({ layer }))),
    head: of("head") + (config.tiedEmbeddings ? of("embed") : 0),
  };
}

/** Multiplications and additions of one visit of each part, per token; attention's share is left out. */
function partFlops(config: ModelConfig): PartCosts {
  // A token meets every number of every matrix once.
  const matrices = (part: Part): number =>
    architectureOf(config)
      .tensors(config, part)
      .filter(({ shape }) => shape.length === 2)
      .reduce((sum, { shape: [rows, columns] }) => sum + rows! * columns!, 0);
  return {
    embed: config.hiddenSize,
    layers: Array.from({ length: config.layerCount }, (_, layer) => 2 * matrices({ layer })),
    // Of a document's tokens, about a third is scored.
    head: (2 * matrices("head")) / 3,
    attentionShare: attentionShareOf(config),
  };
}

/** What the file says, not yet compared with any workers. */
export async function readPlacementFile(file: string): Promise<unknown> {
  const { parse } = await import("yaml");
  try {
    return parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new SweepOptionsError(`--placement ${file} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
