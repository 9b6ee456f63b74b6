// Workers + model + load -> Placement: who holds what. By memory and by work
// (visits x FLOPs), not by the number of layers: sharing makes load steep.
import { Holdings } from "./holdings.js";
import { inOrder, multiply, type PerPart } from "./per-part.js";
import type { Objective, Place, Placement, PlacementGroup, WorkerSpec } from "./placement.js";
import { type Cut, cutSpans, type PartWeights, uncoveredBytes } from "./spans.js";
import { UnplaceableError } from "./unplaceable-error.js";

export interface PlacementRequest {
  readonly workers: readonly WorkerSpec[];
  /** Of each part's weights. */
  readonly bytes: PerPart;
  /** Of one visit of each part. */
  readonly flopsPerToken: PerPart;
  /** How often the sweep visits each part, heads included. */
  readonly visits: PerPart;
  readonly objective: Objective;
  /** That every place needs for hidden states, at least. */
  readonly minStateBytes: number;
}

/** The same whatever the order of the workers. @throws UnplaceableError */
export function placeModel(request: PlacementRequest): Placement {
  const { bytes, flopsPerToken, visits, objective } = request;
  const weights = { bytes: inOrder(bytes), work: inOrder(multiply(visits, flopsPerToken)) };
  const sorted = { ...request, workers: request.workers.toSorted((a, b) => compareText(a.name, b.name)) };
  switch (objective) {
    case "throughput":
      return placeReplicas(sorted, weights);
    case "latency":
      return placeSpread(sorted, weights);
  }
}

/** Devices that have the whole model are groups of their own; workers too small for it form pipelines. */
function placeReplicas(request: PlacementRequest, weights: PartWeights): Placement {
  const { workers, minStateBytes } = request;
  const modelBytes = weights.bytes.reduce((sum, value) => sum + value, 0);
  const groups = new Groups();
  const small: WorkerSpec[] = [];
  for (const worker of workers) {
    const devices = devicesWithStates(worker, modelBytes, minStateBytes);
    for (let device = 0; device < devices; device++)
      groups.addReplica(worker, device, weights.bytes.length - 2);
    if (devices === 0) small.push(worker);
  }
  const bySize = small.toSorted((a, b) => b.memoryBytes - a.memoryBytes || compareText(a.name, b.name));
  const pipelines: WorkerSpec[][] = [];
  let forming: WorkerSpec[] = [];
  for (const worker of bySize) {
    forming.push(worker);
    if (bestCut(forming, weights, minStateBytes) === null) continue;
    pipelines.push(forming);
    forming = [];
  }
  // Too little for another pipeline: it helps the last one.
  pipelines.at(-1)?.push(...forming);
  for (const members of pipelines) {
    const { ordered, cut, freeBytes } = bestCut(members, weights, minStateBytes)!;
    const holdings = new Holdings(ordered, weights, cut.spans, freeBytes);
    holdings.replicateHot(inOrder(request.visits));
    groups.add(holdings);
  }
  if (groups.isEmpty) throw unplaceable(request, weights);
  return groups.placement;
}

/** One group of all places, every part on as many of them as can have it. */
function placeSpread(request: PlacementRequest, weights: PartWeights): Placement {
  const { workers, minStateBytes } = request;
  const best = bestCut(workers, weights, minStateBytes);
  if (best === null) throw unplaceable(request, weights);
  const holdings = new Holdings(best.ordered, weights, best.cut.spans, best.freeBytes);
  const visits = inOrder(request.visits);
  const middle = (weights.bytes.length - 1) / 2;
  const parts = [...visits.keys()];
  // Merges are over the middle and what they hold is visited most.
  const order = parts.sort(
    (a, b) => visits[b]! - visits[a]! || Math.abs(a - middle) - Math.abs(b - middle) || a - b,
  );
  holdings.fill(order);
  const groups = new Groups();
  groups.add(holdings);
  return groups.placement;
}

class Groups {
  private readonly places: Place[] = [];
  private readonly groups: PlacementGroup[] = [];

  get isEmpty(): boolean {
    return this.groups.length === 0;
  }

  get placement(): Placement {
    return { places: this.places, groups: this.groups };
  }

  addReplica({ name }: WorkerSpec, device: number, layerCount: number): void {
    const here = [this.places.length];
    this.places.push({ worker: name, device });
    this.groups.push({ embed: here, layers: Array.from({ length: layerCount }, () => here), head: here });
  }

  add(holdings: Holdings): void {
    const { places, group } = holdings.asGroup(this.places.length);
    this.places.push(...places);
    this.groups.push(group);
  }
}

interface OrderedCut {
  readonly ordered: readonly WorkerSpec[];
  readonly cut: Cut;
  /** For weights, of each worker as ordered. */
  readonly freeBytes: readonly number[];
}

/** The best of the orders worth trying: late layers are visited most, so it matters which worker comes last. */
function bestCut(
  workers: readonly WorkerSpec[],
  weights: PartWeights,
  minStateBytes: number,
): OrderedCut | null {
  let best: OrderedCut | null = null;
  for (const ordered of orders(workers)) {
    const freeBytes = ordered.map((worker) => bytesForWeights(worker, minStateBytes));
    const cut = cutSpans(weights, ordered, freeBytes);
    if (cut !== null && cut.seconds < (best?.cut.seconds ?? Infinity)) best = { ordered, cut, freeBytes };
  }
  return best;
}

function orders(workers: readonly WorkerSpec[]): readonly (readonly WorkerSpec[])[] {
  const byName = workers.toSorted((a, b) => compareText(a.name, b.name));
  const bytesPerSpeed = (worker: WorkerSpec): number =>
    worker.memoryBytes / (worker.devices * worker.flopsPerSecond);
  const bySpeed = byName.toSorted((a, b) => bytesPerSpeed(b) - bytesPerSpeed(a));
  const byMemory = byName.toSorted((a, b) => b.memoryBytes - a.memoryBytes);
  return [byName, bySpeed, bySpeed.toReversed(), byMemory, byMemory.toReversed()];
}

function bytesForWeights({ memoryBytes, devices }: WorkerSpec, minStateBytes: number): number {
  return memoryBytes - devices * minStateBytes;
}

/** How many devices have room for their states beside the whole model. */
function devicesWithStates(worker: WorkerSpec, modelBytes: number, minStateBytes: number): number {
  const left = worker.memoryBytes - modelBytes;
  if (left < minStateBytes) return 0;
  return minStateBytes === 0 ? worker.devices : Math.min(worker.devices, Math.floor(left / minStateBytes));
}

function unplaceable({ workers, minStateBytes }: PlacementRequest, weights: PartWeights): UnplaceableError {
  const modelBytes = weights.bytes.reduce((sum, value) => sum + value, 0);
  const missing = orders(workers).map((ordered) =>
    uncoveredBytes(
      weights.bytes,
      ordered.map((worker) => bytesForWeights(worker, minStateBytes)),
    ),
  );
  const largest = workers.toSorted((a, b) => b.memoryBytes - a.memoryBytes).at(0);
  return new UnplaceableError(
    Math.min(...missing),
    largest === undefined
      ? null
      : {
          name: largest.name,
          memoryBytes: largest.memoryBytes,
          missingBytes: modelBytes + minStateBytes - largest.memoryBytes,
        },
    modelBytes,
    workers.length,
  );
}

/** By code units: the same in every locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
