// What must hold after every step of a history, whatever fails.
import type { DispatchAction, DispatchStatus } from "../../coordinator/cluster/dispatch.js";
import type { VisitId } from "../../coordinator/graph/sweep-graph.js";
import type { PlacePlan, PlaceStep } from "../../coordinator/placement/place-plan.js";
import type { PlaceIndex } from "../../coordinator/placement/placement.js";
import type { TokenRow } from "../../models/token-row.js";
import type { ToWorker } from "../../proto/messages.js";
import type { PlaceProgram } from "../../worker/place-program.js";
import { hiddenSize, type Sweep } from "./sweep.js";
import { expectedTokens } from "./toy-generation.js";
import { expectedProbe, expectedScores, type ToyState } from "./toy-model.js";

export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
}

export function hold(condition: boolean, broken: string): asserts condition {
  if (!condition) throw new BrokenInvariant(broken);
}

type Recorded = Extract<DispatchAction, { readonly kind: "record" }>;

export class Invariants {
  readonly #sweep: Sweep;
  /** By head and document. Durable, like lastEpoch: they outlive the coordinator. */
  readonly ledger = new Map<string, readonly number[]>();
  lastEpoch = -1;
  readonly failed = new Set<string>();
  /** Workers lost so far, by whatever cause. */
  losses = 0;
  readonly #expected = new Map<string, readonly number[]>();
  readonly #bounds = new WeakMap<readonly PlaceStep[], number>();
  /** By epoch, plan and place. */
  readonly #planBounds = new Map<string, number>();
  /** By epoch and injection. */
  readonly #injections = new Map<string, { readonly plan: number; readonly tokens: number }>();

  constructor(sweep: Sweep) {
    this.#sweep = sweep;
  }

  isMissing(head: VisitId, document: number): boolean {
    return this.#sweep.missing(head, document) && !this.ledger.has(`${head}/${document}`);
  }

  compiled(plans: ReadonlyMap<PlaceIndex, PlacePlan>): void {
    for (const { steps, boundStates } of plans.values()) this.#bounds.set(steps, boundStates);
  }

  persisted(epoch: number): void {
    hold(epoch > this.lastEpoch, `epoch ${epoch} is persisted after ${this.lastEpoch}`);
    this.lastEpoch = epoch;
  }

  told(message: ToWorker): void {
    switch (message.kind) {
      case "open-epoch":
        hold(
          message.epoch === this.lastEpoch,
          `epoch ${message.epoch} is opened, ${this.lastEpoch} is durable`,
        );
        break;
      case "plan": {
        const bound = this.#bounds.get(message.steps);
        hold(bound !== undefined, "a plan is told that was not compiled");
        this.#planBounds.set(`${message.epoch}/${message.plan}/${message.place}`, bound);
        break;
      }
      case "inject": {
        const { epoch, injection, plan, rows } = message;
        this.#injections.set(`${epoch}/${injection}`, { plan, tokens: paddedTokens(rows) });
        break;
      }
      case "welcome":
      case "abort-epoch":
      case "close-epoch":
      case "forget":
      case "goodbye":
        break;
    }
  }

  status({ epochs }: DispatchStatus): void {
    hold(epochs.length <= 2, `${epochs.length} epochs live`);
    hold(epochs.filter(({ state }) => state === "live").length <= 1, "two epochs take injections");
  }

