// What ran when and where, collected from the messages of a sweep: slices and
// hops for the trace file, and the figures that prove physical parallelism. Pure.
import type { EpochPlace, Slice, ToCoordinator, ToWorker } from "../../proto/messages.js";
import { inputsOf, type PlaceStep, type StateId } from "../placement/place-plan.js";
import type { PlaceIndex } from "../placement/placement.js";
import { alignClocks } from "./trace-clocks.js";

/** One step that ran. Milliseconds since the Unix epoch, fractional. */
export interface TracedStep {
  readonly epoch: number;
  readonly injection: number;
  readonly place: PlaceIndex;
  /** `worker/device`. */
  readonly device: string;
  /** For example `layer 7`. */
  readonly label: string;
  readonly state: StateId;
  readonly inputs: readonly StateId[];
  readonly startMs: number;
  readonly endMs: number;
}

/** One hidden state on its way: from the end of its sending place's step to its arrival. */
export interface TracedHop {
  readonly epoch: number;
  readonly injection: number;
  readonly state: StateId;
  readonly from: string;
  readonly to: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Trace {
  readonly steps: readonly TracedStep[];
  readonly hops: readonly TracedHop[];
}

type PlanSteps = Extract<ToWorker, { readonly kind: "plan" }>;

/** Listens to both directions of the control streams. */
export class TraceCollector {
  readonly #places = new Map<number, readonly EpochPlace[]>();
  readonly #plans = new Map<string, PlanSteps>();
  readonly #planOf = new Map<string, number>();
  readonly #steps: TracedStep[] = [];
  readonly #arrivals: { epoch: number; injection: number; device: string; slice: Slice }[] = [];

  told(message: ToWorker): void {
    if (message.kind === "open-epoch") this.#places.set(message.epoch, message.places);
    if (message.kind === "plan")
      this.#plans.set(`${message.epoch} ${message.plan} ${message.place}`, message);
    if (message.kind === "inject") this.#planOf.set(`${message.epoch} ${message.injection}`, message.plan);
  }

  heard(message: ToCoordinator): void {
    if (message.kind !== "finished") return;
    const { epoch, injection, place } = message;
    const plan = this.#plans.get(`${epoch} ${this.#planOf.get(`${epoch} ${injection}`)} ${place}`);
    const where = this.#places.get(epoch)?.[place];
    if (!plan || !where) return;
    const device = `${where.worker}/${where.device}`;
    const steps = new Map(plan.steps.map((step) => [step.id, step]));
    for (const slice of message.slices) {
      const step = steps.get(slice.state);
      if (slice.kind === "receive") this.#arrivals.push({ epoch, injection, device, slice });
      if (slice.kind !== "step" || !step) continue;
      const { startMs, endMs } = slice;
      const inputs = inputsOf(step.operation);
      const label = labelOf(step);
      this.#steps.push({ epoch, injection, place, device, label, state: step.id, inputs, startMs, endMs });
    }
  }

  trace(): Trace {
    const makers = new Map(
      this.#steps.map((step) => [`${step.epoch} ${step.injection} ${step.state}`, step]),
    );
    const hops = this.#arrivals.flatMap(({ epoch, injection, device, slice }): TracedHop[] => {
      const maker = makers.get(`${epoch} ${injection} ${slice.state}`);
      if (!maker) return [];
      const { state } = slice;
      return [
        { epoch, injection, state, from: maker.device, to: device, startMs: maker.endMs, endMs: slice.endMs },
      ];
    });
    return alignClocks({ steps: this.#steps, hops });
  }
}

export interface TraceFigures {
  /** From the first step's start to the last one's end, milliseconds. */
  readonly wallMs: number;
  /** All steps one after another. */
  readonly serialMs: number;
  /** The longest chain of steps that need each other, mean over injections: no placement can beat it. */
  readonly criticalPathMs: number;
  /** Time with two or more devices busy, as a share of the time with any busy. */
  readonly overlapRatio: number;
  /** Share of all devices' time in which they were idle. */
  readonly bubbleRatio: number;
  readonly devices: number;
}

/** null: nothing ran. */
export function traceFigures({ steps }: Trace): TraceFigures | null {
  if (steps.length === 0) return null;
  const start = steps.reduce((least, step) => Math.min(least, step.startMs), Infinity);
  const end = steps.reduce((most, step) => Math.max(most, step.endMs), -Infinity);
  const serialMs = steps.reduce((sum, step) => sum + step.endMs - step.startMs, 0);
  const devices = new Set(steps.map(({ device }) => device)).size;
  const wallMs = end - start;
  const { any, several } = busyTimes(steps);
  return {
    wallMs,
    serialMs,
    criticalPathMs: criticalPath(steps),
    overlapRatio: any === 0 ? 0 : several / any,
    bubbleRatio: wallMs === 0 ? 0 : 1 - serialMs / (devices * wallMs),
    devices,
  };
}

/** A sweep over starts and ends; a device runs one step at a time. */
function busyTimes(steps: readonly TracedStep[]): { readonly any: number; readonly several: number } {
  const edges = steps.flatMap(({ startMs, endMs }) => [
    { at: startMs, change: 1 },
    { at: endMs, change: -1 },
  ]);
  edges.sort((a, b) => a.at - b.at || a.change - b.change);
  let any = 0;
  let several = 0;
  let busy = 0;
  let before = 0;
  for (const { at, change } of edges) {
    if (busy > 0) any += at - before;
    if (busy > 1) several += at - before;
    busy += change;
    before = at;
  }
  return { any, several };
}

function criticalPath(steps: readonly TracedStep[]): number {
  const injections = new Map<string, TracedStep[]>();
  for (const step of steps) {
    const key = `${step.epoch} ${step.injection}`;
    const list = injections.get(key);
    if (list) list.push(step);
    else injections.set(key, [step]);
  }
  const longest = [...injections.values()].map((own) => {
    const doneAt = new Map<StateId, number>();
    // A step ends after those it needs, so time order is a topological order.
    for (const step of own.toSorted((a, b) => a.endMs - b.endMs)) {
      const ready = step.inputs.reduce((most, input) => Math.max(most, doneAt.get(input) ?? 0), 0);
      doneAt.set(step.state, ready + step.endMs - step.startMs);
    }
    return [...doneAt.values()].reduce((a, b) => Math.max(a, b), 0);
  });
  return longest.reduce((a, b) => a + b, 0) / longest.length;
}

function labelOf({ operation }: PlaceStep): string {
  switch (operation.kind) {
    case "embed":
    case "head":
      return operation.kind;
    case "layer":
      return `layer ${operation.layer}${operation.sublayer ? `.${operation.sublayer}` : ""}`;
    case "accumulate":
      return `${operation.rule} of ${operation.branches.length}`;
    case "probe":
      return `probe ${operation.measure} of ${operation.inputs.length}`;
    case "damp":
      return `damp ${operation.factor}`;
    case "store":
      return "store keys and values";
  }
}
