// The program of a place: what fires when, what is held, what is dropped, what is an error.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation, PlacePlan, PlaceStep } from "../../coordinator/placement/place-plan.js";
import type { Piece } from "../../worker/piece.js";
import { PlaceProgram } from "../../worker/place-program.js";

const step = (id: number, depth: number, operation: Operation, sendTo: readonly number[] = []): PlaceStep => {
  return { id, operation, sendTo, depth };
};
const layer = (input: number): Operation => ({ kind: "layer", layer: 0, input });
const head = (input: number): Operation => ({ kind: "head", head: 9, input });

/** embed 0 -> layers 1 and 2, layer 3 on 2, head on 3; 1 goes to place 5. */
const steps: PlacePlan["steps"] = [
  step(0, 0, { kind: "embed" }),
  step(1, 1, layer(0), [5]),
  step(2, 1, layer(0)),
  step(3, 2, layer(2)),
  step(9, 3, head(3)),
];

function opened(
  plan: PlacePlan["steps"] = steps,
  receives: PlacePlan["receives"] = [],
): PlaceProgram<string> {
  const program = new PlaceProgram<string>();
  assert.equal(program.openEpoch(1), null);
  assert.equal(program.definePlan(1, 0, plan, receives), null);
  return program;
}

/** Runs what is ready; outputs are named for their steps. */
function runAll(program: PlaceProgram<string>): string[] {
  const ran: string[] = [];
  for (let firing = program.next(); firing; firing = program.next()) {
    const { injection, step: fired } = firing;
    ran.push(`${injection}:${fired.id}`);
    program.completed(fired.operation.kind === "head" ? null : `s${fired.id}`);
  }
  return ran;
}

test("next() takes the oldest injection, then the deepest step, then the lowest id", () => {
  const program = opened();
  program.inject(1, 7, 0);
  program.inject(1, 4, 0);
  assert.deepEqual(runAll(program).join(" "), "4:0 4:1 4:2 4:3 4:9 7:0 7:1 7:2 7:3 7:9");
});

test("one step runs at a time, with the states it names", () => {
  const program = opened();
  program.inject(1, 0, 0);
  assert.equal(program.next()!.step.id, 0);
  assert.equal(program.next(), null);
  program.completed("zero");
  const firing = program.next()!;
  assert.deepEqual([...firing.inputs], [[0, "zero"]]);
  assert.throws(() => program.completed(null), /step 1 made no state/);
});

test("completed() sends, drops a state after its last reader, and says what is finished", () => {
  const program = opened();
  program.inject(1, 0, 0);
  const live = (): number | undefined => program.liveStates()[0]?.states;
  program.next();
  assert.equal(live(), 1, "the output of the step that runs");
  program.completed("s0");
  program.next();
  assert.equal(live(), 2);
  const { sends, finished } = program.completed("s1");
  assert.deepEqual(sends, [
    { to: 5, epoch: 1, injection: 0, state: 1, payload: "s1", piece: null, isRunningSum: false },
  ]);
  assert.equal(finished, false);
  assert.equal(live(), 1, "state 1 is read elsewhere only");
  program.next();
  program.completed("s2");
  assert.equal(live(), 1, "both readers of state 0 ran");
  program.next();
  program.completed("s3");
  program.next();
  assert.equal(live(), 1, "a head makes no state");
  assert.equal(program.completed(null).finished, true);
  assert.deepEqual(program.liveStates(), []);
  assert.equal(program.closeEpoch(1), null);
});

test("frames that come before their injection are held", () => {
  const program = opened([step(9, 1, head(4))], [{ state: 4, from: 2 }]);
  assert.equal(program.arrived(1, 3, 4, "early"), null);
  assert.deepEqual(program.liveStates(), [{ epoch: 1, injection: 3, states: 1 }]);
  assert.equal(program.next(), null);
  program.inject(1, 3, 0);
  assert.deepEqual([...program.next()!.inputs.values()], ["early"]);
  assert.equal(program.completed(null).finished, true);
});

