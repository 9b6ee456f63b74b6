// STS-B's kind: how similar are two sentences, from 0 to 5. Both tell of the same
// two things, with as many attributes as the level says (owner, colour, place);
// the second may exchange any of them. The score is the share that it keeps.
import type { RandomSource } from "../../random-source.js";
import { partOf } from "../split.js";
import { colours, people, places, things } from "../words.js";
import { asSentence, type GlueDocument, type GlueMaker, type Wanted } from "./document.js";

const oneIn = 5;
const attributes = ["owner", "colour", "place"] as const;
type Attribute = (typeof attributes)[number];

type Values = Readonly<Record<Attribute, readonly [string, string]>>;

export const stsb: GlueMaker = { levels: attributes.length, make: similarity };

function similarity(random: RandomSource, { part, level }: Wanted): GlueDocument {
  for (;;) {
    const pair = random.draw(things, 2) as [string, string];
    const combination = [...pair].sort().join(" ");
    if (partOf(combination, oneIn) !== part) continue;
    const told = random.draw(attributes, level);
    const values: Values = {
      owner: random.draw(people, 2) as [string, string],
      colour: random.draw(colours, 2) as [string, string],
      place: random.draw(places, 2) as [string, string],
    };
    // Every score of a level is as likely as another.
    const kept = Math.floor(random.next() * (level + 1));
    const exchanged = random.draw(told, level - kept);
    const others = Object.fromEntries(
      attributes.map((name) => {
        const [first, second] = values[name];
        return [name, exchanged.includes(name) ? [second, first] : [first, second]];
      }),
    ) as Record<Attribute, [string, string]>;
    const texts = [values, others].map((own) => tell(random, { pair, told, values: own }));
    if (texts[0] === texts[1]) continue;
    return { task: "stsb", level, combination, texts, label: Math.round((500 * kept) / level) / 100 };
  }
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