  recorded({ head, documents, logprobs, missing }: Recorded): void {
    let at = 0;
    for (const [i, document] of documents.entries()) {
      const key = `${head}/${document}`;
      const expected = this.#expectedOf(head, document);
      const scores = [...logprobs.subarray(at, at + expected.length)];
      at += expected.length;
      hold(this.#sweep.missing(head, document), `record ${key} was in the ledger before`);
      hold(
        missing[i] === !this.ledger.has(key),
        `record ${key} is called ${missing[i] ? "" : "not "}missing`,
      );
      hold(sameBits(scores, expected), `record ${key} is ${scores}, not ${expected}`);
      this.ledger.set(key, scores);
    }
    hold(at === logprobs.length, "a record has the scores of its documents");
  }

  generated({
    head,
    document,
    tokens,
    isOver,
  }: Extract<DispatchAction, { readonly kind: "generated" }>): void {
    const key = `${head}/${document}`;
    const expected = this.#expectedOf(head, document);
    hold(this.#sweep.missing(head, document), `text ${key} was not wanted`);
    hold(!this.ledger.has(key), `text ${key} goes on after its end`);
    hold(sameBits(tokens, expected.slice(0, tokens.length)), `text ${key} is ${tokens}, not ${expected}`);
    hold(isOver === (tokens.length === expected.length), `text ${key} ends after ${tokens.length} tokens`);
    if (isOver) this.ledger.set(key, tokens);
  }

  probed({ probe, documents, values }: Extract<DispatchAction, { readonly kind: "probe" }>): void {
    let at = 0;
    for (const document of documents) {
      const key = `${probe}/${document}`;
      const { rows } = this.#sweep.documents[document]!;
      const expected = expectedProbe(this.#sweep.graph, probe, rows);
      const found = values.subarray(at, at + expected.length);
      at += expected.length;
      hold(this.#sweep.missing(probe, document), `probe ${key} was not wanted`);
      hold(!this.ledger.has(key), `probe ${key} comes twice`);
      hold(sameBits([...found], [...expected]), `probe ${key} found something else`);
      this.ledger.set(key, [...found]);
    }
    hold(at === values.length, "a probe has the values of its documents");
  }

  documentFailed({
    document,
    heads,
    reason,
  }: Extract<DispatchAction, { readonly kind: "document-failed" }>): void {
    hold(this.losses >= 3, `document ${document} is given up after ${this.losses} losses: ${reason}`);
    for (const head of heads) this.failed.add(`${head}/${document}`);
  }

  /** At the end of the sweep. @param onlyPoison no worker was lost but by the poisoned document */
  complete(onlyPoison: boolean): void {
    for (const head of this.#sweep.scheduleOf.keys()) {
      for (const document of this.#sweep.documents.keys()) {
        if (!this.isMissing(head, document)) continue;
        hold(this.failed.has(`${head}/${document}`), `record ${head}/${document} is missing at the end`);
        const isInnocent = onlyPoison && document !== this.#sweep.poisoned;
        hold(!isInnocent, `document ${document} is given up for what another did`);
      }
    }
  }

  /** What a device holds is within what was reserved there, and that within what it has. */
  device(
    name: string,
    program: PlaceProgram<ToyState>,
    cachedBytes: number,
    placeOf: (epoch: number) => PlaceIndex,
  ): void {
    let reservedBytes = cachedBytes;
    for (const { epoch, injection, states } of program.liveStates()) {
      const injected = this.#injections.get(`${epoch}/${injection}`);
      hold(
        injected !== undefined,
        `${name} has injection ${injection} of epoch ${epoch}, which nobody injected`,
      );
      const bound = this.#planBounds.get(`${epoch}/${injected.plan}/${placeOf(epoch)}`);
      hold(bound !== undefined, `${name} has an injection whose plan has no step there`);
      hold(
        states <= bound + 1e-9,
        `${name} holds ${states} states of injection ${injection}, ${bound} were reserved`,
      );
      reservedBytes += bound * injected.tokens * hiddenSize * 4;
    }
    const allowed = this.#sweep.limits.stateBytes;
    hold(reservedBytes <= allowed, `${reservedBytes} bytes are reserved on ${name}, which has ${allowed}`);
  }

  #expectedOf(head: VisitId, document: number): readonly number[] {
    const key = `${head}/${document}`;
    const known = this.#expected.get(key);
    if (known) return known;
    const { graph, scheduleOf, documents } = this.#sweep;
    const own = documents[document]!;
    const scores = own.generation
      ? expectedTokens(graph, head, own)
      : expectedScores(scheduleOf.get(head)!, own.rows);
    this.#expected.set(key, scores);
    return scores;
  }
}

function paddedTokens(rows: readonly TokenRow[]): number {
  return Math.max(2, rows.length * Math.max(...rows.map(({ tokens }) => tokens.length)));
}

function sameBits(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
