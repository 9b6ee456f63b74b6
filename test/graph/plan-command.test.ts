// `painters schedule` and `painters plan`, run in this process: what they print
// and which mistakes they name.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import yargs from "yargs";
import { planCommand } from "../../coordinator/commands/plan.js";
import { scheduleCommand } from "../../coordinator/commands/schedule.js";

async function run(t: TestContext, ...words: string[]): Promise<string> {
  let printed = "";
  const write = t.mock.method(process.stdout, "write", (text: string) => {
    printed += text;
    return true;
  });
  try {
    await yargs(words)
      .command({ ...scheduleCommand, command: "schedule <schedule>" })
      .command({ ...planCommand, command: "plan" })
      .strict()
      .fail(false)
      .parseAsync();
  } finally {
    write.mock.restore();
  }
  return printed;
}

test("schedule prints the text a variant stands for", async (t) => {
  const expected = "0..9, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 24..32\n";
  assert.equal(await run(t, "schedule", "reverse", "--start", "8", "--layers", "32"), expected);
  assert.equal(await run(t, "schedule", "reverse(start=8)", "--layers", "32"), expected);
});

test("schedule prints the canonical form of a text and its counts", async (t) => {
  const printed = await run(t, "schedule", "0..4, loop(3, mean(4..28)), 28..32", "--layers", "32");
  assert.equal(printed.split("\n")[0], "0..4, mean(4..28), mean(4..28), mean(4..28), 28..32");
  assert.match(printed, /layer applications +80\n/);
  const json = JSON.parse(await run(t, "schedule", "mean((0, 1), (0, 2))", "--json"));
  assert.equal(json.layerApplications, 4);
  assert.deepEqual(json.visits, { layers: 3, sublayers: 0, merges: 1, damps: 0 });
  const halves = await run(t, "schedule", "0, sum(1.attn, 2.attn), sum(1.mlp, 2.mlp), 3");
  assert.match(
    halves,
    /^0, sum\(1\.attn, 2\.attn\), sum\(1\.mlp, 2\.mlp\), 3\n.*6\n.*6\nof them half a layer +4\n/,
  );
});

test("plan counts the paper's grid", async (t) => {
  const json = JSON.parse(await run(t, "plan", "--shape", "llama-2-7b", "--grid", "paper", "--json"));
  assert.equal(json.schedules, 432);
  assert.deepEqual(json.visits, { naive: 25056, shared: 8825, waves: 9094 });
  assert.equal(json.visitsPerLayer[31], 404);
  assert.match(await run(t, "plan", "--layers", "32"), /shared in +17 waves +9,094 +36\.3 %/);
});

test("plan takes schedules as text and as variants", async (t) => {
  const words = ["--schedule", "skip(start=2)", "--schedule", "0..4", "--schedule", "0 .. 4"];
  const json = JSON.parse(await run(t, "plan", "--layers", "12", ...words, "--json"));
  assert.equal(json.schedules, 2);
  assert.deepEqual(json.visits, { naive: 9, shared: 6, waves: 9 });
});

test("mistakes carry exit code 2 and name what is wrong", async (t) => {
  const cases: readonly [string, RegExp][] = [
    ["schedule reverse --start 18 --layers 32", /largest start is 15/],
    ["schedule reverse --start 8", /add --layers/],
    ["schedule reverse(start=8)", /depends on the model's number of layers/],
    ["schedule reverse --start x --layers 32", /--start must be a whole number of at least 0, not 'x'/],
    ["schedule reverse --start 1 --start 2 --layers 32", /--start is given 2 times/],
    ["schedule 0..4 --start 1 --layers 32", /--start goes with the bare name/],
    ["schedule 0..40 --layers 32", /outside 0\.\.32\n/],
    ["plan", /--shape or --layers/],
    ["plan --layers 3 --shape mistral-7b", /either --shape or --layers/],
    ["plan --shape gpt-5", /'gpt-5' is no shape; the shapes are llama-2-7b, /],
    ["plan --layers 3 --grid big", /the grids are paper and main/],
  ];
  for (const [line, message] of cases) {
    await assert.rejects(run(t, ...line.split(" ")), { exitCode: 2, message }, line);
  }
});
