// The demo's world: what is committed is what the generator writes, training and
// evaluation share nothing, and nothing can be guessed without reading.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadTask } from "../../../coordinator/suites/load-task.js";
import { loadTasks } from "../../../coordinator/suites/registry.js";
import type { Family, Telling, WorldDocument } from "../../../models/demo/world/document.js";
import { facts, twoHops } from "../../../models/demo/world/facts.js";
import { jsonLines, trainingTexts, worldDocuments } from "../../../models/demo/world/files.js";
import { accuracy, bigram, choices, countWords, lastWordAccuracy, unigram } from "./surface-baselines.js";

const dataDir = fileURLToPath(new URL("../../../../models/demo/data/", import.meta.url));
const documents = worldDocuments();
const training = take(trainingTexts(12), 48_000);

function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === count) break;
    taken.push(item);
  }
  return taken;
}

function evaluationOf(family: Family): readonly WorldDocument[] {
  const [, found] = [...documents].find(
    ([file]) => file.startsWith(`${family}/`) && !file.includes("train"),
  )!;
  return found;
}

const textOf = ({ text }: Pick<Telling, "text">): string => text.join("");

test("every committed file is what the generator writes", () => {
  for (const [file, rows] of documents) {
    assert.ok(readFileSync(path.join(dataDir, file), "utf8") === jsonLines(rows), file);
  }
});

test("the same seed gives the same training text, another seed another", () => {
  const first = take(trainingTexts(12), 500);
  assert.deepEqual(first, training.slice(0, 500));
  assert.notDeepEqual(take(trainingTexts(13), 500), first);
});

test("every value of a relation is true of equally many subjects, and all joins are there", () => {
  const counts = new Map<string, number>();
  for (const { relation, value } of facts) {
    counts.set(`${relation.name} ${value}`, (counts.get(`${relation.name} ${value}`) ?? 0) + 1);
  }
  assert.deepEqual(new Set(counts.values()), new Set([1, 5]));
  assert.equal(twoHops.length, 320);
});

test("training and evaluation share no text and no combination", () => {
  const asked = new Set(training.map(textOf));
  for (const [file, rows] of documents) {
    if (file.includes("train")) continue;
    for (const row of rows) assert.ok(!asked.has(textOf(row)), `${file}: ${textOf(row)}`);
    const own = rows[0]!.family;
    const trained = new Set(
      training
        .filter(({ pool }) => pool === own || (pool === "who" && own === "winogrande"))
        .map(({ combination }) => combination!),
    );
    assert.ok(trained.size > 50, file);
    for (const { combination } of rows) assert.ok(!trained.has(combination), `${file}: ${combination}`);
  }
});

test("the shots' files hold what training may hold", () => {
  const combinations = new Set(
    [...documents].flatMap(([file, rows]) =>
      file.includes("train") ? [] : rows.map(({ family, combination }) => `${family} ${combination}`),
    ),
  );
  for (const [file, rows] of documents) {
    if (!file.includes("train")) continue;
    for (const { family, combination } of rows)
      assert.ok(!combinations.has(`${family} ${combination}`), file);
  }
});

test("the harness's tasks read every file, and build the text that training has", async () => {
  for (const [name, task] of await loadTasks()) {
    const family = task.dataset.folder ?? name;
    if (![...documents.keys()].some((file) => file.startsWith(`${family}/`))) continue;
    const loaded = await loadTask(task, { dataDir, shots: 0, limit: null, harness: "current" });
    const rows = evaluationOf(family as Family);
    assert.equal(loaded.documents.length, rows.length);
    for (const [i, { requests, gold }] of loaded.documents.entries()) {
      const { context, continuation } = requests[gold ?? 0]!;
      assert.equal(context + continuation, textOf(rows[i]!));
    }
    await loadTask(task, { dataDir, shots: 3, limit: 20, harness: "current" });
  }
});

test("words' frequencies and neighbours guess no better than chance", () => {
  const counts = countWords(training);
  const chance: Readonly<Partial<Record<Family, number>>> = {
    arc_easy: 0.25,
    arc_challenge: 0.25,
    hellaswag: 0.25,
    winogrande: 0.5,
  };
  for (const [family, expected] of Object.entries(chance)) {
    const rows = evaluationOf(family as Family);
    // Two and a half standard errors.
    const margin = 2.5 * Math.sqrt((expected * (1 - expected)) / rows.length);
    for (const [name, score] of [
      ["unigram", unigram(counts)],
      ["bigram", bigram(counts)],
    ] as const) {
      const found = accuracy(rows, score);
      assert.ok(Math.abs(found - expected) < margin, `${family} by ${name}: ${found}`);
    }
  }
  assert.ok(lastWordAccuracy(evaluationOf("lambada_openai"), counts) < 0.05);
});

test("the right choice stands anywhere, and the first person named is right as often as the second", () => {
  for (const family of ["arc_easy", "arc_challenge", "hellaswag", "winogrande"] as const) {
    const golds = evaluationOf(family).map((document) => choices(document).gold);
    const places = family === "winogrande" ? 2 : 4;
    for (let place = 0; place < places; place++) {
      const part = golds.filter((gold) => gold === place).length / golds.length;
      assert.ok(Math.abs(part - 1 / places) < 0.07, `${family}: ${part} at ${place}`);
    }
  }
  const sentences = evaluationOf("winogrande").map(({ row }) => row as Record<string, string>);
  const first = sentences.filter((row) => row.sentence!.startsWith(row[`option${row.answer}`]!));
  assert.ok(Math.abs(first.length / sentences.length - 0.5) < 0.07);
});

test("word problems are worked out correctly", () => {
  for (const { row } of evaluationOf("gsm8k")) {
    const answer = row.answer as string;
    const sums = [...answer.matchAll(/^(\d+)([-+*])(\d+)=<<\1\2\3=(\d+)>>\4 \w+\.$/gm)];
    assert.equal(sums.length, answer.split("\n").length - 1);
    let value = Number(sums[0]![1]);
    for (const [, left, operator, right, result] of sums) {
      assert.equal(Number(left), value);
      value =
        operator === "+"
          ? value + Number(right)
          : operator === "-"
            ? value - Number(right)
            : value * Number(right);
      assert.equal(Number(result), value);
    }
    assert.ok(answer.endsWith(`\n#### ${value}`));
  }
});
