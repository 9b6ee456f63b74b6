// LAMBADA's family: a last word that needs the whole passage. The passage binds
// people, things and places to each other; the last word is one end of a bond.
import type { RandomSource } from "../random-source.js";
import type { Part, Telling, WorldDocument } from "./document.js";
import { partOf } from "./split.js";
import { people, places, things } from "./words.js";

const onePassageIn = 5;

const owns = ["has", "holds", "brings", "carries"];
const shows = ["shows us", "puts down", "looks at"];
const belongs = ["belongs to", "is with", "was brought by"];
const lies = ["is", "lies", "stands"];

/** `who`, `what` and `where` are bound by position. */
interface Cast {
  readonly who: readonly string[];
  readonly what: readonly string[];
  readonly where: readonly string[];
}

interface Passage {
  readonly told: readonly string[];
  /** What may be asked, each a context and its last word. */
  readonly asks: readonly (readonly [string, string])[];
}

interface Plot {
  readonly name: string;
  /** Most bonds that a passage of this plot has. */
  readonly most: number;
  readonly tell: (random: RandomSource, cast: Cast) => Passage;
}

const plots: readonly Plot[] = [
  { name: "owner", most: 5, tell: tellOwners },
  { name: "belonging", most: 5, tell: tellBelongings },
  { name: "place", most: 5, tell: tellPlaces },
  { name: "gift", most: 4, tell: tellGift },
  { name: "errand", most: 3, tell: tellErrand },
];

function tellOwners(random: RandomSource, { who, what }: Cast): Passage {
  return {
    told: inAnyOrder(
      random,
      who.map((person, i) => `${person} ${random.pick(owns)} the ${what[i]}.`),
    ),
    asks: who.map((person, i) => [`${person} ${random.pick(shows)} the`, what[i]!] as const),
  };
}

/** The bond is asked for from its other end. */
function tellBelongings(random: RandomSource, cast: Cast): Passage {
  return {
    told: tellOwners(random, cast).told,
    asks: cast.who.map((person, i) => [`The ${cast.what[i]} ${random.pick(belongs)}`, person] as const),
  };
}

function tellPlaces(random: RandomSource, { what, where }: Cast): Passage {
  return {
    told: inAnyOrder(
      random,
      what.map((thing, i) => `The ${thing} ${random.pick(lies)} in the ${where[i]}.`),
    ),
    asks: what.map((thing, i) => [`We find the ${thing} in the`, where[i]!] as const),
  };
}

/** One thing changes hands: who had it has nothing, who got it has two. */
function tellGift(random: RandomSource, { who, what }: Cast): Passage {
  const owners = tellOwners(random, { who, what, where: [] });
  const [giver, taker] = random.draw(
    who.map((_, i) => i),
    2,
  ) as [number, number];
  const gift = `${who[giver]} gives the ${what[giver]} to ${who[taker]}.`;
  return {
    told: [...owners.told, gift],
    asks: what.map((thing, i) => [`The ${thing} belongs to`, who[i === giver ? taker : i]!] as const),
  };
}

/** Two bonds in a row: who has it, and where that one went. */
function tellErrand(random: RandomSource, { who, what, where }: Cast): Passage {
  const owners = tellOwners(random, { who, what, where });
  return {
    told: [
      ...owners.told,
      ...inAnyOrder(
        random,
        who.map((person, i) => `${person} goes to the ${where[i]}.`),
      ),
    ],
    asks: what.map((thing, i) => [`So the ${thing} is in the`, where[i]!] as const),
  };
}

/** How evaluation's passages are graded: plot and number of bonds. */
export const grades: readonly (readonly [plot: string, bonds: number])[] = [
  ["owner", 2],
  ["owner", 3],
  ["owner", 4],
  ["owner", 5],
  ["place", 2],
  ["place", 3],
  ["place", 4],
  ["place", 5],
  ["belonging", 2],
  ["belonging", 3],
];

export function lastWord(random: RandomSource, part: Part, grade?: number): WorldDocument {
  for (;;) {
    const [name, bonds] = grade === undefined ? random.pick(grades) : grades[grade % grades.length]!;
    const { told, asks } = drawPassage(random, name, bonds);
    const [context, word] = random.pick(asks);
    const text = [`${told.join(" ")} ${context}`, ` ${word}`];
    const combination = text.join("");
    if (partOf(combination, onePassageIn) !== part) continue;
    return { family: "lambada_openai", level: bonds, combination, row: { text: combination }, text };
  }
}

