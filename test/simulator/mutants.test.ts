// The invariants can fail: dispatchers and programs with one fault each are caught.
// And the histories are rich enough: what they are for does happen in them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DispatchAction, DispatchEvent } from "../../coordinator/cluster/dispatch.js";
import { Dispatcher } from "../../coordinator/cluster/dispatcher.js";
import { Reservations } from "../../coordinator/cluster/reservations.js";
import { Work } from "../../coordinator/cluster/work.js";
import type { StateId } from "../../coordinator/placement/place-plan.js";
import type { Piece } from "../../worker/piece.js";
import { type Completion, type Firing, PlaceProgram } from "../../worker/place-program.js";
import { type Parts, realParts } from "./parts.js";
import { explain, firstFailure } from "./run-histories.js";
import type { ToyState } from "./toy-model.js";

const seedsAtMost = 600;

function isCaught(mutation: Partial<Parts>, broken: RegExp): void {
  const failure = firstFailure(0, seedsAtMost, { ...realParts, ...mutation });
  assert.ok(failure, `not caught in ${seedsAtMost} histories`);
  assert.match(failure.message, broken);
}

test("a dispatcher that does not wait for reservations is caught", () => {
  class Careless extends Reservations {
    override fits(): boolean {
      return true;
    }
  }
  const dispatcher: Parts["dispatcher"] = (options) =>
    new Dispatcher(options, { reservations: new Careless(options.limits.stateBytes) });
  isCaught({ dispatcher }, /bytes are reserved on .*, which has/);
});

test("a dispatcher that uses an epoch number again is caught", () => {
  const dispatcher: Parts["dispatcher"] = (options) => new Dispatcher({ ...options, nextEpoch: 0 });
  isCaught({ dispatcher }, /epoch 0 is persisted after/);
});

test("a dispatcher that opens an epoch before its number is durable is caught", () => {
  class Hasty extends Dispatcher {
    override handle(event: DispatchEvent): readonly DispatchAction[] {
      const isPersist = ({ kind }: DispatchAction): boolean => kind === "persist-epoch";
      const actions = super.handle(event);
      return [...actions.filter((action) => !isPersist(action)), ...actions.filter(isPersist)];
    }
  }
  isCaught({ dispatcher: (options) => new Hasty(options) }, /epoch \d+ is opened, -?\d+ is durable/);
});

test("a dispatcher that loses a document of an aborted epoch is caught", () => {
  class Forgetful extends Work {
    override putBack(heads: readonly number[], documents: readonly number[]): readonly number[] {
      return super.putBack(heads, documents.slice(1));
    }
  }
  const dispatcher: Parts["dispatcher"] = (options) =>
    new Dispatcher(options, { work: new Work(options.waves, options.documents, options.isMissing) });
  assert.equal(firstFailure(0, 20, { ...realParts, dispatcher }), null);
  const forgetful: Parts["dispatcher"] = (options) =>
    new Dispatcher(options, { work: new Forgetful(options.waves, options.documents, options.isMissing) });
  isCaught({ dispatcher: forgetful }, /no end/);
});

test("a dispatcher that gives up too early is caught", () => {
  class Impatient extends Work {
    override blame(document: number): void {
      for (let loss = 0; loss < 3; loss++) super.blame(document);
      this.giveUp(document);
    }
  }
  const dispatcher: Parts["dispatcher"] = (options) =>
    new Dispatcher(options, { work: new Impatient(options.waves, options.documents, options.isMissing) });
  isCaught({ dispatcher }, /given up|missing at the end/);
});

test("a dispatcher that mixes up what a probe found is caught", () => {
  class Muddled extends Dispatcher {
    override handle(event: DispatchEvent): readonly DispatchAction[] {
      return super
        .handle(event)
        .map((action) =>
          action.kind === "probe" ? { ...action, documents: action.documents.toReversed() } : action,
        );
    }
  }
  isCaught({ dispatcher: (options) => new Muddled(options) }, /found something else|of its documents/);
});

test("a dispatcher that records twice and different is caught", () => {
  class Unsteady extends Dispatcher {
    override handle(event: DispatchEvent): readonly DispatchAction[] {
      return super.handle(event).flatMap((action) => {
        if (action.kind !== "record" || action.logprobs.length === 0) return [action];
        const logprobs = action.logprobs.map((value) => Math.fround(value + 1e-3));
        return [action, { ...action, logprobs, missing: action.missing.map(() => false) }];
      });
    }
  }
  isCaught({ dispatcher: (options) => new Unsteady(options) }, /record \d+\/\d+ is .*, not/);
});

test("a program that keeps the frames of a dead epoch is caught", () => {
  class Undead extends PlaceProgram<ToyState> {
    override abortEpoch(): void {}
  }
  isCaught({ program: () => new Undead() }, /which is dead|are reserved on/);
});

