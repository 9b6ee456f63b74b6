// `painters plan --workers`: the dry run. Places the model, predicts the sweep,
// and says both as a table or a document.
import { buildGraph } from "../graph/build-graph.js";
import { countVisits, workPerLayer } from "../graph/counts.js";
import type { VisitId } from "../graph/sweep-graph.js";
import { waves } from "../graph/waves.js";
import { bytesText } from "../placement/bytes-text.js";
import { compileGroup } from "../placement/compile.js";
import type { PerPart } from "../placement/per-part.js";
import { placeModel } from "../placement/place-model.js";
import type { Objective, Placement, PlacementGroup, WorkerSpec } from "../placement/placement.js";
import { parsePlacement, printPlacement } from "../placement/placement-file.js";
import { type Prediction, predictSweep } from "../placement/predict.js";
import { partsText, placeName } from "../placement/weight-bytes.js";
import type { NamedSchedule } from "../schedule/schedule.js";
import { canonicalText } from "../schedule/simplify.js";
import { number } from "./plan-counts.js";
import type { ModelWeights, SweepOutline } from "./plan-outline.js";

export interface DryRunRequest {
  readonly outline: SweepOutline;
  readonly weights: ModelWeights;
  readonly workers: readonly WorkerSpec[];
  readonly objective: Objective;
  /** A placement file's contents; null: the objective decides. */
  readonly forced: unknown;
  readonly documents: number;
  readonly tokens: number;
  /** Of a document's tokens, those that go through the head. */
  readonly scoredTokens: number;
  readonly batchTokens: number;
}

export interface DryRun {
  readonly placement: Placement;
  readonly prediction: Prediction;
}

export function dryRun(request: DryRunRequest): DryRun {
  const { outline, weights, workers, objective, tokens } = request;
  const { layerCount } = outline.model;
  const sweepWaves = planWaves(outline.schedules);
  const flopsPerToken = {
    ...weights.flopsPerToken,
    head: (weights.flopsPerToken.head * request.scoredTokens) / tokens,
  };
  const onePlace = { embed: [0], layers: Array.from({ length: layerCount }, () => [0]), head: [0] };
  const minStateBytes = mostStates(sweepWaves, onePlace) * tokens * weights.hiddenSize * 4;
  const { bytes, hiddenSize } = weights;
  const placement =
    request.forced === null
      ? placeModel({
          workers,
          bytes,
          flopsPerToken,
          visits: countVisitsOfParts(sweepWaves, layerCount, flopsPerToken.attentionShare),
          objective,
          minStateBytes,
        })
      : parsePlacement(request.forced, { workers, bytes, minStateBytes });
  const prediction = predictSweep({
    placement,
    workers,
    bytes,
    flopsPerToken,
    hiddenSize,
    waves: sweepWaves,
    documents: request.documents,
    tokensPerDocument: tokens,
    batchTokens: request.batchTokens,
    mayGather: objective === "latency",
  });
  return { placement, prediction };
}

interface PlannedWave {
  readonly label: string;
  readonly graph: ReturnType<typeof buildGraph>;
  /** Heads of schedules that no earlier wave has. */
  readonly heads: readonly VisitId[];
}

function planWaves(schedules: readonly NamedSchedule[]): readonly PlannedWave[] {
  const seen = new Set<string>();
  return waves(schedules).flatMap(({ label, schedules: indices }) => {
    const fresh = indices
      .map((index) => schedules[index]!.schedule)
      .filter((schedule) => {
        const text = canonicalText(schedule);
        const isNew = !seen.has(text);
        seen.add(text);
        return isNew;
      });
    const graph = buildGraph(fresh);
    return fresh.length === 0 ? [] : [{ label, graph, heads: graph.heads }];
  });
}

function mostStates(sweepWaves: readonly PlannedWave[], onePlace: PlacementGroup): number {
  return Math.max(
    ...sweepWaves.map(({ graph, heads }) => compileGroup(graph, heads, onePlace).get(0)!.boundStates),
  );
}

function countVisitsOfParts(
  sweepWaves: readonly PlannedWave[],
  layerCount: number,
  attentionShare: number,
): PerPart {
  const perLayer = sweepWaves.map(({ graph }) => workPerLayer(graph, layerCount, attentionShare));
  return {
    embed: sweepWaves.length,
    layers: Array.from({ length: layerCount }, (_, layer) =>
      perLayer.reduce((sum, counts) => sum + counts[layer]!, 0),
    ),
    head: sweepWaves.reduce((sum, { graph }) => sum + countVisits(graph).heads, 0),
  };
}

