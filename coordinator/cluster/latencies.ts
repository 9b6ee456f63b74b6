// How long each schedule's steps took, measured while a sweep runs: its critical path, below which
// no placement comes, and all its work. Of shared steps every schedule counts the whole time. Pure.
import type { ToCoordinator, ToWorker } from "../../proto/messages.js";
import type { VisitId } from "../graph/sweep-graph.js";
import { inputsOf, type PlaceStep, type StateId } from "../placement/place-plan.js";
import type { Latency } from "../results/ledger.js";

/** A plan over all its places. */
interface WholePlan {
  readonly places: Set<number>;
  readonly steps: Map<StateId, PlaceStep>;
  /** Of each head: the steps it needs, itself last. Made when first asked for. */
  ancestors: ReadonlyMap<VisitId, readonly StateId[]> | null;
}

interface Running {
  readonly plan: WholePlan;
  readonly tokens: number;
  readonly awaiting: Set<number>;
  readonly durationMs: Map<StateId, number>;
}

/** Listens to both directions of the control streams. Injections that do not finish count nothing. */
export class Latencies {
  readonly #plans = new Map<number, Map<number, WholePlan>>();
  readonly #running = new Map<number, Map<number, Running>>();
  readonly #sums = new Map<VisitId, Latency>();

  told(message: ToWorker): void {
    switch (message.kind) {
      case "plan": {
        const plans = entry(this.#plans, message.epoch, () => new Map<number, WholePlan>());
        const none = (): WholePlan => ({ places: new Set(), steps: new Map(), ancestors: null });
        const plan = entry(plans, message.plan, none);
        plan.places.add(message.place);
        for (const step of message.steps) plan.steps.set(step.id, step);
        return;
      }
      case "inject": {
        const plan = this.#plans.get(message.epoch)?.get(message.plan);
        if (!plan) return;
        const running = entry(this.#running, message.epoch, () => new Map<number, Running>());
        entry(running, message.injection, () => ({
          plan,
          tokens: message.rows.reduce((sum, row) => sum + row.tokens.length, 0),
          awaiting: new Set(plan.places),
          durationMs: new Map(),
        }));
        return;
      }
      case "abort-epoch":
      case "close-epoch":
        this.#plans.delete(message.epoch);
        this.#running.delete(message.epoch);
        return;
    }
  }

  heard(message: ToCoordinator): void {
    if (message.kind !== "finished") return;
    const running = this.#running.get(message.epoch)?.get(message.injection);
    if (!running) return;
    for (const { kind, state, startMs, endMs } of message.slices) {
      // A running sum is added piece by piece, a slice each.
      if (kind !== "step") continue;
      running.durationMs.set(state, (running.durationMs.get(state) ?? 0) + endMs - startMs);
    }
    running.awaiting.delete(message.place);
    if (running.awaiting.size > 0) return;
    this.#running.get(message.epoch)!.delete(message.injection);
    this.#add(running);
  }

  /** By head. */
  get sums(): ReadonlyMap<VisitId, Latency> {
    return this.#sums;
  }

  #add({ plan, tokens, durationMs }: Running): void {
    const doneMs = new Map<StateId, number>();
    plan.ancestors ??= ancestorsOfHeads(plan.steps);
    for (const [head, ancestors] of plan.ancestors) {
      let workMs = 0;
      for (const id of ancestors) {
        const own = durationMs.get(id) ?? 0;
        workMs += own;
        if (doneMs.has(id)) continue;
        const inputs = inputsOf(plan.steps.get(id)!.operation);
        doneMs.set(id, own + inputs.reduce((latest, input) => Math.max(latest, doneMs.get(input)!), 0));
      }
      const before = this.#sums.get(head) ?? { criticalPathMs: 0, workMs: 0, tokens: 0 };
      this.#sums.set(head, {
        criticalPathMs: before.criticalPathMs + doneMs.get(ancestors.at(-1)!)!,
        workMs: before.workMs + workMs,
        tokens: before.tokens + tokens,
      });
    }
  }
}

/** Depth is the longest way from the embedding, so by depth every step comes after its inputs. */
function ancestorsOfHeads(steps: ReadonlyMap<StateId, PlaceStep>): ReadonlyMap<VisitId, readonly StateId[]> {
  const heads = new Map<VisitId, readonly StateId[]>();
  for (const { id, operation } of steps.values()) {
    if (operation.kind !== "head") continue;
    const needed = new Set([id]);
    for (const each of needed) {
      for (const input of inputsOf(steps.get(each)!.operation)) needed.add(input);
    }
    const depthOf = (state: StateId): number => steps.get(state)!.depth;
    heads.set(
      operation.head,
      [...needed].sort((a, b) => depthOf(a) - depthOf(b)),
    );
  }
  return heads;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
