// `painters similarity` as a user runs it: against Hugging Face's hidden states, over
// one worker and several, captured states and mistakes.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readSimilarity, type Similarity } from "../../coordinator/results/similarity-file.js";
import { readSafetensorsHeader, readTensor } from "../../models/checkpoint/safetensors.js";
import { freshPath, runCli, runWell } from "./run-cli.js";

interface Expected {
  readonly tokens: readonly number[];
  readonly captured: {
    readonly document: number;
    readonly layer: number;
    readonly values: readonly (readonly number[])[];
  };
  readonly schedules: readonly {
    readonly schedule: string;
    /** That read each state but the output. */
    readonly layers: readonly (readonly number[])[];
    readonly norms: readonly number[];
    readonly variances: readonly number[];
    readonly cosine: readonly (readonly number[])[];
  }[];
}

const testdata = fileURLToPath(new URL("../../../test/testdata/", import.meta.url));
const expected = JSON.parse(readFileSync(join(testdata, "similarity/expected.json"), "utf8")) as Expected;
const checkpoint = freshPath("checkpoint");
const model = ["--model", checkpoint];
const data = ["--data", join(testdata, "similarity")];
const oracle = [...model, ...data];
const schedules = expected.schedules.flatMap(({ schedule }) => ["--schedule", schedule]);
const captures = ["--capture", "3,6", "--capture", "out"];
let alone: string;

before(async () => {
  await cp(join(testdata, "llama/llama-mha"), checkpoint, { recursive: true });
  alone = await measure("alone", ...oracle, ...schedules, ...captures);
});

/** @returns its folder */
async function measure(name: string, ...args: readonly string[]): Promise<string> {
  const out = freshPath(name);
  await runWell("similarity", "--out", out, ...args);
  return out;
}

async function similarityIn(folder: string): Promise<Similarity> {
  const similarity = await readSimilarity(folder);
  assert.ok(similarity);
  return similarity;
}

function assertClose(found: number, wanted: number, relative: number, absolute: number): void {
  const gap = Math.abs(found - wanted);
  assert.ok(gap <= absolute + relative * Math.abs(wanted), `${found} is not ${wanted}`);
}

test("similarity agrees with transformers under every schedule", async () => {
  const { schedules: found, run } = await similarityIn(alone);
  assert.deepEqual(
    { task: run.task, documents: run.documents, layers: run.model.layerCount },
    { task: "lambada_openai", documents: 4, layers: 8 },
  );
  assert.equal(found.length, expected.schedules.length);
  for (const [s, wanted] of expected.schedules.entries()) {
    const { schedule, states, cosine } = found[s]!;
    assert.equal(schedule, wanted.schedule);
    assert.equal(states.length, wanted.layers.length + 1);
    for (const [i, { norm, variance }] of states.entries()) {
      assertClose(norm, wanted.norms[i]!, 1e-4, 0);
      assertClose(variance, wanted.variances[i]!, 1e-4, 0);
      for (const j of states.keys()) assertClose(cosine[i]![j]!, wanted.cosine[i]![j]!, 0, 1e-5);
    }
  }
  // Not all alike, or the comparison would say nothing.
  assert.ok(Math.min(...expected.schedules[0]!.cosine.flat()) < 0.5);
});

test("similarity labels states by the layers that read them", async () => {
  const { schedules: found } = await similarityIn(alone);
  const labels = Object.fromEntries(
    found.map(({ schedule, states }) => [schedule, states.map(({ label }) => label).join(" ")]),
  );
  assert.equal(labels.baseline, "0 1 2 3 4 5 6 7 out");
  assert.equal(labels["parallel(start=1)"], "0 1 2..7 7 out");
  assert.equal(labels["middle_repeat(start=2)"], "0 1 2 4 4#2 4#3 6 7 out");
  assert.equal(labels["0..3, loop(2, 3..5, damping=0.5), 5..8"], "0 1 2 3 4 3#2 4#2 5 6 7 out");
});

const placements = {
  "a pipeline of three": {
    workers: 3,
    groups:
      "- embed: worker-0\n    layers: { 0..3: worker-0, 3..5: worker-1, 5..8: worker-2 }\n    head: worker-2",
    args: [],
  },
  "merges spread over two, a micro-batch a document": {
    workers: 2,
    groups: "- embed: worker-0\n    layers: { 0..8: [worker-0, worker-1] }\n    head: worker-1",
    args: ["--batch-tokens", "1"],
  },
};

for (const [what, { workers, groups, args }] of Object.entries(placements)) {
  test(`similarity over ${what} gives the bits of one worker`, async () => {
    const placement = freshPath("placement.yaml");
    writeFileSync(placement, `groups:\n  ${groups}\n`);
    const cluster = ["--workers", String(workers), "--placement", placement, ...args];
    const out = await measure("cluster", ...oracle, ...schedules, ...captures, ...cluster);
    assert.deepEqual((await similarityIn(out)).schedules, (await similarityIn(alone)).schedules);
    for (const file of ["similarity.csv", "similarity-states.csv", "states.safetensors"]) {
      assert.ok(readFileSync(join(out, file)).equals(readFileSync(join(alone, file))), file);
    }
  });
}

