// Text <-> schedule: what each form means, that printing is parsing's inverse,
// and that every mistake is pointed at (testdata/schedule/mistakes.txt).
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { checkLayers } from "../../coordinator/schedule/check-layers.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { parseNamed } from "../../coordinator/schedule/parse-named.js";
import { printSchedule } from "../../coordinator/schedule/print.js";
import type { Schedule, Sublayer } from "../../coordinator/schedule/schedule.js";
import { ScheduleSyntaxError } from "../../coordinator/schedule/schedule-error.js";
import { simplify } from "../../coordinator/schedule/simplify.js";
import { anySchedule, LAYERS, parsedSchedule } from "./arbitrary-schedule.js";

const layer = (layer: number): Schedule => ({ kind: "layer", layer });
const half = (layer: number, sublayer: Sublayer): Schedule => ({ kind: "layer", layer, sublayer });
const sequence = (...items: Schedule[]): Schedule => ({ kind: "sequence", items });

test("parseSchedule() reads every form", () => {
  const cases: readonly [string, Schedule][] = [
    ["7", layer(7)],
    ["0..3", sequence(layer(0), layer(1), layer(2))],
    ["3..4", layer(3)],
    ["4.attn, 4 . mlp, 5", sequence(half(4, "attn"), half(4, "mlp"), layer(5))],
    ["()", sequence()],
    [" ( 1 ,2)\n, 3 ", sequence(sequence(layer(1), layer(2)), layer(3))],
    ["mean(4..6, 9)", { kind: "merge", rule: "mean", branches: [layer(4), layer(5), layer(9)] }],
    ["sum((4..6), ())", { kind: "merge", rule: "sum", branches: [sequence(layer(4), layer(5)), sequence()] }],
    ["loop(3, 1, 2)", { kind: "loop", times: 3, body: sequence(layer(1), layer(2)) }],
    ["loop(2, 4..5, damping=0.5)", { kind: "loop", times: 2, body: layer(4), damping: 0.5 }],
    ["loop(2,4,damping = 1e-3)", { kind: "loop", times: 2, body: layer(4), damping: 0.001 }],
  ];
  for (const [text, schedule] of cases) assert.deepEqual(parseSchedule(text), schedule, text);
});

test("parseSchedule() undoes printSchedule()", () => {
  fc.assert(
    fc.property(parsedSchedule, (schedule) =>
      assert.deepEqual(parseSchedule(printSchedule(schedule)), schedule),
    ),
  );
  fc.assert(
    fc.property(anySchedule(), (schedule) => {
      const canonical = simplify(schedule);
      assert.deepEqual(parseSchedule(printSchedule(canonical)), canonical);
    }),
  );
});

test("printSchedule() keeps halves of layers out of ranges", () => {
  const text = "0..2, 2.attn, 3, 4.attn, 4.mlp, 5..7";
  assert.equal(printSchedule(parseSchedule(text)), text);
});

test("printSchedule() of what was parsed parses and prints the same", () => {
  fc.assert(
    fc.property(anySchedule(), (schedule) => {
      const parsed = parseSchedule(printSchedule(schedule));
      assert.deepEqual(parseSchedule(printSchedule(parsed)), parsed);
    }),
  );
});

test("printSchedule() prints every damping so that it is read back", () => {
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }), (damping) => {
      const schedule: Schedule = { kind: "loop", times: 1, body: layer(0), damping };
      assert.deepEqual(parseSchedule(printSchedule(schedule)), schedule);
    }),
  );
});

test("parseSchedule() and printSchedule() take long texts", () => {
  const text = Array.from({ length: 200_000 }, (_, i) => i % 7).join(", ");
  assert.equal(printSchedule(parseSchedule("0..1000000")), "0..1000000");
  assert.deepEqual(parseSchedule(printSchedule(parseSchedule(text))), parseSchedule(text));
});

test("parseSchedule() of any text returns or points into the text", () => {
  const pieces = fc.constantFrom(
    "0",
    "7",
    ".",
    "attn",
    ".mlp",
    "..",
    "(",
    ")",
    ",",
    " ",
    "mean",
    "sum",
    "loop",
    "damping=0.5",
    "x",
    "=",
  );
  fc.assert(
    fc.property(
      fc.array(pieces).map((tokens) => tokens.join("")),
      (text) => {
        try {
          parseSchedule(text, LAYERS);
        } catch (error) {
          assert(error instanceof ScheduleSyntaxError);
          assert(error.offset >= 0 && error.offset <= text.length);
        }
      },
    ),
  );
});

test("checkLayers() names the layer that is outside", () => {
  checkLayers(parseSchedule("0..4, loop(2, mean(1..4))"), 4);
  for (const text of ["0..5", "loop(2, mean(1..4, (4, 0)))", "4.mlp"]) {
    assert.throws(() => checkLayers(parseSchedule(text), 4), {
      message: "layer 4 is outside 0..4",
      exitCode: 2,
    });
  }
});

// A text, "----", and the message for a model of 32 layers; "====" between cases. UPDATE=1 rewrites the messages.
test("mistakes are pointed at", () => {
  const path = new URL("../../../test/testdata/schedule/mistakes.txt", import.meta.url);
  const expected = readFileSync(path, "utf8");
  const actual = expected
    .split("\n====\n")
    .map((entry) => {
      const text = entry.trimEnd().split("\n----")[0] as string;
      return `${text}\n----\n${messageOf(text)}`;
    })
    .join("\n====\n");
  if (process.env.UPDATE === "1") writeFileSync(path, `${actual}\n`);
  else assert.equal(`${actual}\n`, expected);
});

test("a mistake in a long text is shown with its surroundings", () => {
  const text = `${"0, ".repeat(100)}x${", 0".repeat(100)}`;
  const [, line, caret] = messageOf(text).split("\n") as [string, string, string];
  assert(line.length < 110);
  assert.equal(line[caret.indexOf("^")], "x");
});

function messageOf(text: string): string {
  try {
    parseNamed(text, 32);
  } catch (error) {
    assert(error instanceof ScheduleSyntaxError, String(error));
    assert.equal(error.exitCode, 2);
    assert.equal(error.text, text);
    return error.message;
  }
  return "no mistake";
}
