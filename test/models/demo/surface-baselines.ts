// What one can guess without reading: each word by how often it occurs (unigram),
// or occurs after the word before it (bigram), counted in the training text.
import type { Telling, WorldDocument } from "../../../models/demo/world/document.js";

const words = (text: string): string[] => text.match(/\p{N}| ?\p{L}+|\n+| ?[^\s\p{L}\p{N}]+|\s/gu) ?? [];

export interface Counts {
  readonly unigrams: ReadonlyMap<string, number>;
  readonly bigrams: ReadonlyMap<string, number>;
  readonly total: number;
}

export function countWords(texts: readonly Pick<Telling, "text">[]): Counts {
  const unigrams = new Map<string, number>();
  const bigrams = new Map<string, number>();
  let total = 0;
  for (const { text } of texts) {
    let before = "";
    for (const word of words(text.join(""))) {
      unigrams.set(word, (unigrams.get(word) ?? 0) + 1);
      bigrams.set(`${before}|${word}`, (bigrams.get(`${before}|${word}`) ?? 0) + 1);
      before = word;
      total++;
    }
  }
  return { unigrams, bigrams, total };
}

type Score = (before: string, word: string) => number;

export function unigram({ unigrams, total }: Counts): Score {
  return (_, word) => Math.log(((unigrams.get(word) ?? 0) + 0.1) / total);
}

/** Backs off to a tenth of the unigram. */
export function bigram(counts: Counts): Score {
  const single = unigram(counts);
  return (before, word) => {
    const seen = counts.bigrams.get(`${before}|${word}`) ?? 0;
    return Math.log(
      (seen + 0.1 * Math.exp(single(before, word))) / ((counts.unigrams.get(before) ?? 0) + 0.1),
    );
  };
}

/** The choices as the harness scores them: contexts and continuations, and which is right. */
export function choices({ family, row }: WorldDocument): {
  readonly pairs: readonly (readonly [string, string])[];
  readonly gold: number;
} {
  const texts = row as Record<string, string>;
  switch (family) {
    case "arc_easy":
    case "arc_challenge": {
      const { text, label } = row.choices as { text: readonly string[]; label: readonly string[] };
      return {
        pairs: text.map((option) => [`Question: ${texts.question}\nAnswer:`, ` ${option}`]),
        gold: label.indexOf(texts.answerKey!),
      };
    }
    case "hellaswag":
      return {
        pairs: (row.endings as readonly string[]).map((option) => [texts.ctx!, ` ${option}`]),
        gold: Number(row.label),
      };
    case "winogrande": {
      const [before, after] = texts.sentence!.split("_") as [string, string];
      return {
        pairs: [texts.option1!, texts.option2!].map((option) => [before + option, after]),
        gold: Number(row.answer) - 1,
      };
    }
    default:
      throw new Error(`${family} has no choices`);
  }
}

export function accuracy(documents: readonly WorldDocument[], score: Score): number {
  const right = documents.filter((document) => {
    const { pairs, gold } = choices(document);
    const totals = pairs.map(([context, continuation]) => {
      let before = words(context).at(-1)!;
      let total = 0;
      for (const word of words(continuation)) {
        total += score(before, word);
        before = word;
      }
      return total;
    });
    return totals.indexOf(Math.max(...totals)) === gold;
  });
  return right.length / documents.length;
}

/** How often the likeliest word, of those that occur at all, is a passage's last. */
export function lastWordAccuracy(documents: readonly WorldDocument[], counts: Counts): number {
  const likeliest = new Map<string, readonly [string, number]>();
  for (const [pair, count] of counts.bigrams) {
    const [before, word] = pair.split("|") as [string, string];
    if (count > (likeliest.get(before)?.[1] ?? 0)) likeliest.set(before, [word, count]);
  }
  const right = documents.filter(({ text }) => likeliest.get(words(text[0]!).at(-1)!)?.[0] === text[1]);
  return right.length / documents.length;
}