test("similarity captures states that read back, those of transformers among them", async () => {
  const file = join(alone, "states.safetensors");
  const entries = await readSafetensorsHeader(file);
  const { document, layer, values } = expected.captured;
  const name = `document.${document}.layer.${layer}.input`;
  const entry = entries.get(`schedule.0.${name}`)!;
  assert.deepEqual(entry.shape, [values.length, values[0]!.length]);
  const found = new Float32Array((await readTensor(entry)).buffer);
  for (const [i, wanted] of values.flat().entries()) assertClose(found[i]!, wanted, 1e-4, 1e-4);
  const damped = entries.get("schedule.5.document.3.layer.3.input.2")!;
  assert.deepEqual(damped.shape, [expected.tokens[3], values[0]!.length]);
  // Layer 3 is applied once in four schedules, never in one of the others, twice in the damped loop.
  const inputs = [...entries.keys()].filter((key) => /\.document\.0\.layer\.3\./.test(key));
  const applied = expected.schedules.map(({ layers }) => layers.filter((own) => own.includes(3)).length);
  assert.equal(
    inputs.length,
    applied.reduce((a, b) => a + b, 0),
  );
  // The states that the similarity was made of: the norm of the output.
  const { schedules: measured } = await similarityIn(alone);
  let sum = 0;
  for (const d of expected.tokens.keys()) {
    const output = entries.get(`schedule.0.document.${d}.output`)!;
    const state = new Float32Array((await readTensor(output)).buffer);
    const hidden = output.shape[1]!;
    for (let at = 0; at < state.length; at += hidden) sum += Math.hypot(...state.subarray(at, at + hidden));
  }
  const tokens = expected.tokens.reduce((a, b) => a + b, 0);
  assertClose(sum / tokens, measured[0]!.states.at(-1)!.norm, 1e-12, 0);
});

/** What the arguments do not give. */
function defaults(args: readonly string[], out: string): readonly string[] {
  return [
    ...model,
    ...(args.includes("--data") ? [] : data),
    ...(args.includes("--out") ? [] : ["--out", out]),
  ];
}

test("similarity measures the demo, and --json prints the file", async () => {
  const out = freshPath("demo");
  const printed = await runWell("similarity", "--limit", "3", "--task", "arc_easy", "--json", "--out", out);
  assert.equal(printed, readFileSync(join(out, "similarity.json"), "utf8"));
  const { run, schedules: found } = JSON.parse(printed) as Similarity;
  assert.equal(run.documents, 3);
  assert.equal(found[0]!.states.length, run.model.layerCount + 1);
  const shown = await runWell("similarity", "--limit", "3", "--out", out, "--capture", "0");
  assert.match(shown, /^state +norm +variance +next\n0 {6}█/m);
  assert.match(shown, /Written to .*similarity\.json, similarity\.csv, similarity-states\.csv, states\.safe/);
});

test("similarity refuses what cannot be measured, and leaves nothing behind", async () => {
  const empty = freshPath("data");
  await cp(join(testdata, "similarity"), empty, { recursive: true });
  writeFileSync(join(empty, "lambada_openai/test.jsonl"), "");
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["--capture", "8"], 2, /--capture 8: layer 8 is outside 0\.\.8; the model has layers 0 to 7/],
    [["--capture", "4,last"], 2, /--capture "last": name layers by number/],
    [["--capture", "5", "--schedule", "0..4"], 2, /--capture 5: no schedule given applies layer 5/],
    [["--schedule", "loop(2000, 1)"], 2, /2001 hidden states to compare; at most 1000/],
    [["--schedule", "0..9"], 2, /outside 0\.\.8/],
    [["--task", "lambda"], 2, /no task "lambda"/],
    [["--task", "arc_easy,hellaswag"], 2, /--task takes one task, not 2/],
    [["--data", empty], 2, /lambada_openai\/test\.jsonl: holds no rows/],
    [["--limit", "x"], 2, /--limit must be a number of documents/],
    [["--out", join(checkpoint, "config.json")], 2, /--out .* cannot be written to/],
    [
      ["--schedule", "loop(120, 0..8)", "--state-memory-mb", "1", "--capture", "out"],
      1,
      /documents could not be measured, nothing was written; .*raise --state-memory-mb/,
    ],
  ];
  await Promise.all(
    cases.map(async ([args, exitCode, message]) => {
      const out = freshPath("refused");
      const { code, stderr } = await runCli("similarity", ...defaults(args, out), ...args);
      assert.equal(code, exitCode, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^ {4}at |this is a bug/m);
      assert.deepEqual(existsSync(out) ? readdirSync(out) : [], []);
    }),
  );
});
