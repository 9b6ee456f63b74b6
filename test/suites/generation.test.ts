// A task that generates against lm-evaluation-harness itself (test/oracle/suites/make_generations.py): prompts,
// answers found, metric, errors; and what its Hugging Face model class does around generate().
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { prepareGeneration, UnanswerableRequestError } from "../../coordinator/suites/generation.js";
import { type GenerationTask, isGenerationTask } from "../../coordinator/suites/generation-task.js";
import { loadGenerationTask } from "../../coordinator/suites/load-task.js";
import { aggregate } from "../../coordinator/suites/metrics.js";
import {
  defaultTasks,
  findAnyTasks,
  findTasks,
  GeneratingTaskError,
} from "../../coordinator/suites/registry.js";
import { stderrs } from "../../coordinator/suites/standard-error.js";
import type { Harness } from "../../coordinator/suites/task.js";
import { demo } from "../../models/demo/demo.js";
import { loadTokenizer } from "../../models/tokenizer.js";

interface Sample {
  readonly doc_id: number;
  readonly filter: string;
  readonly filtered_resps: readonly string[];
  readonly exact_match: number;
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
}

interface Fixture {
  readonly until: readonly string[];
  readonly answers: readonly string[];
  readonly runs: readonly {
    readonly shots: number;
    readonly version: number;
    readonly results: Readonly<Record<string, number>>;
    readonly n_samples: { readonly original: number; readonly effective: number };
    readonly samples: readonly Sample[];
  }[];
  readonly replays: readonly {
    readonly tokenizer: string;
    readonly harness: Harness;
    readonly max_length: number;
    readonly max_tokens: number;
    readonly context: string;
    readonly prompt: readonly number[];
    /** What the model would write if nothing stopped it. */
    readonly offered: readonly number[];
    /** How many of these it wrote. */
    readonly generated: number;
    readonly text: string;
  }[];
}

const testdata = new URL("../../../test/testdata/suites/", import.meta.url);
const fixture: Fixture = JSON.parse(readFileSync(new URL("harness-generations.json", testdata), "utf8"));
const dataDir = fileURLToPath(new URL("data/", testdata));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

async function gsm8k(): Promise<GenerationTask> {
  const [task] = await findAnyTasks(["gsm8k"]);
  assert.ok(task && isGenerationTask(task));
  return task;
}

for (const run of fixture.runs) {
  for (const harness of ["current", "262f879"] as const) {
    test(`loadGenerationTask() makes the harness's gsm8k at ${run.shots} shots (${harness})`, async () => {
      // Five shots are the task's own number.
      const shots = run.shots === 5 ? null : run.shots;
      const { task, documents, original, effective } = await loadGenerationTask(await gsm8k(), {
        dataDir,
        shots,
        limit: null,
        harness,
      });
      assert.equal(task.version, run.version);
      assert.deepEqual({ original, effective }, run.n_samples);
      assert.equal(run.samples.length, documents.length * task.filters.length);
      for (const [f, filter] of task.filters.entries()) {
        const values = new Float64Array(documents.length);
        for (const [d, document] of documents.entries()) {
          const sample = run.samples[f * documents.length + d]!;
          assert.deepEqual([sample.doc_id, sample.filter], [document.docId, filter.name]);
          assert.deepEqual(document.request.until, fixture.until);
          assert.equal(document.request.maxTokens, 256);
          assert.equal(sha256(JSON.stringify(document.columns, null, 2)), sample.doc_hash);
          assert.equal(sha256(document.request.context), sample.prompt_hash);
          assert.equal(sha256(document.target), sample.target_hash);
          const text = fixture.answers[d]!;
          const answer = filter.answer(text);
          const place = `${filter.name} of ${JSON.stringify(text)}`;
          assert.deepEqual([answer], sample.filtered_resps, place);
          values[d] = task.score(document, answer);
          assert.equal(values[d], sample.exact_match, place);
        }
        const name = `${task.metric.name},${filter.name}`;
        assert.equal(aggregate(task.metric.aggregation, values), run.results[name]);
        const [stderr] = stderrs(task.metric.aggregation, [values], 1);
        assert.ok(Math.abs(stderr! - run.results[name.replace(",", "_stderr,")]!) < 1e-12);
      }
    });
  }
}