/** A branch made here is added to a running sum that comes in pieces; layer 8 waits to be overtaken. */
function summing(isLast: boolean): PlaceProgram<string> {
  const rule = { rule: "mean", base: null, divideBy: isLast ? 2 : null, isLast } as const;
  const plan = [
    step(3, 1, { kind: "embed" }),
    step(5, 2, { kind: "accumulate", sum: 4, branches: [3], ...rule }, [1]),
    step(8, 1, layer(3)),
    step(9, 1, head(8)),
  ];
  return opened(plan, [{ state: 4, from: 2 }]);
}
const piece = (begin: number, end: number): Piece => ({ begin, end, total: 4 });

test("a running sum is added to piece by piece as it comes, other steps run in between", () => {
  const program = summing(false);
  assert.equal(program.arrived(1, 0, 4, "a", piece(0, 1)), null, "before its injection");
  program.inject(1, 0, 0);
  assert.equal(program.liveStates()[0]?.states, 0.25);
  program.next();
  program.completed("s3");
  const first = program.next()!;
  assert.deepEqual([first.step.id, first.piece, first.inputs.get(4)], [5, piece(0, 1), "a"]);
  assert.equal(program.liveStates()[0]?.states, 1.5, "branch, a quarter of the sum, a quarter of the output");
  assert.equal(program.arrived(1, 0, 4, "b", piece(1, 2)), null, "while the first is added");
  const sent = program.completed("A");
  assert.deepEqual(
    sent.sends.map(({ payload, piece: of, isRunningSum }) => [payload, of, isRunningSum]),
    [["A", piece(0, 1), true]],
  );
  assert.equal(sent.finished, false);
  assert.equal(program.next()!.inputs.get(4), "b");
  program.completed("B");
  assert.equal(program.next()!.step.id, 8, "nothing to add: something else runs");
  assert.equal(program.arrived(1, 0, 4, "cd", piece(2, 4)), null);
  program.completed("s8");
  assert.equal(program.next()!.inputs.get(4), "cd");
  assert.deepEqual(program.completed("CD").sends[0]?.piece, piece(2, 4));
  program.next();
  assert.equal(program.completed(null).finished, true);
  assert.deepEqual(program.liveStates(), []);
});

test("the last run of a merge sends its result whole", () => {
  const program = summing(true);
  program.inject(1, 0, 0);
  program.next();
  program.completed("s3");
  program.arrived(1, 0, 4, "a", piece(0, 2));
  program.next();
  assert.deepEqual(program.completed(null).sends, []);
  assert.equal(program.liveStates()[0]?.states, 1.5, "the branch and half of the result");
  program.arrived(1, 0, 4, "b", piece(2, 4));
  program.next();
  assert.throws(() => program.completed(null), /step 5 made no state/);
  const again = summing(true);
  again.inject(1, 0, 0);
  again.next();
  again.completed("s3");
  again.arrived(1, 0, 4, "ab");
  again.next();
  const [sent] = again.completed("AB").sends;
  assert.deepEqual([sent?.payload, sent?.piece, sent?.isRunningSum], ["AB", null, false]);
});

test("pieces that come twice, or of what is read whole, are errors", () => {
  const wrong = (state: number, pieces: readonly (Piece | null)[]): string => {
    const program = summing(false);
    program.inject(1, 0, 0);
    for (const of of pieces) {
      const error = program.arrived(1, 0, state, "x", of);
      if (error) return error.message;
    }
    return "";
  };
  assert.match(wrong(4, [piece(0, 2), piece(0, 2)]), /piece arrived twice/);
  assert.match(wrong(4, [piece(0, 2), null]), /piece arrived twice/);
  assert.match(wrong(4, [piece(0, 4), piece(0, 4)]), /arrived twice/);
  const whole = opened([step(9, 1, head(4))], [{ state: 4, from: 2 }]);
  whole.inject(1, 0, 0);
  assert.match(whole.arrived(1, 0, 4, "x", piece(0, 1))!.message, /read whole/);
});

