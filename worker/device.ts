// A device: runs the program of its place and computes its steps. One per device
// thread (device-thread.ts), which feeds it messages and posts what it says.
import type { Operation, StateId } from "../coordinator/placement/place-plan.js";
import { KeyValueCache } from "../models/runtime/key-value-cache.js";
import type { Slice } from "../proto/messages.js";
import { type Computation, type Compute, type JointStep, ModelCompute } from "./compute.js";
import type { DeviceSettings, FromDevice, StoredModel, ToDevice } from "./device-messages.js";
import { type State, unwritten } from "./merge.js";
import { isLastPiece } from "./piece.js";
import { type Completion, type Firing, PlaceProgram } from "./place-program.js";
import { statesOf } from "./place-steps.js";
import { SimulatedCompute } from "./simulated-compute.js";

interface OpenModel {
  readonly compute: Compute;
  /** Parts that each open epoch needs. */
  readonly parts: Map<number, readonly string[]>;
}

interface RunningInjection {
  /** null: frames came, its inject message has not. */
  readonly computation: Computation | null;
  readonly slices: Slice[];
  /** Results of merges whose last run goes on. */
  readonly merging: Map<StateId, State>;
}

export class Device {
  readonly #settings: DeviceSettings;
  readonly #say: (message: FromDevice) => void;
  readonly #program = new PlaceProgram<State>();
  readonly #models = new Map<string, OpenModel>();
  readonly #modelOf = new Map<number, string>();
  /** [epoch][plan] States that steps here read. */
  readonly #readHere = new Map<number, Map<number, ReadonlySet<StateId>>>();
  /** [epoch] Keys and values of the sequences it generates. */
  readonly #caches = new Map<number, KeyValueCache>();
  /** [epoch][injection] */
  readonly #running = new Map<number, Map<number, RunningInjection>>();
  /** Of frames that came; each has its own. */
  readonly #received = new WeakSet<ArrayBuffer>();
  readonly #busySince: Float64Array;
  readonly #cacheBytes: Float64Array;

  constructor(settings: DeviceSettings, say: (message: FromDevice) => void) {
    this.#settings = settings;
    this.#say = say;
    this.#busySince = new Float64Array(settings.busySince);
    this.#cacheBytes = new Float64Array(settings.cacheBytes);
  }

  /** Takes one message. A fault of its epoch is told, not thrown. */
  async take(message: Exclude<ToDevice, { readonly kind: "stop" }>): Promise<void> {
    try {
      await this.#take(message);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#say({ kind: "epoch-failed", epoch: message.epoch, reason });
    }
  }

