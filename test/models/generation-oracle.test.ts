// Decoding with keys and values kept, against what plain PyTorch around Hugging Face's layers makes of it without
// (test/oracle/generation), against computing everything anew, and against itself in other company.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { parseNamed } from "../../coordinator/schedule/parse-named.js";
import { KeyValueCache } from "../../models/runtime/key-value-cache.js";
import { Decoder, decodeGreedily, recomputed, type Step } from "../reference/decode.js";
import { anySchedule } from "../schedule/arbitrary-schedule.js";
import { relativeDifference } from "./difference.js";
import { importFixture, loadFixture } from "./fixture-model.js";

interface Fixture {
  readonly model: string;
  readonly prompts: readonly (readonly number[])[];
  /** [prompt] What follows. */
  readonly cases: readonly { readonly schedule: string; readonly tokens: readonly (readonly number[])[] }[];
}

const folder = new URL("../../../test/testdata/generation/", import.meta.url);
const fixtures = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Fixture);

for (const { model: name, prompts, cases } of fixtures) {
  test(`${name}: greedy tokens are PyTorch's under every method`, async () => {
    const model = await loadFixture(name);
    const { layerCount } = (await importFixture(name)).manifest.config;
    for (const { schedule, tokens } of cases) {
      const parsed = parseNamed(schedule, layerCount).schedule;
      const found = await decodeGreedily(model, parsed, prompts, tokens[0]!.length);
      assert.deepEqual(found, tokens, schedule);
    }
    await model.release();
  });
}

for (const name of ["mistral-window", "neox-classic"]) {
  test(`${name}: kept keys and values give what computing anew gives, under any schedule`, async () => {
    const model = await loadFixture(name);
    const { vocabSize } = (await importFixture(name)).manifest.config;
    const tokens = fc.array(fc.nat(vocabSize - 1), { minLength: 2, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(anySchedule(2), tokens, fc.nat(), async (schedule, all, cut) => {
        const prompt = 1 + (cut % (all.length - 1));
        const decoder = new Decoder(model, schedule);
        await decoder.step([{ sequence: 0, past: 0, tokens: all.slice(0, prompt) }]);
        for (let past = prompt; past < all.length; past++) {
          const { last } = await decoder.step([{ sequence: 0, past, tokens: [all[past]!] }]);
          const gap = relativeDifference(last[0]!, await recomputed(model, schedule, all.slice(0, past + 1)));
          assert.ok(gap < 1e-5, `token ${past}: ${gap}`);
        }
      }),
      { numRuns: 12 },
    );
    await model.release();
  });
}

test("a sequence's bits do not depend on those that share its steps", async () => {
  const model = await loadFixture("mistral-window");
  const schedule = parseSchedule("0, loop(2, mean(1, 2..4)), 4.attn, 5");
  const texts = [
    [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    [3],
    [40, 41, 42, 43, 44],
    [9, 9],
    [1, 2, 3, 4],
  ];
  const alone = await Promise.all(
    texts.map(async (tokens) => {
      const decoder = new Decoder(model, schedule);
      const states = [(await decoder.step([{ sequence: 0, past: 0, tokens }])).last[0]!];
      for (let i = 0; i < 5; i++) {
        const { last } = await decoder.step([{ sequence: 0, past: tokens.length + i, tokens: [20 + i] }]);
        states.push(last[0]!);
      }
      return states;
    }),
  );
  const together = new Decoder(model, schedule);
  const states: Float32Array[][] = texts.map(() => []);
  const stepOf = (text: number, i: number): Step => {
    const tokens = texts[text]!;
    if (i === 0) return { sequence: text, past: 0, tokens };
    return { sequence: text, past: tokens.length + i - 1, tokens: [19 + i] };
  };
  // Prompts in twos, and each pair joins one step after the pair before it.
  for (let step = 0; step < Math.ceil(texts.length / 2) + 5; step++) {
    const begun = (text: number): number => step - Math.floor(text / 2);
    for (const inStep of [
      [...texts.keys()].filter((text) => begun(text) === 0),
      [...texts.keys()].filter((text) => begun(text) > 0 && begun(text) <= 5),
    ]) {
      if (inStep.length === 0) continue;
      const { last } = await together.step(inStep.map((text) => stepOf(text, begun(text))));
      for (const [i, text] of inStep.entries()) states[text]!.push(last[i]!);
    }
  }
  assert.deepEqual(states, alone);
  assert.ok(together.cache.bytes > 0);
  for (const text of texts.keys()) together.cache.forget(text);
  assert.equal(together.cache.bytes, 0);
  await model.release();
});

test("KeyValueCache.append() refuses tokens that do not follow", () => {
  const cache = new KeyValueCache();
  cache.append(1, 0, 0, 2, Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8));
  assert.throws(() => cache.append(1, 0, 1, 2, Float32Array.of(1, 2), Float32Array.of(1, 2)), /has 2 tokens/);
  const [keys, values] = [new Float32Array(4), new Float32Array(4)];
  cache.read(1, 0, 2, 2, keys, values);
  assert.deepEqual([...keys, ...values], [1, 2, 3, 4, 5, 6, 7, 8]);
});
