// A random sweep for a seed: schedules, documents, what is missing, memory, placements.
import fc from "fast-check";
import type { DispatchLimits, RowDocument } from "../../coordinator/cluster/dispatch.js";
import { buildGraph } from "../../coordinator/graph/build-graph.js";
import { buildProbeGraph } from "../../coordinator/graph/probe-graph.js";
import type { SweepGraph, VisitId } from "../../coordinator/graph/sweep-graph.js";
import { compileGroup } from "../../coordinator/placement/compile.js";
import { placeModel } from "../../coordinator/placement/place-model.js";
import type { Place, Placement, PlacementGroup } from "../../coordinator/placement/placement.js";
import type { KvMode } from "../../coordinator/schedule/kv-mode.js";
import type { Schedule } from "../../coordinator/schedule/schedule.js";
import { simplify } from "../../coordinator/schedule/simplify.js";
import { RandomSource } from "../../models/demo/random-source.js";
import type { TokenRow } from "../../models/token-row.js";
import type { Hello } from "../../proto/messages.js";
import { wholeOnEach } from "../placement/arbitrary-group.js";
import { anySchedule, LAYERS, wholeLayer } from "../schedule/arbitrary-schedule.js";
import { cacheBytesPerToken, isOver } from "./toy-generation.js";

export const hiddenSize = 3;
/** So far from the tokens of documents that nothing else makes it. */
export const poison = 666;

const schedulePool = fc.sample(anySchedule(2, wholeLayer), { seed: 1, numRuns: 400 }).map(simplify);

export interface Sweep {
  readonly graph: SweepGraph;
  /** Of every output, heads or probes. */
  readonly scheduleOf: ReadonlyMap<VisitId, Schedule>;
  readonly waves: readonly (readonly VisitId[])[];
  readonly documents: readonly RowDocument[];
  readonly poisoned: number | null;
  readonly missing: (head: VisitId, document: number) => boolean;
  readonly limits: DispatchLimits;
  /** How many workers there are at first, and devices each. */
  readonly workers: readonly number[];
  readonly minWorkers: number;
  /** In which plans merges gather. */
  readonly gathers: "all" | "some" | "none";
  readonly place: (workers: readonly Hello[]) => Placement | Error;
}

export function randomSweep(seed: number): Sweep {
  const random = new RandomSource(seed);
  const between = (low: number, high: number): number => low + Math.floor(random.next() * (high - low + 1));
  const schedules = Array.from({ length: between(1, 5) }, () => random.pick(schedulePool));
  // A quarter of all seeds probe instead of scoring.
  const kv = seed % 16 === 9 ? "paper" : "own";
  const { graph, scheduleOf } = seed % 4 === 3 ? probing(schedules) : scoring(schedules, kv);
  const heads = [...scheduleOf.keys()];
  // An eighth generates, half of these with kv=paper.
  const generates = seed % 8 === 1;
  const cut = between(0, heads.length);
  const waves = [heads.slice(0, cut), heads.slice(cut)].filter((wave) => wave.length > 0);
  const poisoned = random.next() < 0.1 ? 0 : null;
  const documents = Array.from({ length: between(1, generates ? 8 : 20) }, (_, document): RowDocument => {
    const isPoisoned = document === poisoned;
    if (!generates)
      return { rows: Array.from({ length: between(1, 3) }, () => randomRow(between, isPoisoned)) };
    const generation = { maxTokens: between(1, 5), cacheBytesPerToken, cacheBlockTokens: 1, isOver };
    return { rows: [{ ...randomRow(between, isPoisoned), scored: [] }], generation };
  });
  const share = random.pick([0.2, 0.7, 1, 1]);
  const known = new Set(heads.flatMap((head) => documents.map((_, d) => `${head}/${d}`)));
  for (const key of known) if (random.next() < share) known.delete(key);
  const missing = (head: VisitId, document: number): boolean => !known.has(`${head}/${document}`);
  const minWorkers = random.pick([1, 1, 1, 2]);
  return {
    graph,
    scheduleOf,
    waves,
    documents,
    poisoned,
    missing,
    limits: randomLimits(random, between, graph, heads, documents),
    workers: Array.from({ length: between(1, 4) }, () => between(1, 2)),
    minWorkers,
    gathers: (["all", "some", "none"] as const)[Math.floor(seed / 5) % 3]!,
    place: random.next() < 0.3 ? placeByMemory(random.next() < 0.5) : placeAtRandom(seed, minWorkers),
  };
}

type Outputs = Pick<Sweep, "graph" | "scheduleOf">;