test("a piece behind a gap is dropped: a link lost what was before it", () => {
  const program = summing(false);
  program.inject(1, 0, 0);
  runAll(program);
  assert.equal(program.arrived(1, 0, 4, "b", piece(1, 4)), null);
  assert.equal(program.next(), null);
  assert.equal(program.liveStates()[0]?.states, 1, "the branch");
});

test("everything of an unknown or dead epoch is dropped", () => {
  const program = opened([step(9, 1, head(4))], [{ state: 4, from: 2 }]);
  program.inject(1, 0, 0);
  program.arrived(1, 0, 4, "x");
  program.abortEpoch(1);
  for (const epoch of [1, 2]) {
    assert.equal(program.arrived(epoch, 0, 4, "x"), null);
    assert.equal(program.inject(epoch, 1, 0), null);
    assert.equal(program.definePlan(epoch, 1, steps, []), null);
    assert.equal(program.hasPlan(epoch, 0), false);
  }
  assert.equal(program.next(), null);
  assert.deepEqual(program.liveStates(), []);
});

test("a step that is outlived by its epoch is discarded, and the next epoch goes on", () => {
  const program = opened();
  program.inject(1, 0, 0);
  program.next();
  program.abortEpoch(1);
  program.openEpoch(2);
  program.definePlan(2, 0, steps, []);
  program.inject(2, 0, 0);
  assert.equal(program.next(), null, "the device is still at it");
  const { discarded, sends, finished } = program.completed("late");
  assert.deepEqual([discarded, sends, finished], [true, [], false]);
  assert.equal(runAll(program).length, 5);
});

test("the older of two epochs goes first", () => {
  const program = opened();
  program.openEpoch(2);
  program.definePlan(2, 0, steps, []);
  program.inject(2, 8, 0);
  program.inject(1, 9, 0);
  assert.equal(program.next()!.epoch, 1);
});

test("what breaks the protocol is returned as an error that names it", () => {
  const program = opened([step(9, 1, head(4))], [{ state: 4, from: 2 }]);
  const is = (error: Error | null, message: string): void => assert.equal(error?.message, message);
  is(program.inject(1, 0, 3), "plan 3 is not known (epoch 1, injection 0)");
  program.inject(1, 0, 0);
  is(program.inject(1, 0, 0), "an injection came twice (epoch 1, injection 0)");
  is(
    program.arrived(1, 0, 6, "x"),
    "a state arrived that no step here receives (epoch 1, injection 0, state 6)",
  );
  program.arrived(1, 0, 4, "x");
  is(program.arrived(1, 0, 4, "x"), "a state arrived twice (epoch 1, injection 0, state 4)");
  program.next();
  program.completed(null);
  is(
    program.arrived(1, 0, 4, "x"),
    "a state arrived for a finished injection (epoch 1, injection 0, state 4)",
  );
  is(program.inject(1, 0, 0), "an injection came twice (epoch 1, injection 0)");
  program.arrived(1, 1, 6, "x");
  is(program.inject(1, 1, 0), "a state arrived that no step here receives (epoch 1, injection 1, state 6)");
  is(program.definePlan(1, 0, steps, []), "plan 0 is defined twice (epoch 1)");
  is(
    program.definePlan(1, 1, [step(9, 1, head(4))], []),
    "plan 1 cannot run: nobody makes state 4 (epoch 1)",
  );
  is(
    program.definePlan(1, 1, steps, [{ state: 7, from: 1 }]),
    "plan 1 cannot run: nobody reads the received state 7 (epoch 1)",
  );
  is(program.openEpoch(1), "an epoch is opened twice (epoch 1)");
  is(program.closeEpoch(1), "an epoch is closed with 1 injections in it (epoch 1)");
  is(program.openEpoch(1), "a dead epoch is opened again (epoch 1)");
});
