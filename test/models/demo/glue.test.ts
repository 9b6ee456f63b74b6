// GLUE's part of the demo's world: what is committed is what the generator
// writes, in the hub's columns; nothing is shared, and nothing guessed from words.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findSplitFiles } from "../../../coordinator/suites/data-files.js";
import { readSplitRows } from "../../../coordinator/suites/data-rows.js";
import type { GlueDocument, GlueTask } from "../../../models/demo/world/glue/document.js";
import { glueDocuments, glueLines, glueTasks, glueTraining } from "../../../models/demo/world/glue/files.js";
import { guessed, WordWeights } from "./glue-baseline.js";

const dataDir = fileURLToPath(new URL("../../../../models/demo/data/", import.meta.url));
const documents = glueDocuments();
const training = take(glueTraining(301), 52_000);

function take<T>(items: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of items) {
    if (taken.length === count) break;
    taken.push(item);
  }
  return taken;
}

const split = (task: GlueTask, name: "train" | "validation"): readonly GlueDocument[] =>
  documents.get(`glue/${task}/${name}.jsonl`)!;
const trainingOf = (task: GlueTask): GlueDocument[] => training.filter((document) => document.task === task);
/** Those that are like the splits' rows. */
const gradedOf = (task: GlueTask): GlueDocument[] => trainingOf(task).filter(({ level }) => level > 0);
const textOf = ({ texts }: GlueDocument): string => texts.join("\n");

test("every committed file is what the generator writes", () => {
  for (const [file, rows] of documents) {
    assert.ok(readFileSync(path.join(dataDir, file), "utf8") === glueLines(rows), file);
  }
});

test("the same seed gives the same training rows, another seed others", () => {
  assert.deepEqual(take(glueTraining(301), 700), training.slice(0, 700));
  assert.notDeepEqual(take(glueTraining(302), 700), training.slice(0, 700));
});

test("columns are the hub's, in their order, with whole labels and idx counting rows", async () => {
  const columns: Readonly<Record<GlueTask, string>> = {
    cola: "sentence label idx",
    sst2: "sentence label idx",
    mrpc: "sentence1 sentence2 label idx",
    qnli: "question sentence label idx",
    rte: "sentence1 sentence2 label idx",
    stsb: "sentence1 sentence2 label idx",
    wnli: "sentence1 sentence2 label idx",
  };
  for (const task of glueTasks) {
    const dataset = {
      path: "nyu-mll/glue",
      config: task,
      evaluationSplit: "validation",
      fewshotSplit: "train",
      drawsOneMore: true,
    } as const;
    for (const name of ["train", "validation"] as const) {
      const files = await findSplitFiles({ dataDir, task, dataset, split: name });
      assert.deepEqual(files, [path.join(dataDir, `glue/${task}/${name}.jsonl`)]);
      const { rows } = await readSplitRows(files, {});
      assert.equal(rows.length, split(task, name).length);
      for (const [i, row] of rows.entries()) {
        assert.equal(Object.keys(row).join(" "), columns[task]);
        assert.equal(row.idx, i);
        const label = row.label as number;
        assert.ok(
          task === "stsb" ? label >= 0 && label <= 5 : label === 0 || label === 1,
          `${task}: ${label}`,
        );
      }
    }
  }
});

test("labels are even within every level, and levels within a task", () => {
  for (const task of glueTasks) {
    const own = split(task, "validation");
    const levels = new Set(own.map(({ level }) => level));
    assert.ok(levels.size >= 2, task);
    for (const level of levels) {
      const labels = own.filter((document) => document.level === level).map(({ label }) => label);
      assert.equal(labels.length, own.length / levels.size, `${task} ${level}`);
      const values = task === "stsb" ? level + 1 : 2;
      assert.equal(new Set(labels).size, values, `${task} ${level}`);
      for (const value of new Set(labels)) {
        const part = labels.filter((label) => label === value).length / labels.length;
        const margin = task === "stsb" ? 0.1 : 1e-9;
        assert.ok(Math.abs(part - 1 / values) < margin, `${task} ${level}: ${value} has ${part}`);
      }
    }
  }
});

test("training and evaluation share no text and no combination", () => {
  for (const task of glueTasks) {
    const trained = [...trainingOf(task), ...split(task, "train")];
    const texts = new Set(trained.map(textOf));
    const combinations = new Set(trained.map(({ combination }) => combination));
    assert.ok(combinations.size > 40, `${task}: ${combinations.size}`);
    for (const document of split(task, "validation")) {
      assert.ok(!texts.has(textOf(document)), textOf(document));
      assert.ok(!combinations.has(document.combination), document.combination);
    }
  }
});

test("the words of a row and what its texts share guess no better than chance", (t) => {
  for (const task of glueTasks) {
    const rows = split(task, "validation");
    const found = guessed(rows, new WordWeights(gradedOf(task)));
    t.diagnostic(`${task}: ${found.toFixed(3)}`);
    // Two and a half standard errors of an accuracy of a half, or of no correlation.
    const margin = (task === "stsb" ? 2.5 : 1.25) / Math.sqrt(rows.length);
    assert.ok(found - (task === "stsb" ? 0 : 0.5) < margin, `${task}: ${found}`);
  }
});

test("the guesser does guess where words give a label away", () => {
  const told = (documents: readonly GlueDocument[]): GlueDocument[] =>
    documents.map((document) => ({ ...document, label: /\b(was|were)\b/.test(textOf(document)) ? 1 : 0 }));
  const found = guessed(told(split("cola", "validation")), new WordWeights(told(gradedOf("cola"))));
  assert.ok(found > 0.9, String(found));
});

test("rte's claims follow from what is told, and no others", () => {
  for (const { texts, label } of [...split("rte", "validation"), ...split("rte", "train")]) {
    const [told, claim] = texts as [string, string];
    const owners = new Map<string, string>();
    const places = new Map<string, string>();
    for (const [, owner, thing] of told.matchAll(/(\w+) (?:has|holds|brings|carries) the (\w+)\./g))
      owners.set(thing!, owner!);
    for (const [, person, place] of told.matchAll(/(\w+) goes to the (\w+)\./g)) places.set(person!, place!);
    for (const [, giver, thing, taker] of told.matchAll(/(\w+) gives the (\w+) to (\w+)\./g)) {
      assert.equal(owners.get(thing!), giver);
      owners.set(thing!, taker!);
    }
    const thing = [...owners.keys()].find((name) => claim.includes(` ${name}`))!;
    const follows =
      places.size > 0
        ? claim.includes(` ${places.get(owners.get(thing)!)}.`)
        : new RegExp(`\\b${owners.get(thing)}\\b`).test(claim);
    assert.equal(label, follows ? 0 : 1, `${told} | ${claim}`);
  }
});