function scoring(schedules: readonly Schedule[], kv: KvMode): Outputs {
  const graph = buildGraph(schedules, kv);
  return { graph, scheduleOf: new Map(graph.heads.map((head, i) => [head, schedules[i]!])) };
}

function probing(schedules: readonly Schedule[]): Outputs {
  const { graph, schedules: probed } = buildProbeGraph(schedules, [1, "out"]);
  const outputs = probed.flatMap(({ gram, captures }, i) =>
    [gram, ...captures.map(({ probe }) => probe)].map((probe) => [probe, schedules[i]!] as const),
  );
  return { graph, scheduleOf: new Map(outputs) };
}

function randomRow(between: (low: number, high: number) => number, isPoisoned: boolean): TokenRow {
  const length = between(1, 9);
  const tokens = Array.from({ length }, () => between(0, 99));
  if (isPoisoned) tokens[0] = poison;
  const scored = Array.from({ length: between(0, 2) }, (_, request) => ({
    request,
    index: between(0, length - 1),
    target: between(0, 99),
  }));
  return { tokens, prefixLength: length, branchLengths: [], scored };
}

function randomLimits(
  random: RandomSource,
  between: (low: number, high: number) => number,
  graph: SweepGraph,
  heads: readonly VisitId[],
  documents: Sweep["documents"],
): DispatchLimits {
  // Enough for one document under one schedule, wherever it is placed; often for little more.
  const plans = heads.map((head) => compileGroup(graph, [head], wholeOnEach(1, LAYERS)).get(0)!);
  const states = Math.max(...plans.map(({ boundStates }) => boundStates));
  const visits = Math.max(
    ...plans.map(({ steps }) => steps.filter(({ operation }) => operation.kind === "layer").length),
  );
  const kept = Math.max(
    ...documents.map(({ rows, generation }) =>
      generation ? visits * cacheBytesPerToken * (rows[0]!.tokens.length + generation.maxTokens) : 0,
    ),
  );
  // With keys and values behind it, where a group shares them.
  const stateSize = hiddenSize * 4 + (plans.some(({ boundKept }) => boundKept > 0) ? cacheBytesPerToken : 0);
  // The states of a sequence's steps are reserved besides its prompt's.
  const stepTokens = kept > 0 ? 2 : 0;
  const tokens = Math.max(
    ...documents.map(({ rows }) =>
      Math.max(2, rows.length * Math.max(...rows.map((row) => row.tokens.length))),
    ),
  );
  return {
    batchTokens: between(4, 60),
    stateBytes: ((states + 2) * (tokens + stepTokens) * stateSize + kept) * random.pick([1, 1.2, 1.5, 3, 8]),
    inFlightPerPlace: random.pick([0.5, 1, 2, 3]),
    minWorkers: between(1, 3),
    startWaitMs: 300,
    heartbeatMs: 200,
    leaseMs: 1000,
    epochReadyMs: 2500,
    overdueMs: 3000,
    overdueFactor: 10,
  };
}

/** The same workers are always placed alike: the choices are drawn from their names. */
function placeAtRandom(seed: number, minWorkers: number): Sweep["place"] {
  return (workers) => {
    if (workers.length < minWorkers) return new Error(`${minWorkers} workers are needed`);
    const text = workers.map(({ name }) => name).join();
    const hash = [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, seed);
    const random = new RandomSource(hash);
    const places: Place[] = workers.flatMap(({ name, devices }) =>
      Array.from({ length: devices }, (_, device) => ({ worker: name, device })),
    );
    const groupCount = 1 + Math.floor(random.next() * Math.min(3, places.length));
    const members = Array.from({ length: groupCount }, (_, group) => [group]);
    for (let place = groupCount; place < places.length; place++) random.pick(members).push(place);
    const spread = random.next() < 0.4 ? 3 : 1;
    const holders = (group: readonly number[]): readonly number[] =>
      random
        .draw(group, Math.min(group.length, 1 + Math.floor(random.next() * spread)))
        .sort((a, b) => a - b);
    const groups = members.map(
      (group): PlacementGroup => ({
        embed: holders(group),
        layers: Array.from({ length: LAYERS }, () => holders(group)),
        head: holders(group),
      }),
    );
    return { places, groups };
  };
}

function placeByMemory(isLatency: boolean): Sweep["place"] {
  const each = { embed: 10, layers: new Array<number>(LAYERS).fill(10), head: 10 };
  return (workers) => {
    try {
      return placeModel({
        workers,
        bytes: each,
        flopsPerToken: each,
        visits: each,
        objective: isLatency ? "latency" : "throughput",
        minStateBytes: 5,
      });
    } catch (error) {
      return error as Error;
    }
  };
}
