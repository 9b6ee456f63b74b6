// The world's files: what evaluation reads, in the published formats and places,
// and the text that training reads.
import { RandomSource } from "../random-source.js";
import { continuation } from "./continuation.js";
import type { Family, Part, Telling, WorldDocument } from "./document.js";
import { facts } from "./facts.js";
import { challengeQuestion, easyQuestion, tellFacts } from "./knowledge.js";
import { grades, lastWord, listPairs, recallAll, repeatBonds, repeatPairs } from "./last-words.js";
import { askRole, askWho, pronounSentence } from "./pronouns.js";
import { wordProblem } from "./word-problems.js";

/** `grade` counts through what evaluation asks evenly; left out, everything is drawn. `index` numbers the row. */
type Maker = (random: RandomSource, part: Part, index: number, grade?: number) => WorldDocument;

/** How evaluation's endings are graded: few ask for the right person's thing. */
const endingLevels = [1, 1, 2, 1, 2, 1, 2, 3];

const makers: Readonly<Record<Family, Maker>> = {
  arc_easy: easyQuestion,
  arc_challenge: challengeQuestion,
  hellaswag: (random, part, index, grade) =>
    continuation(
      random,
      part,
      index,
      grade === undefined ? undefined : endingLevels[grade % endingLevels.length],
    ),
  winogrande: pronounSentence,
  lambada_openai: (random, part, _index, grade) => lastWord(random, part, grade),
  gsm8k: (random, part, _index, grade) =>
    wordProblem(random, part, grade === undefined ? undefined : 1 + (grade % 4)),
};

export const families = Object.keys(makers) as readonly Family[];

interface SplitFile {
  readonly family: Family;
  readonly part: Part;
  readonly seed: number;
  readonly count: number;
}

/** Shots come from the part that training has seen. */
const splitFiles: ReadonlyMap<string, SplitFile> = new Map([
  ["arc_easy/test.jsonl", { family: "arc_easy", part: "evaluation", seed: 1, count: facts.length }],
  ["arc_easy/train.jsonl", { family: "arc_easy", part: "training", seed: 2, count: 40 }],
  ["arc_challenge/test.jsonl", { family: "arc_challenge", part: "evaluation", seed: 3, count: 256 }],
  ["arc_challenge/train.jsonl", { family: "arc_challenge", part: "training", seed: 4, count: 40 }],
  ["hellaswag/validation.jsonl", { family: "hellaswag", part: "evaluation", seed: 5, count: 300 }],
  ["hellaswag/train.jsonl", { family: "hellaswag", part: "training", seed: 6, count: 40 }],
  ["winogrande/validation.jsonl", { family: "winogrande", part: "evaluation", seed: 7, count: 400 }],
  ["winogrande/train.jsonl", { family: "winogrande", part: "training", seed: 8, count: 40 }],
  [
    "lambada_openai/test.jsonl",
    { family: "lambada_openai", part: "evaluation", seed: 9, count: 25 * grades.length },
  ],
  ["gsm8k/test.jsonl", { family: "gsm8k", part: "evaluation", seed: 10, count: 200 }],
  ["gsm8k/train.jsonl", { family: "gsm8k", part: "training", seed: 11, count: 40 }],
]);

/** Documents by the path of their file under the data folder. No document occurs twice in a file. */
export function worldDocuments(): ReadonlyMap<string, readonly WorldDocument[]> {
  return new Map([...splitFiles].map(([file, split]) => [file, drawSplit(split)]));
}

function drawSplit({ family, part, seed, count }: SplitFile): readonly WorldDocument[] {
  const random = new RandomSource(seed);
  const drawn = new Map<string, WorldDocument>();
  for (let attempt = 0; drawn.size < count; attempt++) {
    const isGraded = part === "evaluation" && attempt < 20 * count;
    const document = makers[family](random, part, drawn.size, isGraded ? drawn.size : undefined);
    const text = document.text.join("");
    if (!drawn.has(text)) drawn.set(text, document);
    if (attempt > 100 * count) throw new Error(`the world has fewer than ${count} documents of ${family}`);
  }
  return [...drawn.values()];
}

export function jsonLines(documents: readonly WorldDocument[]): string {
  return documents.map(({ row }) => `${JSON.stringify(row)}\n`).join("");
}

/** Endless: a line of training text each, the pools in turn. */
export function* trainingTexts(seed: number): Generator<Telling> {
  const random = new RandomSource(seed);
  for (;;) {
    for (const family of families) {
      const { combination, text } = makers[family](random, "training", 0);
      yield { pool: family, combination, text };
    }
    yield tellFacts(random);
    yield askWho(random);
    yield askRole(random);
    yield listPairs(random);
    yield repeatPairs(random);
    yield repeatBonds(random);
    for (let level = 1; level <= 5; level++) yield recallAll(random, level);
  }
}
