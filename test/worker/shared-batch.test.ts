// Steps that several schedules' sequences run in one batch.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation, PlaceStep } from "../../coordinator/placement/place-plan.js";
import { PlaceProgram } from "../../worker/place-program.js";

const step = (id: number, depth: number, operation: Operation): PlaceStep => {
  return { id, operation, sendTo: [], depth };
};
const part = (layer: number, input: number): Operation => ({ kind: "layer", layer, input });
const head = (input: number): Operation => ({ kind: "head", head: 9, input });

/** Two schedules' steps: 0..2, and 1..2. */
function decoding(): PlaceProgram<string> {
  const program = new PlaceProgram<string>();
  assert.equal(program.openEpoch(1), null);
  const long = [
    step(0, 0, { kind: "embed" }),
    step(1, 1, part(0, 0)),
    step(2, 2, part(1, 1)),
    step(9, 3, head(2)),
  ];
  assert.equal(program.definePlan(1, 0, long, []), null);
  const short = [step(0, 0, { kind: "embed" }), step(3, 1, part(1, 0)), step(8, 2, head(3))];
  assert.equal(program.definePlan(1, 1, short, []), null);
  return program;
}

/** Batches, as `injection:step` joined by +. */
function runBatches(program: PlaceProgram<string>): string[] {
  const ran: string[] = [];
  for (let firing = program.next(); firing; firing = program.next()) {
    const batch = [firing, ...program.alongside];
    ran.push(batch.map(({ injection, step: fired }) => `${injection}:${fired.id}`).join("+"));
    for (const { step: fired } of batch) {
      program.completed(fired.operation.kind === "head" ? null : `s${fired.id}`);
    }
    assert.equal(program.isRunning, false);
  }
  return ran;
}

test("next() runs what goes on under different plans in one batch, and waits with the later part for who lags behind", () => {
  const program = decoding();
  program.inject(1, 0, 0, 1);
  program.inject(1, 1, 1, 1);
  assert.deepEqual(runBatches(program).join(" "), "0:0+1:0 0:1 0:2+1:3 0:9+1:8");
});

test("next() never puts two injections of one plan, or one that does not go on, into a batch", () => {
  const program = decoding();
  program.inject(1, 0, 1, 1);
  program.inject(1, 1, 1, 1);
  program.inject(1, 2, 0);
  assert.deepEqual(runBatches(program).join(" "), "0:0 0:3 0:8 1:0 1:3 1:8 2:0 2:1 2:2 2:9");
});

test("next() puts no more than 64 rows into a batch, but for those of one injection", () => {
  const program = decoding();
  program.inject(1, 0, 0, 60);
  program.inject(1, 1, 1, 5);
  assert.deepEqual(runBatches(program).slice(0, 2), ["0:0", "1:0"]);
});

test("liveStates() counts the output of every step of a batch", () => {
  const program = decoding();
  program.inject(1, 0, 0, 1);
  program.inject(1, 1, 1, 1);
  program.next();
  const live = (): readonly number[] => program.liveStates().map(({ states }) => states);
  assert.deepEqual(live(), [1, 1]);
  program.completed("s0");
  assert.deepEqual(live(), [1, 1], "made, and being made");
  program.abortEpoch(1);
  assert.equal(program.completed("s0").discarded, true);
});
