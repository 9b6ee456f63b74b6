// CoLA's kind: is the sentence well formed. Level 1 puts words out of order,
// level 2 breaks an agreement, level 3 one across another noun. The broken
// sentence is made of the same words, or of words that are as often right.
import type { RandomSource } from "../../random-source.js";
import { partOf } from "../split.js";
import { colours, people, places, pronounOf, things } from "../words.js";
import { asSentence, type GlueDocument, type GlueMaker, type Wanted } from "./document.js";

const oneIn = 5;
const verbs = ["found", "painted", "carried", "wanted", "forgot", "mended"];
const numbers = ["one", "many"] as const;
type Amount = (typeof numbers)[number];

const verbsOfBeing: Readonly<Record<Amount, readonly string[]>> = {
  one: ["is", "was", "stays", "looks"],
  many: ["are", "were", "stay", "look"],
};

interface Sentence {
  readonly combination: string;
  readonly words: readonly string[];
}

type Kind = (random: RandomSource, isTrue: boolean) => Sentence;

const kinds: readonly (readonly Kind[])[] = [[wordOrder], [numberOfSubject, genderOfOwner], [numberAcross]];

export const cola: GlueMaker = { levels: kinds.length, make: acceptability };

function acceptability(random: RandomSource, { part, level, isTrue }: Wanted): GlueDocument {
  for (;;) {
    const { combination, words } = random.pick(kinds[level - 1]!)(random, isTrue);
    if (partOf(combination, oneIn) !== part) continue;
    return {
      task: "cola",
      level,
      combination,
      texts: [asSentence(words.join(" "))],
      label: isTrue ? 1 : 0,
    };
  }
}

/** Broken: two neighbours changed places, neither of them the first word. */
function wordOrder(random: RandomSource, isTrue: boolean): Sentence {
  const [person, verb, colour] = [random.pick(people), random.pick(verbs), random.pick(colours)];
  const [thing, place] = [random.pick(things), random.pick(places)];
  const words = [person, verb, "the", colour, thing, random.pick(["in", "near", "behind"]), "the", place];
  if (!isTrue) {
    const at = 1 + Math.floor(random.next() * (words.length - 2));
    [words[at], words[at + 1]] = [words[at + 1]!, words[at]!];
  }
  return { combination: `${verb} ${thing} ${place}`, words };
}

function numberOfSubject(random: RandomSource, isTrue: boolean): Sentence {
  const [thing, place, amount] = [random.pick(things), random.pick(places), random.pick(numbers)];
  const subject = ["the", random.pick(colours), amounting(thing, amount)];
  const being = random.pick(verbsOfBeing[isTrue ? amount : other(amount)]);
  return {
    combination: `${thing} ${place}`,
    words: [...subject, being, random.pick(["in", "near", "behind"]), "the", place],
  };
}

function genderOfOwner(random: RandomSource, isTrue: boolean): Sentence {
  const [person, thing, verb] = [random.pick(people), random.pick(things), random.pick(verbs)];
  const isWoman = pronounOf(person) === "she";
  return {
    combination: `${person} ${thing}`,
    words: [person, verb, isWoman === isTrue ? "her" : "his", "own", random.pick(colours), thing],
  };
}

/** Another noun, of either number, stands between the subject and its verb. */
function numberAcross(random: RandomSource, isTrue: boolean): Sentence {
  const [subject, between] = random.draw(things, 2) as [string, string];
  const amount = random.pick(numbers);
  const link = random.pick([["near"], ["behind"], ["under"], ["that", random.pick(people), "put", "on"]]);
  return {
    combination: `${subject} ${between}`,
    words: [
      ...["the", amounting(subject, amount), ...link, "the", amounting(between, random.pick(numbers))],
      ...[random.pick(verbsOfBeing[isTrue ? amount : other(amount)]), random.pick(colours)],
    ],
  };
}

function other(amount: Amount): Amount {
  return amount === "one" ? "many" : "one";
}

function amounting(thing: string, amount: Amount): string {
  if (amount === "one") return thing;
  return thing.endsWith("x") ? `${thing}es` : `${thing}s`;
}
