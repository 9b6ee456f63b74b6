// The program of one place (a device of a worker): what fires when, and what is held
// until then. A pure state machine: messages in, the step to run and frames out.
//
// An epoch is unknown, open, or dead (aborted or closed; for ever). Frames, plans and
// injections of an unknown or dead epoch are dropped without a word: they are late.
// A running sum may come in pieces: the step that adds to it then runs once for each, and sends what it made.
// In an open epoch an injection is announced (frames came, its inject message has not:
// they are held), running, or finished. One step runs at a time; it is the oldest
// injection's deepest ready step, but see below. The coordinator reserved memory for all of an
// injection before, so nothing but a missing input ever keeps a step from running.
// Injections that go on with sequences (decoding) under different plans run like steps in one batch: then "one step" is one
// of each of them, and the first part of the model that any of them is ready for goes first (shared-batch.ts).
import type { PlacePlan, PlaceStep, StateId } from "../coordinator/placement/place-plan.js";
import type { PlaceIndex } from "../coordinator/placement/placement.js";
import { isLastPiece, type Piece, shareOf } from "./piece.js";
import { PlaceError } from "./place-error.js";
import { PlaceInjection } from "./place-injection.js";
import { makesState, type PlaceSteps, readySteps } from "./place-steps.js";
import { maySharePart, mostRowsTogether, walkOrder } from "./shared-batch.js";

/** A step to run now. */
export interface Firing<T> {
  readonly epoch: number;
  readonly injection: number;
  readonly plan: number;
  readonly step: PlaceStep;
  /** The states its operation names. Not to be written to, but a running sum: other steps may read them still. */
  readonly inputs: ReadonlyMap<StateId, T>;
  /** The piece of the running sum that is its input; the same part of its other inputs is to be added. */
  readonly piece: Piece | null;
}

/** A frame for another place. */
export interface Outgoing<T> {
  readonly to: PlaceIndex;
  readonly epoch: number;
  readonly injection: number;
  readonly state: StateId;
  readonly payload: T;
  /** null: all of it. */
  readonly piece: Piece | null;
  /** The receiver can use it piece by piece. */
  readonly isRunningSum: boolean;
}

/** What follows from a step that ran. */
export interface Completion<T> {
  readonly epoch: number;
  readonly injection: number;
  readonly step: PlaceStep;
  /** The epoch died while the step ran: its output is of no use here. A score may still be told. */
  readonly discarded: boolean;
  readonly sends: readonly Outgoing<T>[];
  /** The injection's last step here; the place holds nothing of it any more. */
  readonly finished: boolean;
}

interface Early<T> {
  readonly state: StateId;
  readonly payload: T;
  readonly piece: Piece | null;
}

interface Running<T> {
  readonly plan: number;
  readonly states: PlaceInjection<T>;
  /** How many sequences it goes on with; 0: its rows are others. */
  readonly stepRows: number;
}

interface OpenEpoch<T> {
  readonly plans: Map<number, PlaceSteps>;
  readonly running: Map<number, Running<T>>;
  /** Frames that came before their inject message. */
  readonly announced: Map<number, Early<T>[]>;
  readonly finished: Set<number>;
}

/** T: a hidden state's payload. */
export class PlaceProgram<T> {
  readonly #epochs = new Map<number, OpenEpoch<T>>();
  readonly #dead = new Set<number>();
  /** What runs, in the order of completed(). */
  #firings: readonly (Firing<T> & { readonly index: number })[] = [];

  openEpoch(epoch: number): PlaceError | null {
    if (this.#epochs.has(epoch)) return new PlaceError("an epoch is opened twice", epoch);
    if (this.#dead.has(epoch)) return new PlaceError("a dead epoch is opened again", epoch);
    this.#epochs.set(epoch, {
      plans: new Map(),
      running: new Map(),
      announced: new Map(),
      finished: new Set(),
    });
    return null;
  }

