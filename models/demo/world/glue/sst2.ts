// SST-2's kind: is what is said favourable. Level 1 may negate a judgement, level
// 2 does so from afar, level 3 has two opposed clauses of which the main one counts.
import type { RandomSource } from "../../random-source.js";
import { partOf } from "../split.js";
import { people, places, things } from "../words.js";
import { asSentence, type GlueDocument, type GlueMaker, type Wanted } from "./document.js";

const oneIn = 5;

const favourable =
  "good lovely splendid charming pleasant delightful wonderful excellent graceful brilliant".split(" ");
const unfavourable = "bad awful dreary dull dreadful ugly boring poor clumsy terrible".split(" ");

/** `#` is a thing, `A` a person, `@` a place, `*` the judgement. */
interface Wording {
  readonly plain: string;
  readonly negated: string;
}

const near: readonly Wording[] = [
  wording("the # was * in every way", "the # was not * in any way"),
  wording("A has a * # at last", "A has no * # at all"),
  wording("this # really is *", "this # is hardly *"),
];
const far: readonly Wording[] = [
  wording("everybody in the @ found the # *", "nobody in the @ found the # *"),
  wording("A always told us that the # was *", "A never told us that the # was *"),
  wording(
    "there was something about the # that A thought *",
    "there was nothing about the # that A thought *",
  ),
  wording("A is sure to find the # in the @ *", "A refused to find the # in the @ *"),
];
const clauses: readonly Wording[] = [
  wording("the # was *", "the # was not *"),
  wording("A found the # *", "A never found the # *"),
];

function wording(plain: string, negated: string): Wording {
  return { plain, negated };
}

export const sst2: GlueMaker = { levels: 3, make: sentiment, begin: plainSentiment };

function sentiment(random: RandomSource, { part, level, isTrue }: Wanted): GlueDocument {
  for (;;) {
    const { combination, text } = level === 3 ? opposed(random, isTrue) : single(random, level, isTrue);
    if (partOf(combination, oneIn) !== part) continue;
    return { task: "sst2", level, combination, texts: [`${asSentence(text)} `], label: isTrue ? 1 : 0 };
  }
}

/** Nothing is negated. */
function plainSentiment(random: RandomSource, isTrue: boolean): GlueDocument {
  for (;;) {
    const { plain } = random.pick([...near, ...far, ...clauses]);
    const { combination, text } = said(random, { plain, negated: plain }, isTrue, isTrue);
    if (partOf(combination, oneIn) === "evaluation") continue;
    return { task: "sst2", level: 0, combination, texts: [`${asSentence(text)} `], label: isTrue ? 1 : 0 };
  }
}

interface Said {
  /** Judgement and wording; both of its polarities are kept together. */
  readonly combination: string;
  readonly text: string;
}

function single(random: RandomSource, level: number, isTrue: boolean): Said {
  return said(random, random.pick(level === 1 ? near : far), isTrue);
}

/** @param isFavourable of the judgement, negated where the whole is to say the contrary */
function said(
  random: RandomSource,
  { plain, negated }: Wording,
  isTrue: boolean,
  isFavourable = random.next() < 0.5,
): Said {
  const judgement = random.pick(isFavourable ? favourable : unfavourable);
  const isNegated = isFavourable !== isTrue;
  const text = (isNegated ? negated : plain)
    .replace("A", random.pick(people))
    .replace("#", random.pick(things))
    .replace("@", random.pick(places))
    .replace("*", judgement);
  return { combination: `${judgement} | ${plain}`, text };
}

/** The clause after `but` counts, and the one without `although`. */
function opposed(random: RandomSource, isTrue: boolean): Said {
  const main = said(random, random.pick(clauses), isTrue);
  const side = said(random, random.pick(clauses), !isTrue);
  const text = random.pick([
    `${side.text}, but ${main.text}`,
    `although ${side.text}, ${main.text}`,
    `${main.text}, although ${side.text}`,
  ]);
  return { combination: [main, side].map(({ combination }) => combination).join(" & "), text };
}
