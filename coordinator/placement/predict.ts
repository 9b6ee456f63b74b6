// Placement + waves -> what a sweep will take: bytes, hops and seconds of every
// place, before anything is loaded. The slowest place sets the pace: filling and
// draining a pipeline, and waiting for each other within an injection, are left out.
import type { SweepGraph, VisitId } from "../graph/sweep-graph.js";
import { compileGroup } from "./compile.js";
import type { PerPart } from "./per-part.js";
import type { Operation, PlacePlan } from "./place-plan.js";
import type { Place, PlaceIndex, Placement, PlacementGroup, WorkerSpec } from "./placement.js";
import {
  costOfLayer,
  isGatheredSooner,
  measuredCosts,
  type PartCosts,
  type StepCosts,
} from "./step-costs.js";
import { partsOfPlaces, placesOfGroup, weightBytesOf } from "./weight-bytes.js";

export interface PredictionRequest {
  readonly placement: Placement;
  readonly workers: readonly WorkerSpec[];
  readonly bytes: PerPart;
  /** Of one visit. The head's is spread over all tokens of a document. */
  readonly flopsPerToken: PartCosts;
  readonly hiddenSize: number;
  readonly waves: readonly {
    readonly label: string;
    readonly graph: SweepGraph;
    readonly heads: readonly VisitId[];
  }[];
  readonly documents: number;
  readonly tokensPerDocument: number;
  /** Tokens of a micro-batch, at most. */
  readonly batchTokens: number;
  /** Merges gather where that is sooner (step-costs.ts). */
  readonly mayGather: boolean;
}

export interface PlacePrediction {
  readonly place: Place;
  readonly group: number;
  /** In the order of the data: 0 is the embedding, 1 + i layer i, the last the head. */
  readonly parts: readonly number[];
  /** Shared with the other devices of the worker. */
  readonly weightBytes: number;
  /** Hidden states of the wave that needs most, for a micro-batch of `batchTokens` of the group. */
  readonly stateBytes: number;
  readonly boundStates: number;
  /** Steps of one document, all waves. */
  readonly visits: number;
  /** Computing one document, all waves. */
  readonly secondsPerDocument: number;
}

/** One injection: a wave with a micro-batch of the group's `batchTokens`. */
export interface WavePrediction {
  readonly label: string;
  /** Transfers between workers. */
  readonly hops: number;
  readonly bytesPerHop: number;
  /** The most of any place. */
  readonly boundStates: number;
  /** The slowest place. */
  readonly place: PlaceIndex;
  readonly seconds: number;
  /** Of every place that takes part. */
  readonly secondsByPlace: readonly (readonly [PlaceIndex, number])[];
}

export interface GroupPrediction {
  readonly places: readonly PlaceIndex[];
  /** Tokens of a micro-batch whose states fit every place; 0: not one document fits, waves must be split. */
  readonly batchTokens: number;
  readonly waves: readonly WavePrediction[];
  /** The slowest place, or the busiest link. */
  readonly secondsPerDocument: number;
  readonly limit: "compute" | "link";
}

export interface Prediction {
  readonly places: readonly PlacePrediction[];
  readonly groups: readonly GroupPrediction[];
  readonly documentsPerSecond: number;
  readonly seconds: number;
}

export function predictSweep(request: PredictionRequest): Prediction {
  const { placement, workers, bytes, flopsPerToken, hiddenSize, documents } = request;
  const costs = measuredCosts(placement, workers, flopsPerToken, hiddenSize);
  const weights = weightBytesOf(placement, bytes);
  const parts = partsOfPlaces(placement);
  const compiled = compileAlike(request, costs);
  const places: PlacePrediction[] = [];
  const groups = placement.groups.map((group, g): GroupPrediction => {
    const plans = compiled(group);
    const members = placesOfGroup(group);
    const bounds = new Map(
      members.map((place) => [place, Math.max(0, ...plans.map((wave) => wave.get(place)?.boundStates ?? 0))]),
    );
    const batchTokens = fittingTokens(request, members, bounds, weights);
    const perToken = plans.map((wave) => secondsPerToken(wave, costs));
    for (const place of members) {
      const boundStates = bounds.get(place)!;
      places[place] = {
        place: placement.places[place]!,
        group: g,
        parts: parts[place]!,
        weightBytes: weights.get(placement.places[place]!.worker)!,
        stateBytes: boundStates * batchTokens * hiddenSize * 4,
        boundStates,
        visits: plans.reduce((sum, wave) => sum + (wave.get(place)?.steps.length ?? 0), 0),
        secondsPerDocument:
          request.tokensPerDocument * perToken.reduce((sum, wave) => sum + (wave.get(place) ?? 0), 0),
      };
    }
    const slowest = Math.max(...members.map((place) => places[place]!.secondsPerDocument));
    const link = Math.max(...linkSeconds(request, plans));
    return {
      places: members,
      batchTokens,
      waves: plans.map((wave, w) => predictWave(request, w, wave, perToken[w]!, batchTokens)),
      secondsPerDocument: Math.max(slowest, link),
      limit: link > slowest ? "link" : "compute",
    };
  });
  const documentsPerSecond = groups.reduce((sum, { secondsPerDocument }) => sum + 1 / secondsPerDocument, 0);
  return { places, groups, documentsPerSecond, seconds: documents / documentsPerSecond };
}

