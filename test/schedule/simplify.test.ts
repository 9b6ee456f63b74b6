// The laws of the algebra: as equality of canonical forms, and as equality of
// what is computed, in exact arithmetic.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import type { MergeRule, Schedule } from "../../coordinator/schedule/schedule.js";
import { ScheduleError, ScheduleSizeError } from "../../coordinator/schedule/schedule-error.js";
import {
  canonicalText,
  countLayerApplications,
  countVisits,
  simplify,
} from "../../coordinator/schedule/simplify.js";
import { anySchedule, DAMPINGS, LAYERS } from "./arbitrary-schedule.js";
import { type Arithmetic, FIELD, interpret } from "./interpret.js";

const sequence = (...items: Schedule[]): Schedule => ({ kind: "sequence", items });
const merge = (rule: MergeRule, ...branches: Schedule[]): Schedule => ({ kind: "merge", rule, branches });
const loop = (times: number, body: Schedule): Schedule => ({ kind: "loop", times, body });
const damped = (times: number, body: Schedule, damping: number): Schedule =>
  ({ ...loop(times, body), damping }) as Schedule;
const repeated = (times: number, schedule: Schedule): Schedule =>
  sequence(...Array.from({ length: times }, () => schedule));

const identity = sequence();
const some = anySchedule(2);
const rule = fc.constantFrom<MergeRule>("mean", "sum");
const damping = fc.constantFrom(...DAMPINGS);
const times = fc.nat(4);
const START = [12345n, 678910n];

/** Both sides have one canonical form, compute the same, also inside every kind of expression. */
function assertEqualByLaw(left: Schedule, right: Schedule): void {
  assert.deepEqual(interpret(left, FIELD, START), interpret(right, FIELD, START));
  const other: Schedule = { kind: "layer", layer: LAYERS };
  const around: ((schedule: Schedule) => Schedule)[] = [
    (schedule) => schedule,
    (schedule) => sequence(other, schedule, other),
    (schedule) => merge("mean", other, schedule),
    (schedule) => merge("sum", schedule, other),
    (schedule) => loop(2, schedule),
    (schedule) => damped(2, schedule, 0.5),
  ];
  for (const wrap of around) assert.deepEqual(simplify(wrap(left)), simplify(wrap(right)));
}

test("law: a sequence is associative", () => {
  fc.assert(
    fc.property(some, some, some, (a, b, c) => {
      assertEqualByLaw(sequence(sequence(a, b), c), sequence(a, sequence(b, c)));
      assertEqualByLaw(sequence(sequence(a, b), c), sequence(a, b, c));
    }),
  );
});

test("law: the empty sequence is the identity", () => {
  fc.assert(
    fc.property(some, (a) => {
      assertEqualByLaw(sequence(a, identity), a);
      assertEqualByLaw(sequence(identity, a), a);
    }),
  );
});

test("law: a merge of one branch is that branch", () => {
  fc.assert(fc.property(rule, some, (rule, a) => assertEqualByLaw(merge(rule, a), a)));
});

test("law: a loop of no rounds is the identity, damped or not", () => {
  fc.assert(
    fc.property(some, damping, (a, damping) => {
      assertEqualByLaw(loop(0, a), identity);
      assertEqualByLaw(damped(0, a, damping), identity);
    }),
  );
});

test("law: an undamped loop is its body so many times", () => {
  fc.assert(
    fc.property(times, some, (times, a) => {
      assertEqualByLaw(loop(1, a), a);
      assertEqualByLaw(loop(times, a), repeated(times, a));
    }),
  );
});

test("law: a damped loop is its first round so many times", () => {
  fc.assert(
    fc.property(times, some, damping, (times, a, damping) =>
      assertEqualByLaw(damped(times, a, damping), repeated(times, damped(1, a, damping))),
    ),
  );
});

test("simplify() keeps what a schedule computes", () => {
  fc.assert(
    fc.property(anySchedule(), (schedule) => {
      assert.deepEqual(interpret(simplify(schedule), FIELD, START), interpret(schedule, FIELD, START));
    }),
  );
});

test("simplify() of a canonical form changes nothing", () => {
  fc.assert(
    fc.property(anySchedule(), (schedule) =>
      assert.deepEqual(simplify(simplify(schedule)), simplify(schedule)),
    ),
  );
});

test("simplify() keeps apart what rounds differently", () => {
  const texts = ["mean(1, 2)", "mean(2, 1)", "mean(1, 1)", "sum(1, 2)", "1", "loop(1, 1, damping=1)"];
  assert.equal(new Set(texts.map((text) => canonicalText(parseSchedule(text)))).size, texts.length);
});

test("canonicalText() is the simplest text", () => {
  const cases = {
    "(0, (1, 2), ()), 3": "0..4",
    "mean((4, 5))": "4..6",
    "loop(3, mean(4..6), 7)": "mean(4..6), 7, mean(4..6), 7, mean(4..6), 7",
    "loop(2, loop(1, 3), damping=0.5)": "loop(1, 3, damping=0.5), loop(1, 3, damping=0.5)",
    "loop(0, 1)": "()",
    "mean((), (2..4), loop(2, 1))": "mean((), (2..4), (1, 1))",
  };
  for (const [text, canonical] of Object.entries(cases)) {
    assert.equal(canonicalText(parseSchedule(text)), canonical);
  }
});

test("countVisits() and countLayerApplications() agree with the unrolled schedule", () => {
  fc.assert(
    fc.property(anySchedule(), (schedule) => {
      const canonical = simplify(schedule);
      assert.equal(countVisits(schedule), countVisits(canonical));
      let applied = 0;
      const counting: Arithmetic<readonly bigint[]> = {
        ...FIELD,
        layer: (_, h) => {
          applied++;
          return h;
        },
      };
      interpret(schedule, counting, START);
      assert.equal(countLayerApplications(schedule), applied);
      assert.equal(countLayerApplications(canonical), applied);
    }),
  );
});

test("simplify() refuses what unrolls beyond a million visits, without unrolling", () => {
  const fitting = parseSchedule("loop(1000, loop(1000, 7))");
  assert.equal(countVisits(simplify(fitting)), 1_000_000);
  const tooLarge = {
    "loop(1000, loop(1000, 7)), 8": 1_000_001,
    "loop(500001, 7, damping=0.5)": 1_000_002,
    "loop(1000000, mean((), ())), 7": 1_000_001,
    "loop(1000000, loop(1000000, loop(1000000, 0..4)))": 4e18,
  };
  for (const [text, visits] of Object.entries(tooLarge)) {
    const expected = { name: "ScheduleSizeError", exitCode: 2, visits };
    assert.throws(() => simplify(parseSchedule(text)), expected);
  }
  const endless = `${"loop(1000000, ".repeat(60)}7${")".repeat(60)}`;
  assert.throws(() => simplify(parseSchedule(endless)), ScheduleSizeError);
  assert.deepEqual(simplify(parseSchedule(`loop(0, ${endless})`)), identity);
});

test("simplify() refuses what denotes nothing", () => {
  const nothing: Schedule[] = [
    merge("mean"),
    loop(1.5, identity),
    loop(-1, identity),
    damped(1, identity, 0),
    damped(1, identity, Number.NaN),
    { kind: "layer", layer: -1 },
  ];
  for (const schedule of nothing) assert.throws(() => simplify(schedule), ScheduleError);
});
