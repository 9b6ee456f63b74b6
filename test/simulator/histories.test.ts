// Thousands of random histories of a sweep over failing workers. SEED=n runs one of
// them, SCRIPT=FILE one that was printed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { randomScript } from "./history.js";
import { realParts } from "./parts.js";
import { explain, firstFailure, runScript } from "./run-histories.js";
import { parseScript, printScript } from "./script.js";

const histories = 2000;
const { SEED: seed, SCRIPT: file } = process.env;

test("every history keeps the invariants and ends", () => {
  const failure =
    file !== undefined
      ? runScript(parseScript(readFileSync(file, "utf8")), realParts)
      : seed !== undefined
        ? runScript(randomScript(Number(seed)), realParts)
        : firstFailure(0, histories, realParts);
  if (failure) assert.fail(explain(failure, realParts));
});

test("a printed script is the same history", () => {
  for (let seed = 0; seed < 20; seed++) {
    const script = randomScript(seed);
    assert.deepEqual(parseScript(printScript(script)), script);
    const logs = [script, parseScript(printScript(script))].map((each) => {
      const lines: string[] = [];
      runScript(each, realParts, (line) => lines.push(line));
      return lines.join("\n");
    });
    assert.equal(logs[0], logs[1]);
  }
});