type Plans = ReadonlyMap<PlaceIndex, PlacePlan>;

/** Compiles every wave for a group, once for groups of the same shape and speeds. */
function compileAlike(
  { waves, batchTokens, tokensPerDocument, mayGather }: PredictionRequest,
  costs: StepCosts,
): (group: PlacementGroup) => readonly Plans[] {
  const known = new Map<string, readonly Plans[]>();
  const gathers = mayGather && isGatheredSooner(costs.hop * Math.max(batchTokens, tokensPerDocument));
  return (group) => {
    const members = placesOfGroup(group);
    const renumber = (holders: readonly PlaceIndex[]): readonly number[] =>
      holders.map((place) => members.indexOf(place));
    const alike = {
      embed: renumber(group.embed),
      layers: group.layers.map(renumber),
      head: renumber(group.head),
    };
    const speeds = new Map(members.map((place, i) => [i, costs.speeds.get(place) ?? 1]));
    const key = JSON.stringify([alike, [...speeds]]);
    const plans =
      known.get(key) ??
      waves.map(({ graph, heads }) =>
        compileGroup(graph, heads, alike, { ...costs, speeds }, heads, gathers),
      );
    known.set(key, plans);
    return plans.map(
      (wave) => new Map([...wave].map(([i, plan]) => [members[i]!, moved(plan, members)] as const)),
    );
  };
}

function moved(plan: PlacePlan, members: readonly PlaceIndex[]): PlacePlan {
  return {
    ...plan,
    steps: plan.steps.map((step) => ({ ...step, sendTo: step.sendTo.map((i) => members[i]!) })),
    receives: plan.receives.map(({ state, from }) => ({ state, from: members[from]! })),
  };
}

/** Whole documents as far as they fit beside the weights, up to a micro-batch. */
function fittingTokens(
  { placement, workers, hiddenSize, batchTokens, tokensPerDocument }: PredictionRequest,
  members: readonly PlaceIndex[],
  bounds: ReadonlyMap<PlaceIndex, number>,
  weights: ReadonlyMap<string, number>,
): number {
  const room = workers.map(({ name, memoryBytes }) => {
    const states = members
      .filter((place) => placement.places[place]!.worker === name)
      .reduce((sum, place) => sum + bounds.get(place)!, 0);
    // Replicas on the other devices of the worker share its memory alike.
    const devices = placement.places.filter(({ worker }) => worker === name).length;
    const own = members.filter((place) => placement.places[place]!.worker === name).length;
    if (states === 0) return Infinity;
    return ((memoryBytes - weights.get(name)!) * own) / devices / (states * hiddenSize * 4);
  });
  const tokens = Math.floor(Math.min(Math.max(batchTokens, tokensPerDocument), ...room));
  return Math.max(0, Math.floor(tokens / tokensPerDocument) * tokensPerDocument);
}

function secondsPerToken(wave: Plans, costs: StepCosts): ReadonlyMap<PlaceIndex, number> {
  return new Map(
    [...wave].map(([place, { steps }]) => {
      const cost = steps.reduce((sum, { operation }) => sum + costOf(operation, costs), 0);
      return [place, cost / (costs.speeds.get(place) ?? 1)] as const;
    }),
  );
}

function costOf(operation: Operation, costs: StepCosts): number {
  switch (operation.kind) {
    case "embed":
      return costs.embed;
    case "layer":
      return costOfLayer(costs, operation);
    case "head":
      return costs.head;
    case "accumulate":
    case "damp":
    case "store":
    case "probe":
      return 0;
  }
}

function predictWave(
  { waves, placement, hiddenSize }: PredictionRequest,
  w: number,
  plans: Plans,
  perToken: ReadonlyMap<PlaceIndex, number>,
  batchTokens: number,
): WavePrediction {
  const secondsByPlace = [...perToken].map(([place, seconds]) => [place, seconds * batchTokens] as const);
  const [place, seconds] = secondsByPlace.reduce((slowest, each) => (each[1] > slowest[1] ? each : slowest));
  return {
    label: waves[w]!.label,
    hops: [...plans].reduce((sum, [place, plan]) => sum + hopsFrom(placement, place, plan), 0),
    bytesPerHop: batchTokens * hiddenSize * 4,
    boundStates: Math.max(...[...plans.values()].map(({ boundStates }) => boundStates)),
    place,
    seconds,
    secondsByPlace,
  };
}

/** To other workers; devices of one worker hand over in memory. */
function hopsFrom({ places }: Placement, place: PlaceIndex, { steps }: PlacePlan): number {
  const { worker } = places[place]!;
  return steps.flatMap(({ sendTo }) => sendTo).filter((to) => places[to]!.worker !== worker).length;
}

/** What each worker's link needs to send the states of one document, all waves. */
function linkSeconds(request: PredictionRequest, waves: readonly Plans[]): readonly number[] {
  const { placement, workers, hiddenSize, tokensPerDocument } = request;
  return workers.map(({ name, linkBytesPerSecond }) => {
    const hops = waves
      .flatMap((plans) => [...plans])
      .filter(([place]) => placement.places[place]!.worker === name)
      .reduce((sum, [place, plan]) => sum + hopsFrom(placement, place, plan), 0);
    return (hops * tokensPerDocument * hiddenSize * 4) / linkBytesPerSecond;
  });
}