  /** Runs one ready step, or several in one batch; false if there is none. */
  async step(): Promise<boolean> {
    const firing = this.#program.next();
    if (!firing) return false;
    const others = this.#program.alongside;
    const { epoch, injection, step } = firing;
    const running = this.#running.get(epoch)?.get(injection);
    const startMs = now();
    this.#busySince[0] = startMs;
    try {
      if (others.length > 0) {
        await this.#runTogether([firing, ...others], startMs);
        return true;
      }
      const completion = await this.#run(firing, running!);
      running!.slices.push({ kind: "step", state: step.id, startMs, endMs: now() });
      this.#follow(completion, this.#mayGive(firing, completion));
    } catch (error) {
      this.#abort(epoch);
      while (this.#program.isRunning) this.#program.completed(null);
      const reason = `step ${step.id} (${step.operation.kind}) failed: ${(error as Error).message}`;
      this.#say({ kind: "epoch-failed", epoch, reason });
    } finally {
      this.#busySince[0] = 0;
    }
    return true;
  }

  async release(): Promise<void> {
    for (const { compute } of this.#models.values()) await compute.release();
  }

  async #take(message: Exclude<ToDevice, { readonly kind: "stop" }>): Promise<void> {
    const { epoch } = message;
    switch (message.kind) {
      case "open-epoch": {
        raise(this.#program.openEpoch(epoch));
        await this.#openModel(epoch, message.model, message.parts);
        this.#running.set(epoch, new Map());
        this.#readHere.set(epoch, new Map());
        this.#say({ kind: "epoch-ready", epoch });
        return;
      }
      case "plan":
        raise(this.#program.definePlan(epoch, message.plan, message.steps, message.receives));
        this.#readHere
          .get(epoch)
          ?.set(message.plan, new Set(message.steps.flatMap(({ operation }) => statesOf(operation))));
        return;
      case "inject": {
        const injections = this.#running.get(epoch);
        if (!injections || !this.#program.hasPlan(epoch, message.plan)) return;
        const { compute } = this.#models.get(this.#modelOf.get(epoch)!)!;
        const computation = compute.begin(message.rows, this.#cacheOf(epoch));
        const slices = injections.get(message.injection)?.slices ?? [];
        injections.set(message.injection, { computation, slices, merging: new Map() });
        const goesOn = message.rows.every(({ cached }) => (cached?.past ?? 0) > 0);
        const stepRows = goesOn ? message.rows.length : 0;
        raise(this.#program.inject(epoch, message.injection, message.plan, stepRows));
        return;
      }
      case "frame": {
        const { injection, state, payload, piece } = message;
        const at = now();
        const injections = this.#running.get(epoch);
        const begun = injections?.get(injection);
        const running: RunningInjection = begun ?? { computation: null, slices: [], merging: new Map() };
        if (isLastPiece(piece)) running.slices.push({ kind: "receive", state, startMs: at, endMs: at });
        injections?.set(injection, running);
        this.#received.add(payload.buffer);
        raise(this.#program.arrived(epoch, injection, state, payload, piece));
        return;
      }
      case "forget":
        for (const sequence of message.sequences) this.#caches.get(epoch)?.forget(sequence);
        this.#countCaches();
        return;
      case "abort-epoch":
        this.#abort(epoch);
        return;
      case "close-epoch": {
        const error = this.#program.closeEpoch(epoch);
        this.#abort(epoch);
        raise(error);
        return;
      }
    }
  }

  async #run(
    { epoch, injection, step, inputs, piece }: Firing<State>,
    { computation: begun, merging }: RunningInjection,
  ): Promise<Completion<State>> {
    const { operation } = step;
    const computation = begun!;
    const stateOf = (id: StateId): State => inputs.get(id)!;
    if (operation.kind === "accumulate" && piece) {
      const { begin, end, total } = piece;
      const partOf = (id: StateId): State =>
        id === operation.sum ? stateOf(id) : stateOf(id).subarray(begin, end);
      const part = await computation.run(operation, partOf, step.id);
      if (!operation.isLast) return this.#program.completed(part);
      const whole = merging.get(step.id) ?? unwritten(total);
      whole.set(part, begin);
      merging.set(step.id, whole);
      if (!isLastPiece(piece)) return this.#program.completed(null);
      merging.delete(step.id);
      return this.#program.completed(whole);
    }
    if (operation.kind === "probe") {
      const values = computation.probe(operation.measure, operation.inputs.map(stateOf));
      this.#say({ kind: "probed", epoch, injection, probe: operation.probe, values });
      return this.#program.completed(null);
    }
    if (operation.kind !== "head") {
      return this.#program.completed(await computation.run(operation, stateOf, step.id));
    }
    if (computation.generates) {
      const tokens = await computation.next(stateOf(operation.input));
      this.#say({ kind: "generated", epoch, injection, head: operation.head, tokens });
      return this.#program.completed(null);
    }
    const { logprobs, isGreedy } = await computation.head(stateOf(operation.input));
    this.#say({ kind: "scored", epoch, injection, head: operation.head, logprobs, isGreedy });
    return this.#program.completed(null);
  }

  /** Like steps of micro-batches that go on with sequences. What they took is shared out by rows. */
  async #runTogether(firings: readonly Firing<State>[], startMs: number): Promise<void> {
    const { epoch } = firings[0]!;
    const injections = this.#running.get(epoch)!;
    const steps = firings.map(({ injection, step: { id, operation }, inputs }): JointStep => {
      const { rows } = injections.get(injection)!.computation!;
      const input = "input" in operation ? inputs.get(operation.input)! : null;
      return { rows, operation: operation as JointStep["operation"], input, id };
    });
    const { compute } = this.#models.get(this.#modelOf.get(epoch)!)!;
    const outputs = await compute.together(steps, this.#cacheOf(epoch));
    const msPerRow = (now() - startMs) / steps.reduce((rows, step) => rows + step.rows.length, 0);
    let sinceMs = startMs;
    for (const [i, firing] of firings.entries()) {
      const { injection, step } = firing;
      const endMs = sinceMs + msPerRow * steps[i]!.rows.length;
      injections.get(injection)!.slices.push({ kind: "step", state: step.id, startMs: sinceMs, endMs });
      sinceMs = endMs;
      const output = outputs[i]!;
      if (output instanceof Float32Array) {
        const completion = this.#program.completed(output);
        this.#follow(completion, this.#mayGive(firing, completion));
        continue;
      }
      const { head } = step.operation as Extract<Operation, { readonly kind: "head" }>;
      this.#say({ kind: "generated", epoch, injection, head, tokens: output });
      this.#follow(this.#program.completed(null), false);
    }
  }

  /** Whether the step's output goes out as it is: nothing here reads it, and no other state shares its buffer. */
  #mayGive({ epoch, plan, inputs }: Firing<State>, { sends, step }: Completion<State>): boolean {
    const payload = sends[0]?.payload;
    if (!payload || this.#readHere.get(epoch)?.get(plan)?.has(step.id)) return false;
    const isAlone = payload.byteLength === payload.buffer.byteLength || this.#received.has(payload.buffer);
    if (!isAlone) return false;
    const sum = step.operation.kind === "accumulate" ? step.operation.sum : null;
    return ![...inputs].some(([id, input]) => id !== sum && input === payload);
  }

  #follow({ epoch, injection, step, sends, finished }: Completion<State>, mayGive: boolean): void {
    const [first] = sends;
    if (first) {
      const to = sends.map((send) => send.to);
      const payload = mayGive ? first.payload : first.payload.slice();
      const { piece, isRunningSum } = first;
      this.#say({ kind: "frame", to, epoch, injection, state: step.id, payload, piece, isRunningSum });
    }
    if (finished) {
      const injections = this.#running.get(epoch)!;
      this.#say({ kind: "finished", epoch, injection, slices: injections.get(injection)!.slices });
      injections.delete(injection);
      this.#countCaches();
    }
  }

  #cacheOf(epoch: number): KeyValueCache {
    const known = this.#caches.get(epoch);
    if (known) return known;
    const cache = new KeyValueCache();
    this.#caches.set(epoch, cache);
    return cache;
  }

  #countCaches(): void {
    this.#cacheBytes[0] = [...this.#caches.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #abort(epoch: number): void {
    this.#program.abortEpoch(epoch);
    this.#running.delete(epoch);
    this.#caches.delete(epoch);
    this.#countCaches();
    this.#readHere.delete(epoch);
    const modelDir = this.#modelOf.get(epoch);
    if (modelDir === undefined) return;
    this.#modelOf.delete(epoch);
    this.#models.get(modelDir)!.parts.delete(epoch);
  }

  /** Sessions of parts that no open epoch needs are let go of here, so that an epoch's end costs nothing. */
  async #openModel(
    epoch: number,
    { dir: modelDir, manifest }: StoredModel,
    parts: readonly string[],
  ): Promise<void> {
    for (const [dir, { compute, parts: needed }] of this.#models) {
      if (dir === modelDir || needed.size > 0) continue;
      this.#models.delete(dir);
      await compute.release();
    }
    const { threads, simulated } = this.#settings;
    const model = this.#models.get(modelDir) ?? {
      compute: simulated ? new SimulatedCompute(simulated) : new ModelCompute(modelDir, manifest, threads),
      parts: new Map(),
    };
    this.#models.set(modelDir, model);
    model.parts.set(epoch, parts);
    this.#modelOf.set(epoch, modelDir);
    await model.compute.keep([...new Set([...model.parts.values()].flat())]);
  }
}

function raise(error: Error | null): void {
  if (error) throw error;
}

function now(): number {
  return performance.timeOrigin + performance.now();
}
