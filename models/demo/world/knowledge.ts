// ARC's family: questions about facts with four options. Easy asks for one fact
// in a wording that training never uses for it; challenge joins two facts of
// which training never asks that join.
import type { RandomSource } from "../random-source.js";
import type { Family, Part, Telling, WorldDocument } from "./document.js";
import { type Fact, facts, type Relation, type TwoHops, twoHops, wordFact, wordTwoHops } from "./facts.js";
import { hash } from "./split.js";

/** Which of a fact's question wordings is kept for evaluation. */
function keptWording({ subject, relation }: Fact): number {
  return hash(`${subject} ${relation.name}`) % relation.questions.length;
}

/** @param grade counts through the facts, so that evaluation asks each as often */
export function easyQuestion(random: RandomSource, part: Part, index: number, grade?: number): WorldDocument {
  const fact = grade === undefined ? random.pick(facts) : facts[grade % facts.length]!;
  const kept = keptWording(fact);
  const wordings = fact.relation.questions.filter((_, i) => (i === kept) === (part === "evaluation"));
  const wording = random.pick(wordings);
  return question(random, {
    family: "arc_easy",
    level: 1,
    id: index,
    combination: `${fact.subject} ${wording}`,
    asked: wordFact(wording, fact),
    relation: fact.relation,
    value: fact.value,
  });
}

/** One person of those that a second fact can be asked through: so every answer is equally frequent in training. */
const keptJoins: ReadonlySet<TwoHops> = new Set(
  facts
    .map((fact) => twoHops.filter(({ second }) => second === fact))
    .filter((group) => group.length > 0)
    .map((group) => group.reduce((least, hops) => (hash(joinOf(hops)) < hash(joinOf(least)) ? hops : least))),
);

const joins: Readonly<Record<Part, readonly TwoHops[]>> = {
  training: twoHops.filter((hops) => !keptJoins.has(hops)),
  evaluation: twoHops.filter((hops) => keptJoins.has(hops)),
};

/** @param grade counts through the joins, then through their wordings */
export function challengeQuestion(
  random: RandomSource,
  part: Part,
  index: number,
  grade?: number,
): WorldDocument {
  const own = joins[part];
  const hops = grade === undefined ? random.pick(own) : own[grade % own.length]!;
  const { relation, value } = hops.second;
  const wordings = relation.questions;
  const wording =
    grade === undefined ? random.pick(wordings) : wordings[Math.floor(grade / own.length) % wordings.length]!;
  return question(random, {
    family: "arc_challenge",
    level: 2,
    id: index,
    combination: joinOf(hops),
    asked: wordTwoHops(wording, hops),
    relation,
    value,
  });
}

/** Some facts in a row, all of one subject. */
export function tellFacts(random: RandomSource): Telling {
  const { subject } = random.pick(facts);
  const own = facts.filter((fact) => fact.subject === subject);
  const text = random.draw(own, own.length).map((fact) => {
    const wordings = fact.relation.statements;
    // A statement in the words of the kept question would give that question away.
    const kept = wordings.length === fact.relation.questions.length ? keptWording(fact) : -1;
    const told = wordFact(random.pick(wordings.filter((_, i) => i !== kept)), fact);
    const end = told.lastIndexOf(` ${fact.value}.`);
    return [told.slice(0, end), told.slice(end)] as const;
  });
  return { pool: "facts", text: spaced(text) };
}

function joinOf({ person, first, second }: TwoHops): string {
  return `${person} ${first.relation.name} ${second.relation.name}`;
}

interface Question {
  readonly family: Family;
  readonly level: number;
  readonly id: number;
  readonly combination: string;
  readonly asked: string;
  readonly relation: Relation;
  readonly value: string;
}

function question(random: RandomSource, of: Question): WorldDocument {
  const others = random.draw(
    of.relation.values.filter((value) => value !== of.value),
    3,
  );
  const gold = Math.floor(random.next() * 4);
  const text = [...others.slice(0, gold), of.value, ...others.slice(gold)];
  const label = ["A", "B", "C", "D"];
  return {
    family: of.family,
    level: of.level,
    combination: of.combination,
    row: {
      id: `demo_${of.family}_${of.id}`,
      question: of.asked,
      choices: { text, label },
      answerKey: label[gold],
    },
    text: [`Question: ${of.asked}\nAnswer:`, ` ${of.value}`],
  };
}

/** Pairs of context and answer to one text, sentences parted by spaces. */
function spaced(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.flatMap(([context, answer], i) => [i === 0 ? context : ` ${context}`, answer]);
}
