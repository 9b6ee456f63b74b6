// Texts and pairs as an encoder reads them, and which class is which label. Whole rows against
// transformers' tokenizer: test/commands/encoder-sweep.test.ts.
import assert from "node:assert/strict";
import test from "node:test";
import { type Classifier, classOrder } from "../../coordinator/suites/class-order.js";
import { cutLongest, encoderRows } from "../../coordinator/suites/encoder-rows.js";
import { loadTask } from "../../coordinator/suites/load-task.js";
import { findTasks } from "../../coordinator/suites/registry.js";
import type { Task } from "../../coordinator/suites/task.js";

/** A token a character; a word is a letter and what follows it until the next. */
const encoder = {
  continuesWord: (id: number) => id === "-".codePointAt(0),
  encode: (text: string, { addSpecialTokens }: { readonly addSpecialTokens: boolean }): readonly number[] => {
    const ids = Array.from(text, (character) => character.codePointAt(0)!);
    return addSpecialTokens ? [2, ...ids, 3] : ids;
  },
};
const options = { maxLength: 512, tokenTypeCount: 2 };
const scored = [{ request: 0, index: 0, target: 1 }];

test("encoderRows() puts [CLS] and [SEP] around a text and a pair, the second of another type", () => {
  const rowOf = encoderRows(encoder, options);
  const [a, b] = [97, 98];
  assert.deepEqual(rowOf(["a"], scored), {
    tokens: [2, a, 3],
    tokenTypes: [0, 0, 0],
    prefixLength: 3,
    branchLengths: [],
    scored,
  });
  const pair = rowOf(["aa", "b"], scored);
  assert.deepEqual(pair.tokens, [2, a, a, 3, b, 3]);
  assert.deepEqual(pair.tokenTypes, [0, 0, 0, 0, 1, 1]);
  assert.deepEqual(rowOf(["a", ""], scored).tokens, [2, a, 3, 3]);
  assert.deepEqual(
    encoderRows(encoder, { ...options, tokenTypeCount: 1 })(["a", "b"], scored).tokenTypes,
    [0, 0, 0, 0, 0],
  );
});

test("encoderRows() cuts to 128 tokens, or to fewer where the model has fewer positions", () => {
  const long = "x".repeat(600);
  assert.equal(encoderRows(encoder, options)([long], scored).tokens.length, 128);
  const { tokens, tokenTypes } = encoderRows(encoder, { ...options, maxLength: 20 })([long, "yyy"], scored);
  assert.equal(tokens.length, 20);
  assert.deepEqual(tokenTypes, [...Array(16).fill(0), ...Array(4).fill(1)]);
});

test("encoderRows() refuses a tokenizer without [CLS] and [SEP]", () => {
  const bare = { ...encoder, encode: (text: string) => encoder.encode(text, { addSpecialTokens: false }) };
  assert.throws(() => encoderRows(bare, options), { exitCode: 2, message: /puts 0 tokens around a text/ });
});

test("encoderRows() gives the odd token to the text of which tokenizers reads more, whole words", () => {
  const kept = (a: string, b: string): number[] => {
    const { tokenTypes = [] } = encoderRows(encoder, { ...options, maxLength: 20 })([a, b], scored);
    return [tokenTypes.indexOf(1) - 2, tokenTypes.length - tokenTypes.indexOf(1) - 1];
  };
  const [words, longWord] = ["x".repeat(30), `${"x".repeat(19)}y---${"x".repeat(9)}`];
  assert.deepEqual(kept(words, words), [8, 9]);
  assert.deepEqual(kept(longWord, words), [9, 8]);
  assert.deepEqual(kept(longWord, longWord), [8, 9]);
  assert.deepEqual(kept(words, longWord), [8, 9]);
});

// [tokens of a, and of b, that were read, longest] -> what tokenizers 0.23.2 keeps with strategy longest_first.
for (const [a, b, longest, kept] of [
  [3, 4, 12, [3, 4]],
  [9, 2, 9, [4, 2]],
  [2, 9, 9, [2, 4]],
  [8, 10, 8, [2, 3]],
  [9, 7, 8, [3, 2]],
  [8, 8, 8, [2, 3]],
  [10, 8, 8, [3, 2]],
  [6, 6, 12, [4, 5]],
  [7, 6, 12, [5, 4]],
  [3, 15, 9, [3, 3]],
  [1, 15, 4, [0, 1]],
] as const) {
  test(`cutLongest() of ${a} and ${b} tokens to ${longest}`, () => {
    assert.deepEqual(cutLongest(a, b, longest), kept);
  });
}

async function taskCalled(name: string): Promise<Task> {
  const [task] = await findTasks([name], "encoder");
  return task!;
}

test("classOrder() follows the model's names of the task's labels, else the index", async () => {
  const classes = (...labels: string[]): Classifier => ({
    labelCount: labels.length,
    problem: "single-label",
    labels,
  });
  const rte = await taskCalled("rte");
  const orderOf = (classifier: Classifier): readonly number[] => classOrder(rte, "bert", classifier);
  assert.deepEqual(orderOf(classes("Not_Entailment", "ENTAILMENT")), [1, 0]);
  assert.deepEqual(orderOf(classes("LABEL_0", "LABEL_1")), [0, 1]);
  assert.deepEqual(orderOf(classes("not_entailment", "other")), [0, 1]);
  assert.deepEqual(orderOf({ labelCount: 2, problem: "single-label", labels: null }), [0, 1]);
  assert.throws(() => orderOf({ labelCount: 2, problem: "multi-label", labels: null }), {
    exitCode: 2,
    message: /--model bert: its classifier is multi-label with 2 classes .*fine-tuned on rte/,
  });
  const stsb = await taskCalled("stsb");
  assert.deepEqual(classOrder(stsb, "bert", { labelCount: 1, problem: "regression", labels: null }), [0]);
});

test("loadTask() refuses shots for an encoder, which reads no prompt", async () => {
  const settings = { dataDir: ".", shots: 2, limit: null, harness: "current" } as const;
  await assert.rejects(loadTask(await taskCalled("rte"), settings), {
    exitCode: 2,
    message: /2 shots: rte of an encoder has no prompts/,
  });
});

test("findTasks() tells a task of the other kind of model from none", async () => {
  await assert.rejects(findTasks(["stsb"]), { message: /stsb is for encoders .*Tasks for decoders: arc_/ });
  await assert.rejects(findTasks(["winogrande"], "encoder"), {
    message: /winogrande scores tokens, and the/,
  });
  await assert.rejects(findTasks(["stb"], "encoder"), { message: /did you mean stsb/ });
});
