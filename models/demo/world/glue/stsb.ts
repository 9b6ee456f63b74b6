// STS-B's kind: how similar are two sentences, from 0 to 5. Both tell of the same
// two things, with as many attributes as the level says (owner, colour, place);
// the second may exchange any of them. The score is the share that it keeps.
import type { RandomSource } from "../../random-source.js";
import type { Part } from "../document.js";
import { partOf } from "../split.js";
import { colours, people, places, things } from "../words.js";
import { asSentence, type GlueDocument, type GlueMaker, type Wanted } from "./document.js";

const oneIn = 5;
const attributes = ["owner", "colour", "place"] as const;
type Attribute = (typeof attributes)[number];

type Values = Readonly<Record<Attribute, readonly [string, string]>>;

export const stsb: GlueMaker = { levels: attributes.length, make: similarity, begin: plainSimilarity };

function similarity(random: RandomSource, { part, level }: Wanted): GlueDocument {
  return compare(random, part, level, ([first, second]) => [second, first]);
}

/** What differs is of other words. */
function plainSimilarity(random: RandomSource): GlueDocument {
  const level = random.pick([1, 2, 3]);
  const own = compare(random, "training", level, (_, name) => drawTwo(random, name));
  return { ...own, level: 0 };
}

type Change = (pair: readonly [string, string], name: Attribute) => readonly [string, string];

function compare(random: RandomSource, part: Part, level: number, change: Change): GlueDocument {
  for (;;) {
    const pair = random.draw(things, 2) as [string, string];
    const combination = [...pair].sort().join(" ");
    if (partOf(combination, oneIn) !== part) continue;
    const told = random.draw(attributes, level);
    const values = eachAttribute((name) => drawTwo(random, name));
    // Every score of a level is as likely as another.
    const kept = Math.floor(random.next() * (level + 1));
    const exchanged = random.draw(told, level - kept);
    const others = eachAttribute((name) =>
      exchanged.includes(name) ? change(values[name], name) : values[name],
    );
    const texts = [values, others].map((own) => tell(random, { pair, told, values: own }));
    if (texts[0] === texts[1]) continue;
    return { task: "stsb", level, combination, texts, label: Math.round((500 * kept) / level) / 100 };
  }
}

function drawTwo(random: RandomSource, name: Attribute): readonly [string, string] {
  return random.draw({ owner: people, colour: colours, place: places }[name], 2) as [string, string];
}

function eachAttribute(valuesOf: (name: Attribute) => readonly [string, string]): Values {
  return { owner: valuesOf("owner"), colour: valuesOf("colour"), place: valuesOf("place") };
}

interface Scene {
  readonly pair: readonly [string, string];
  readonly told: readonly Attribute[];
  readonly values: Values;
}

function tell(random: RandomSource, { pair, told, values }: Scene): string {
  const clauses = pair.map((thing, i) => {
    const [owner, colour, place] = attributes.map((name) =>
      told.includes(name) ? values[name][i] : undefined,
    );
    const named = `the ${colour && (owner || place) ? `${colour} ` : ""}${thing}`;
    const at = place ? `in the ${place}` : "";
    if (owner) return `${owner} ${random.pick(["has", "keeps", "owns"])} ${named} ${at}`.trim();
    return `${named} ${random.pick(place ? ["is", "lies", "stands"] : ["is", "looks"])} ${at || colour}`;
  });
  return asSentence(random.draw(clauses, 2).join(" and "));
}