/** `placement` is as a file for --placement has it. */
export function dryRunDocument(
  { outline, workers, documents, tokens, scoredTokens }: DryRunRequest,
  run: DryRun,
) {
  const { placement, prediction } = run;
  const { layerCount } = outline.model;
  const nameOf = (place: number): string => placeName(placement.places[place]!);
  return {
    placement: printPlacement(placement),
    predicted: {
      documents,
      tokens,
      scoredTokens,
      seconds: prediction.seconds,
      documentsPerSecond: prediction.documentsPerSecond,
      unusedWorkers: unused(workers, placement),
      places: prediction.places.map((each) => ({
        ...each,
        place: placeName(each.place),
        parts: partsText(each.parts, layerCount),
      })),
      groups: prediction.groups.map((group) => ({
        ...group,
        places: group.places.map(nameOf),
        waves: group.waves.map(({ place, secondsByPlace, ...wave }) => ({
          ...wave,
          slowestPlace: nameOf(place),
          secondsByPlace: Object.fromEntries(secondsByPlace.map(([i, seconds]) => [nameOf(i), seconds])),
        })),
      })),
    },
  };
}

function unused(workers: readonly WorkerSpec[], { places }: Placement): readonly string[] {
  return workers.map(({ name }) => name).filter((name) => !places.some(({ worker }) => worker === name));
}

export function dryRunTable(request: DryRunRequest, { placement, prediction }: DryRun): string {
  const { outline, workers, documents, tokens, scoredTokens } = request;
  const { layerCount } = outline.model;
  const nameOf = (place: number): string => placeName(placement.places[place]!);
  const idle = unused(workers, placement);
  return [
    `placement, ${request.forced === null ? `objective ${request.objective}` : "as given"}: ` +
      `${plural(placement.groups.length, "group")}, ${plural(placement.places.length, "place")}`,
    ...columns([
      ["place", "group", "weights", "states", "visits", "s/document", "holds"],
      ...prediction.places.map((each) => [
        placeName(each.place),
        String(each.group),
        bytesText(each.weightBytes),
        bytesText(each.stateBytes),
        number(each.visits),
        secondsText(each.secondsPerDocument),
        partsText(each.parts, layerCount),
      ]),
    ]),
    ...(idle.length === 0 ? [] : [`  not used: ${idle.join(", ")}`]),
    ...representatives(prediction).flatMap(({ group, count, index }) => [
      "",
      `waves of group ${index}${count > 1 ? ` and ${plural(count - 1, "group")} like it` : ""}, ` +
        `injections of ${number(group.batchTokens)} tokens`,
      ...(group.batchTokens === 0
        ? ["  the states of one document do not fit beside the weights: waves are split, which computes more"]
        : columns([
            ["wave", "hops", "each", "states", "s/injection", "slowest"],
            ...group.waves.map((wave) => [
              wave.label,
              number(wave.hops),
              bytesText(wave.bytesPerHop),
              number(wave.boundStates),
              secondsText(wave.seconds),
              nameOf(wave.place),
            ]),
          ])),
    ]),
    "",
    `predicted for ${plural(documents, "document")} of ${plural(tokens, "token")}, ${number(scoredTokens)} scored`,
    `  ${durationText(prediction.seconds)}, ${prediction.documentsPerSecond.toPrecision(3)} documents/s`,
    ...representatives(prediction).map(
      ({ group, index }) =>
        `  group ${index} is bound by ${group.limit === "link" ? "a link" : "its slowest place"}`,
    ),
    "  filling and draining of pipelines, and waiting within an injection, are not counted",
  ].join("\n");
}

/** Groups that are predicted alike, once. */
function representatives({ groups }: Prediction) {
  const found = new Map<string, { group: Prediction["groups"][number]; index: number; count: number }>();
  for (const [index, group] of groups.entries()) {
    const key = `${group.places.length} ${group.secondsPerDocument} ${group.batchTokens}`;
    const known = found.get(key);
    if (known) known.count++;
    else found.set(key, { group, index, count: 1 });
  }
  return [...found.values()];
}

/** First and last columns to the left, numbers to the right. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 || column === row.length - 1
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!),
    );
    return `  ${cells.join("  ")}`.trimEnd();
  });
}

function plural(count: number, noun: string): string {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function secondsText(seconds: number): string {
  return seconds >= 100 ? number(Math.round(seconds)) : seconds.toPrecision(3);
}

function durationText(seconds: number): string {
  if (seconds < 120) return `${secondsText(seconds)} seconds`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} minutes`;
  return seconds < 48 * 3600
    ? `${(seconds / 3600).toFixed(1)} hours`
    : `${(seconds / 86400).toFixed(1)} days`;
}