for (const name of ["llama-like", "neox-like"]) {
  const tokenizer = loadTokenizer(fileURLToPath(new URL(name, testdata)));
  test(`prepareGeneration() feeds, stops and cuts a ${name} model as the harness does`, () => {
    const replays = fixture.replays.filter((replay) => replay.tokenizer === name);
    assert.ok(replays.length > 70);
    for (const { harness, max_length, max_tokens, context, offered, ...expected } of replays) {
      const generation = prepareGeneration(
        { context, until: fixture.until, maxTokens: max_tokens },
        tokenizer,
        { harness, maxLength: max_length, eosIds: [tokenizer.eosId!] },
      );
      let count = 1;
      while (!generation.isOver(offered.slice(0, count))) count++;
      const found = {
        prompt: generation.prompt,
        generated: count,
        text: generation.textOf(offered.slice(0, count)),
      };
      const { prompt, generated, text } = expected;
      assert.deepEqual(found, { prompt, generated, text }, `${JSON.stringify(context)} at ${max_length}`);
    }
  });
}

test("prepareGeneration() ends with any EOS given and with stop strings that are special tokens", () => {
  const tokenizer = loadTokenizer(fileURLToPath(new URL("neox-like", testdata)));
  const options = { harness: "current", maxLength: 64, eosIds: [70, 7] } as const;
  const request = { context: "a", until: ["<|endoftext|>", "", "b"], maxTokens: 8 };
  const generation = prepareGeneration(request, tokenizer, options);
  assert.deepEqual(generation.stops, ["<|endoftext|>", "b"]);
  assert.deepEqual(generation.stopTokens, [tokenizer.eosId!, 7, 70]);
  assert.ok(generation.isOver([40, 7]));
  assert.ok(!generation.isOver([7, 40]));
  assert.ok(!generation.isOver([]));
  assert.equal(generation.textOf([]), "");
});

test("prepareGeneration() reads the demo's worked answers up to its next question", async () => {
  const tokenizer = loadTokenizer(demo.checkpointDir);
  const { documents } = await loadGenerationTask(await gsm8k(), {
    dataDir: demo.dataDir,
    shots: null,
    limit: 20,
    harness: "current",
  });
  const options = { harness: "current", maxLength: 1024, eosIds: [] } as const;
  for (const { request, target } of documents) {
    const generation = prepareGeneration(request, tokenizer, options);
    assert.equal(tokenizer.decode(generation.prompt), request.context);
    const whole = tokenizer.encode(` ${target}\n\nQuestion: Who?\nAnswer: 1`, { addSpecialTokens: false });
    let count = 1;
    while (!generation.isOver(whole.slice(0, count))) count++;
    assert.ok(count < whole.length);
    assert.equal(generation.textOf(whole.slice(0, count)), ` ${target}\n\n`);
  }
});

test("prepareGeneration() refuses a prompt without room or without tokens", () => {
  const tokenizer = loadTokenizer(fileURLToPath(new URL("neox-like", testdata)));
  const options = { harness: "current", maxLength: 8, eosIds: [] } as const;
  const request = { context: "a b c", until: [], maxTokens: 8 };
  assert.throws(
    () => prepareGeneration(request, tokenizer, options),
    (error) => {
      assert.ok(error instanceof UnanswerableRequestError);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, /"a b c": 8 new tokens leave its prompt no room, the model takes 8 in all/);
      return true;
    },
  );
  const empty = { context: "", until: [], maxTokens: 2 };
  assert.throws(() => prepareGeneration(empty, tokenizer, options), /it has no tokens/);
});

test("findTasks() refuses a task that generates, which no sweep runs unnamed", async () => {
  await assert.rejects(findTasks(["arc_easy", "gsm8k"]), (error) => {
    assert.ok(error instanceof GeneratingTaskError);
    assert.match(error.message, /task gsm8k has the model write text.*: arc_challenge, arc_easy/);
    return true;
  });
  assert.ok(!(await defaultTasks()).includes("gsm8k"));
  assert.deepEqual(
    (await findAnyTasks(["gsm8k", "arc_easy"])).map(({ name }) => name),
    ["gsm8k", "arc_easy"],
  );
});