/**
 * A passage that asks about everything it told, one after the other: binding is
 * learnt from these, few bonds first (`level`).
 */
export function recallAll(random: RandomSource, level: number): Telling {
  for (;;) {
    const plot = random.pick(
      plots.filter(({ name, most }) => level <= most && (level > 1 || name !== "gift")),
    );
    const { told, asks } = drawPassage(random, plot.name, level);
    const own = asks.filter(
      ([context, word]) => partOf(`${told.join(" ")} ${context} ${word}`, onePassageIn) === "training",
    );
    const asked = random.draw(own, Math.min(own.length, level + 2));
    if (own.length === 0) continue;
    return {
      pool: `recall ${level}`,
      text: asked.flatMap(([context, word], i) => [
        i === 0 ? `${told.join(" ")} ${context}` : `. ${context}`,
        ` ${word}`,
      ]),
    };
  }
}

/** Pairs told in a row and then asked in another order: the plainest binding there is. */
export function listPairs(random: RandomSource): Telling {
  const count = random.pick([2, 3, 4, 5, 6]);
  const [keys, values] = random
    .pick([
      [people, things],
      [things, places],
      [things, people],
    ])
    .map((words) => random.draw(words, count)) as [string[], string[]];
  const pairs = keys.map((key, i) => [key, values[i]!] as const);
  const told = pairs.map(([key, value]) => `${key}: ${value}.`).join(" ");
  const asked = random.draw(pairs, count);
  return {
    pool: "lists",
    text: asked.flatMap(([key, value], i) => [`${i === 0 ? told : "."} ${key}:`, ` ${value}`]),
  };
}

/** Pairs told once and said again three times, each time in another order. */
export function repeatPairs(random: RandomSource): Telling {
  const count = random.pick([2, 3, 4, 5, 6]);
  const kinds = [
    [people, things],
    [things, places],
    [things, people],
    [people, places],
  ];
  const [keys, values] = random.pick(kinds).map((words) => random.draw(words, count)) as [string[], string[]];
  const pairs = keys.map((key, i) => `${key} ${values[i]}.`);
  const again = [1, 2, 3]
    .flatMap(() => random.draw(pairs, count))
    .map((pair) => pair.slice(0, -1).split(" "));
  return {
    pool: "pairs",
    text: again.flatMap(([key, value], i) => [`${i === 0 ? pairs.join(" ") : "."} ${key}`, ` ${value}`]),
  };
}

/**
 * Bonds told once and said again three times, each time in another order and in other words, sometimes from the other
 * end: from pairs that stand side by side to passages.
 */
export function repeatBonds(random: RandomSource): Telling {
  const count = random.pick([2, 3, 4, 5]);
  const [keys, values, ways, back] = random.pick([
    [people, things, ["", ":", ...[...owns, ...shows].map((verb) => ` ${verb} the`)], belongs],
    [things, places, ["", ":", ...lies.map((verb) => ` ${verb} in the`)], []],
  ] as const);
  const ends = random.draw(values, count);
  const bonds = random.draw(keys, count).map((key, i) => [key, ends[i]!] as const);
  const mentions = [0, 1, 2, 3].flatMap(() => random.draw(bonds, count));
  return {
    pool: "bonds",
    text: mentions.flatMap(([key, value], i) => {
      const stop = i === 0 ? "" : ". ";
      const fromOtherEnd = back.length > 0 && random.pick([true, false, false, false]);
      return fromOtherEnd
        ? [`${stop}The ${value} ${random.pick(back)}`, ` ${key}`]
        : [`${stop}${key}${random.pick(ways)}`, ` ${value}`];
    }),
  };
}

function drawPassage(random: RandomSource, name: string, bonds: number): Passage {
  return plots
    .find((plot) => plot.name === name)!
    .tell(random, {
      who: random.draw(people, bonds),
      what: random.draw(things, bonds),
      where: random.draw(places, bonds),
    });
}

function inAnyOrder(random: RandomSource, sentences: readonly string[]): string[] {
  return random.draw(sentences, sentences.length);
}