test("a program that mixes up its states is caught", () => {
  class Confused extends PlaceProgram<ToyState> {
    #last: ToyState | null = null;
    override arrived(
      epoch: number,
      injection: number,
      state: StateId,
      payload: ToyState,
      piece: Piece | null = null,
    ): ReturnType<PlaceProgram<ToyState>["arrived"]> {
      const before = this.#last?.length === payload.length ? this.#last : payload;
      this.#last = payload;
      return super.arrived(epoch, injection, state, before, piece);
    }
  }
  isCaught({ program: () => new Confused() }, /record \d+\/\d+ is .*, not/);
});

test("a dispatcher that reserves nothing for keys and values is caught", () => {
  const dispatcher: Parts["dispatcher"] = (options) => {
    const documents = options.documents.map(({ rows, generation }) =>
      generation ? { rows, generation: { ...generation, cacheBytesPerToken: 0 } } : { rows },
    );
    return new Dispatcher({ ...options, documents });
  };
  isCaught({ dispatcher }, /bytes are reserved on .*, which has/);
});

test("a dispatcher whose texts go on elsewhere than their prompt was is caught", () => {
  const dispatcher: Parts["dispatcher"] = (options) => {
    const { compile } = options.ports;
    const ports: typeof options.ports = {
      ...options.ports,
      compile: (graph, heads, group, placement, _among, gathers) =>
        compile(graph, heads, group, placement, heads, gathers),
    };
    return new Dispatcher({ ...options, ports });
  };
  isCaught({ dispatcher }, /visit \d+ saw \d+ tokens of sequence/);
});

test("a program that mixes up the steps of a batch is caught", () => {
  class Shuffled extends PlaceProgram<ToyState> {
    override get alongside(): readonly Firing<ToyState>[] {
      return super.alongside.toReversed();
    }
  }
  isCaught({ program: () => new Shuffled() }, /made no state|text \d+\/\d+ is .*, not|\d tokens/);
});

test("what the histories are for happens in them", () => {
  const seen = new Map<string, number>();
  const saw = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  class Watched extends Dispatcher {
    override handle(event: DispatchEvent): readonly DispatchAction[] {
      const actions = super.handle(event);
      for (const action of actions) {
        if (action.kind === "record" && action.missing.includes(false)) saw("a record that was known");
        if (action.kind === "document-failed") saw("a document is given up");
        if (action.kind === "generated" && action.tokens.length === 1) this.#begins(action);
        if (action.kind === "note" && action.redispatchMs !== undefined) saw("injected again after a loss");
        if (action.kind === "note" && action.text.includes("stands still")) saw("frames lost in silence");
        if (action.kind === "disconnect" && action.reason.includes("at one step")) saw("an overdue device");
        if (action.kind === "disconnect" && action.reason.includes("no sign")) saw("a lease that ended");
        if (action.kind === "disconnect" && action.reason === "drained") saw("a drained worker");
      }
      const { epochs } = this.status();
      if (epochs[0]?.state === "running-out" && epochs[1]?.state === "live") saw("an epoch runs out");
      return actions;
    }

    readonly #begun = new Set<string>();

    #begins({ head, document }: { readonly head: number; readonly document: number }): void {
      const text = `${head}/${document}`;
      if (this.#begun.has(text)) saw("a text begins again");
      this.#begun.add(text);
    }
  }
  class WatchedProgram extends PlaceProgram<ToyState> {
    override completed(output: ToyState | null): Completion<ToyState> {
      const completion = super.completed(output);
      if (completion.discarded) saw("a step outlived by its epoch");
      if (completion.sends.some(({ piece }) => piece !== null)) saw("a piece of a running sum");
      return completion;
    }
    override inject(
      epoch: number,
      injection: number,
      plan: number,
      stepRows: number,
    ): ReturnType<PlaceProgram<ToyState>["inject"]> {
      const live = this.liveStates().some((of) => of.epoch === epoch && of.injection === injection);
      if (live) saw("frames before their injection");
      return super.inject(epoch, injection, plan, stepRows);
    }
    override next(): Firing<ToyState> | null {
      const firing = super.next();
      if (this.alongside.length > 0) saw("steps of several schedules in one batch");
      return firing;
    }
    override arrived(
      ...of: Parameters<PlaceProgram<ToyState>["arrived"]>
    ): ReturnType<PlaceProgram<ToyState>["arrived"]> {
      if (!this.openEpochs().includes(of[0])) saw("a frame of a dead epoch");
      return super.arrived(...of);
    }
  }
  const parts: Parts = {
    dispatcher: (options) => new Watched(options),
    program: () => new WatchedProgram(),
  };
  const failure = firstFailure(6300, 7500, parts);
  if (failure) assert.fail(explain(failure, parts));
  const wanted = [
    "a document is given up",
    "a drained worker",
    "a frame of a dead epoch",
    "a lease that ended",
    "a piece of a running sum",
    "a record that was known",
    "a step outlived by its epoch",
    "a text begins again",
    "an epoch runs out",
    "an overdue device",
    "frames before their injection",
    "frames lost in silence",
    "injected again after a loss",
    "steps of several schedules in one batch",
  ];
  assert.deepEqual([...seen.keys()].sort(), wanted, JSON.stringify([...seen]));
});
