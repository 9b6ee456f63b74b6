// A score is a function of the document, the schedule and the model alone: no
// option of a sweep, and no other document or schedule in it, changes one bit.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { freshPath, runWell } from "./run-cli.js";
import { scoresIn } from "./sweep-outputs.js";

const seed = 20260717;
const LIMIT = 6;
const TASKS = ["arc_challenge", "arc_easy", "hellaswag", "lambada_openai", "winogrande"];
const SCHEDULES = [
  "baseline",
  "reverse(start=2)",
  "parallel(start=1)",
  "loop_parallel(start=2,loops=3)",
  "random(start=1,seed=7)",
  "0..3, sum((3, 4), (5, 3)), 5..8",
  "0..2, loop(2, 2..6, damping=0.5), 6..8",
  "0..3, sum(3.attn, 4.attn), sum(3.mlp, 4.mlp), 5..8",
];

interface Options {
  readonly schedules: readonly string[];
  readonly tasks: readonly string[];
  readonly limit: number;
  readonly batchTokens: number;
  readonly devices: number;
  readonly threads: number;
  readonly stateMb: number;
}

const shuffledPart = (items: readonly string[]) =>
  fc.shuffledSubarray([...items], { minLength: 1 }) as fc.Arbitrary<readonly string[]>;

const anyOptions: fc.Arbitrary<Options> = fc.record({
  schedules: shuffledPart(SCHEDULES),
  tasks: shuffledPart(TASKS),
  limit: fc.integer({ min: 1, max: LIMIT }),
  batchTokens: fc.constantFrom(1, 64, 300, 2048, 4096),
  devices: fc.constantFrom(1, 2),
  threads: fc.constantFrom(1, 2),
  stateMb: fc.constantFrom(1, 1024),
});

async function sweepInto(out: string, options: Options): Promise<ReadonlyMap<string, string>> {
  await runWell(
    ...["sweep", "--out", out, "--bootstrap-iters", "0", "--no-report"],
    ...["--tasks", options.tasks.join(","), "--limit", String(options.limit)],
    ...["--batch-tokens", String(options.batchTokens), "--devices", String(options.devices)],
    ...["--threads-per-device", String(options.threads), "--state-memory-mb", String(options.stateMb)],
    ...options.schedules.flatMap((schedule) => ["--schedule", schedule]),
  );
  return scoresIn(out);
}

let reference: ReadonlyMap<string, string>;

before(async () => {
  const plain = { batchTokens: 2048, devices: 1, threads: 1, stateMb: 1024 };
  reference = await sweepInto(freshPath("reference"), {
    ...plain,
    schedules: SCHEDULES,
    tasks: TASKS,
    limit: LIMIT,
  });
  assert.equal(reference.size, SCHEDULES.length * TASKS.length * LIMIT);
});

function assertSameBits(scores: ReadonlyMap<string, string>, options: Options): void {
  assert.ok(scores.size > 0);
  for (const [name, score] of scores) {
    assert.equal(score, reference.get(name), `${name}, asked as ${JSON.stringify(options)}`);
  }
}

test("sweep gives a document the same bits whatever else it is asked, and when resumed with other options", async () => {
  const cases = fc.sample(fc.tuple(fc.option(anyOptions), anyOptions), { seed, numRuns: 3 });
  await Promise.all(
    cases.map(async ([earlier, options]) => {
      const out = freshPath("bits");
      if (earlier) assertSameBits(await sweepInto(out, earlier), earlier);
      assertSameBits(await sweepInto(out, options), options);
    }),
  );
});