  definePlan(
    epoch: number,
    plan: number,
    steps: PlacePlan["steps"],
    receives: PlacePlan["receives"],
  ): PlaceError | null {
    const open = this.#epochs.get(epoch);
    if (!open) return null;
    if (open.plans.has(plan)) return new PlaceError(`plan ${plan} is defined twice`, epoch);
    const ready = readySteps(steps, receives);
    if ("wrong" in ready) return new PlaceError(`plan ${plan} cannot run: ${ready.wrong}`, epoch);
    open.plans.set(plan, ready);
    return null;
  }

  /** Whether this place has steps in a plan. */
  hasPlan(epoch: number, plan: number): boolean {
    return this.#epochs.get(epoch)?.plans.has(plan) ?? false;
  }

  /** @param stepRows how many rows, if they are the next tokens of sequences */
  inject(epoch: number, injection: number, plan: number, stepRows = 0): PlaceError | null {
    const open = this.#epochs.get(epoch);
    if (!open) return null;
    const steps = open.plans.get(plan);
    if (!steps) return new PlaceError(`plan ${plan} is not known`, epoch, injection);
    if (open.running.has(injection) || open.finished.has(injection)) {
      return new PlaceError("an injection came twice", epoch, injection);
    }
    const states = new PlaceInjection<T>(steps);
    open.running.set(injection, { plan, states, stepRows });
    const early = open.announced.get(injection) ?? [];
    open.announced.delete(injection);
    for (const { state, payload, piece } of early) {
      const refusal = states.refusal(state, piece);
      if (refusal !== null) return new PlaceError(refusal, epoch, injection, state);
      states.receive(state, payload, piece);
    }
    return null;
  }

  /** A hidden state came from another place, or a piece of a running sum, in order. */
  arrived(
    epoch: number,
    injection: number,
    state: StateId,
    payload: T,
    piece: Piece | null = null,
  ): PlaceError | null {
    const open = this.#epochs.get(epoch);
    if (!open) return null;
    if (open.finished.has(injection)) {
      return new PlaceError("a state arrived for a finished injection", epoch, injection, state);
    }
    const running = open.running.get(injection);
    if (!running) {
      const early = open.announced.get(injection) ?? [];
      open.announced.set(injection, early);
      if (early.some((other) => other.state === state && other.piece?.begin === piece?.begin)) {
        return new PlaceError("a state arrived twice", epoch, injection, state);
      }
      early.push({ state, payload, piece });
      return null;
    }
    const refusal = running.states.refusal(state, piece);
    if (refusal !== null) return new PlaceError(refusal, epoch, injection, state);
    running.states.receive(state, payload, piece);
    return null;
  }

  /** The step to run now, if one is ready and none runs. It must be followed by completed(). */
  next(): Firing<T> | null {
    if (this.#firings.length > 0) return null;
    let oldest: { readonly epoch: number; readonly injection: number } | null = null;
    for (const [epoch, { running }] of this.#epochs) {
      for (const [injection, { states }] of running) {
        if (!states.isReady) continue;
        const older =
          !oldest || epoch < oldest.epoch || (epoch === oldest.epoch && injection < oldest.injection);
        if (older) oldest = { epoch, injection };
      }
    }
    if (!oldest) return null;
    const { epoch, injection } = oldest;
    const { plan, states, stepRows } = this.#epochs.get(epoch)!.running.get(injection)!;
    this.#firings = stepRows > 0 ? this.#sharing(epoch) : [{ epoch, injection, plan, ...states.take() }];
    return this.#firings[0]!;
  }

  get isRunning(): boolean {
    return this.#firings.length > 0;
  }

  /** Steps to run in one batch with the one of next(). completed() must follow for each, in this order. */
  get alongside(): readonly Firing<T>[] {
    return this.#firings.slice(1);
  }

  /** Of injections that go on, each plan's oldest one that is ready: those at the first part in the model's order. */
  #sharing(epoch: number): readonly (Firing<T> & { readonly index: number })[] {
    const { running } = this.#epochs.get(epoch)!;
    const oldest = new Map<number, number>();
    for (const [injection, { plan, states, stepRows }] of running) {
      if (stepRows === 0 || !states.isReady) continue;
      if (injection < (oldest.get(plan) ?? Infinity)) oldest.set(plan, injection);
    }
    const candidates = [...oldest.values()]
      .map((injection) => ({ ...running.get(injection)!, injection }))
      .map((candidate) => ({ ...candidate, step: candidate.states.firstInWalk }))
      .sort((a, b) => walkOrder(a.step.operation) - walkOrder(b.step.operation) || a.injection - b.injection);
    const first = candidates[0]!;
    let rows = 0;
    return candidates
      .filter((candidate) => {
        if (candidate === first) return true;
        return maySharePart(candidate.step.operation, first.step.operation);
      })
      .filter(({ stepRows }, i) => {
        rows += stepRows;
        return i === 0 || rows <= mostRowsTogether;
      })
      .map(({ plan, injection, states, step }) => ({ epoch, injection, plan, ...states.take(step) }));
  }

