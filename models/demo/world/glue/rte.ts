// RTE's kind: does the claim follow from what is told. Two, three or four owners,
// a thing that changed hands, an errand in two steps; a wrong claim binds words of
// the same telling differently.
import type { RandomSource } from "../../random-source.js";
import { partOf } from "../split.js";
import { people, places, things } from "../words.js";
import type { GlueDocument, GlueMaker, Wanted } from "./document.js";

const oneIn = 5;

interface Claim {
  readonly told: readonly string[];
  /** `#` is claimed to be `who`'s, or to be at `where`. */
  readonly thing: string;
  readonly right: string;
  readonly wrong: readonly string[];
  readonly wordings: readonly string[];
}

const ownership = ["The # belongs to @.", "@ is the owner of the #.", "The # is with @."];
const whereabouts = ["The # is in the @.", "One finds the # in the @."];

const kinds: readonly ((random: RandomSource) => Claim)[] = [
  (random) => owners(random, 2),
  (random) => owners(random, 3),
  (random) => owners(random, 4),
  gift,
  errand,
];

export const rte: GlueMaker = { levels: kinds.length, make: entailment, begin: plainEntailment };

function entailment(random: RandomSource, { part, level, isTrue }: Wanted): GlueDocument {
  for (;;) {
    const { told, thing, right, wrong, wordings } = kinds[level - 1]!(random);
    const claimed = isTrue ? right : random.pick(wrong);
    const combination = `${thing} ${claimed}`;
    if (partOf(combination, oneIn) !== part) continue;
    const claim = random.pick(wordings).replace("#", thing).replace("@", claimed);
    return { task: "rte", level, combination, texts: [told.join(" "), claim], label: isTrue ? 0 : 1 };
  }
}

/**
 * One or two owners and a claim about somebody or something that does not occur;
 * or all claims at once, of owners who are exchanged on the other side.
 */
function plainEntailment(random: RandomSource, isTrue: boolean): GlueDocument {
  for (;;) {
    const isOne = random.next() < 0.5;
    const count = random.pick(isOne ? [1, 2] : [2, 3]);
    const [other, ...who] = random.draw(people, 1 + count) as [string, ...string[]];
    const [otherThing, ...what] = random.draw(things, 1 + count) as [string, ...string[]];
    const exchanged = [who[1]!, who[0]!, ...who.slice(2)];
    const pairs = what.map((thing, i) => [thing, (isOne || isTrue ? who : exchanged)[i]!] as const);
    const missing = random.pick([[pairs[0]![0], other] as const, [otherThing, pairs[0]![1]] as const]);
    const claimed = isOne ? [isTrue ? pairs[0]! : missing] : random.draw(pairs, count);
    if (claimed.some((pair) => partOf(pair.join(" "), oneIn) === "evaluation")) continue;
    const claims = claimed.map(([thing, person]) =>
      random.pick(ownership).replace("#", thing).replace("@", person),
    );
    const texts = [tellOwners(random, who, what).join(" "), claims.join(" ")];
    return { task: "rte", level: 0, combination: claimed[0]!.join(" "), texts, label: isTrue ? 0 : 1 };
  }
}

function owners(random: RandomSource, count: number): Claim {
  const [who, what] = [random.draw(people, count), random.draw(things, count)];
  const at = Math.floor(random.next() * count);
  return {
    told: tellOwners(random, who, what),
    thing: what[at]!,
    right: who[at]!,
    wrong: who.filter((_, i) => i !== at),
    wordings: ownership,
  };
}

/** One thing changes hands; any of the three is asked for. */
function gift(random: RandomSource): Claim {
  const [who, what] = [random.draw(people, 3), random.draw(things, 3)];
  const [giver, taker] = random.draw([0, 1, 2], 2) as [number, number];
  const at = Math.floor(random.next() * 3);
  const right = at === giver ? taker : at;
  return {
    told: [...tellOwners(random, who, what), `${who[giver]} gives the ${what[giver]} to ${who[taker]}.`],
    thing: what[at]!,
    right: who[right]!,
    wrong: who.filter((_, i) => i !== right),
    wordings: ownership,
  };
}

/** Who has it, and where that one went. */
function errand(random: RandomSource): Claim {
  const [who, what, where] = [random.draw(people, 2), random.draw(things, 2), random.draw(places, 2)];
  const at = Math.floor(random.next() * 2);
  const ways = who.map((person, i) => `${person} goes to the ${where[i]}.`);
  return {
    told: [...tellOwners(random, who, what), ...random.draw(ways, 2)],
    thing: what[at]!,
    right: where[at]!,
    wrong: [where[1 - at]!],
    wordings: whereabouts,
  };
}

function tellOwners(random: RandomSource, who: readonly string[], what: readonly string[]): string[] {
  const told = who.map(
    (person, i) => `${person} ${random.pick(["has", "holds", "brings", "carries"])} the ${what[i]}.`,
  );
  return random.draw(told, told.length);
}