  /**
   * The first of the steps that run is over.
   * @param output the state the step made, or the piece of a running sum; null for a head or a probe, and for the pieces of
   * a merge's last run before the last one, with which comes the whole result
   */
  completed(output: T | null): Completion<T> {
    const [firing, ...others] = this.#firings;
    if (!firing) throw new Error("completed() without a step that runs");
    const { epoch, injection, step, index, piece } = firing;
    this.#firings = others;
    const open = this.#epochs.get(epoch);
    const running = open?.running.get(injection);
    if (!open || !running) {
      return { epoch, injection, step, discarded: true, sends: [], finished: false };
    }
    const isRunningSum = step.operation.kind === "accumulate" && !step.operation.isLast;
    const isDue = makesState(step.operation) && (isRunningSum || isLastPiece(piece));
    if (isDue !== (output !== null)) {
      throw new Error(`step ${step.id} made no state`);
    }
    const { states } = running;
    states.complete(index, output);
    const sends: readonly Outgoing<T>[] =
      output === null
        ? []
        : step.sendTo.map((to) => {
            const part = { piece: isRunningSum ? piece : null, isRunningSum };
            return { to, epoch, injection, state: step.id, payload: output, ...part };
          });
    if (states.isFinished) {
      open.running.delete(injection);
      open.finished.add(injection);
    }
    return { epoch, injection, step, discarded: false, sends, finished: states.isFinished };
  }

  /** Drops everything of the epoch, for ever; known or not. */
  abortEpoch(epoch: number): void {
    this.#epochs.delete(epoch);
    this.#dead.add(epoch);
  }

  /** Ends an epoch in which nothing is left to do. */
  closeEpoch(epoch: number): PlaceError | null {
    const open = this.#epochs.get(epoch);
    this.abortEpoch(epoch);
    const left = (open?.running.size ?? 0) + (open?.announced.size ?? 0);
    return left > 0 ? new PlaceError(`an epoch is closed with ${left} injections in it`, epoch) : null;
  }

  /** Epochs that are neither unknown nor dead. */
  openEpochs(): readonly number[] {
    return [...this.#epochs.keys()];
  }

  /** States held of every injection, in pieces or whole, the running step's output included. */
  liveStates(): readonly { readonly epoch: number; readonly injection: number; readonly states: number }[] {
    const live = [];
    for (const [epoch, { running, announced }] of this.#epochs) {
      for (const [injection, early] of announced) {
        live.push({ epoch, injection, states: early.reduce((sum, { piece }) => sum + shareOf(piece), 0) });
      }
      for (const [injection, { states }] of running) {
        live.push({ epoch, injection, states: states.liveStates + this.#outputOf(epoch, injection) });
      }
    }
    return live;
  }

  /** How much of a state the running steps make for an injection. */
  #outputOf(epoch: number, injection: number): number {
    const firing = this.#firings.find((each) => each.epoch === epoch && each.injection === injection);
    return firing && makesState(firing.step.operation) ? shareOf(firing.piece) : 0;
  }
}
