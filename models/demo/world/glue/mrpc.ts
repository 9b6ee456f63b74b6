// MRPC's kind: do two sentences say the same. Level 1 compares and places people,
// level 2 hands things over, level 3 tells both ways of handing over apart and
// may name a place in passing. Pairs of wordings that evaluation has, training never has.
import type { RandomSource } from "../../random-source.js";
import { partOf } from "../split.js";
import { people, places, things } from "../words.js";
import { asSentence, type GlueDocument, type GlueMaker, type Wanted } from "./document.js";

const oneIn = 5;

/** Wordings of one relation of `A` to `B`; `#` is a thing. */
type Relation = readonly string[];

const standing: readonly Relation[] = [
  ["A is taller than B", "B is shorter than A", "compared with B A is tall", "compared with A B is short"],
  ["A is older than B", "B is younger than A", "compared with B A is old", "compared with A B is young"],
  ["A is faster than B", "B is slower than A", "compared with B A is fast", "compared with A B is slow"],
  ["A is richer than B", "B is poorer than A", "compared with B A is rich", "compared with A B is poor"],
  ["A came before B", "B came after A", "first came A and then B", "B was preceded by A"],
  ["A sits behind B", "B sits in front of A", "behind B there sits A", "in front of A there sits B"],
  ["A lives above B", "B lives below A", "above B there lives A", "below A there lives B"],
];
const transfers: readonly Relation[] = [
  ["A gave the # to B", "B got the # from A", "the # was given to B by A", "from A B got the #"],
  ["A sold the # to B", "B bought the # from A", "the # was sold to B by A", "from A B bought the #"],
  ["A lent the # to B", "B borrowed the # from A", "the # was lent to B by A", "from A B borrowed the #"],
  ["A sent the # to B", "B received the # from A", "the # was sent to B by A", "from A B received the #"],
];

export const mrpc: GlueMaker = { levels: 3, make: paraphrase, begin: plainParaphrase };

function paraphrase(random: RandomSource, { part, level, isTrue }: Wanted): GlueDocument {
  for (;;) {
    const relations = level === 1 ? standing : transfers;
    const first = random.pick(relations);
    // At level 3, half of what differs is another way of handing over.
    const isOther = level === 3 && !isTrue && random.next() < 0.5;
    const second = isOther ? random.pick(relations.filter((relation) => relation !== first)) : first;
    const isExchanged = !isTrue && !isOther;
    const wordings = [random.pick(first), random.pick(second)] as const;
    if (wordings[0] === wordings[1]) continue;
    const combination = wordings.join(" | ");
    if (partOf(combination, oneIn) !== part) continue;
    const [a, b] = random.draw(people, 2) as [string, string];
    const thing = random.pick(things);
    const texts = [
      fill(wordings[0], { A: a, B: b, thing }),
      fill(wordings[1], isExchanged ? { A: b, B: a, thing } : { A: a, B: b, thing }),
    ];
    return {
      task: "mrpc",
      level,
      combination,
      texts: texts.map((text) => asSentence(level === 3 ? placed(random, text) : text)),
      label: isTrue ? 1 : 0,
    };
  }
}

/** Where it was, which does not matter to the relation. */
function placed(random: RandomSource, text: string): string {
  const where = `${random.pick(["near", "behind", "at"])} the ${random.pick(places)}`;
  return random.next() < 0.5 ? text : `${where}, ${text}`;
}

/** The same wording of two people exchanged, or another wording of somebody else. */
function plainParaphrase(random: RandomSource, isTrue: boolean): GlueDocument {
  for (;;) {
    const relation = random.pick([...standing, ...transfers]);
    const before = random.pick(relation);
    const isSame = random.next() < 0.5;
    const after = isSame ? before : random.pick(relation);
    const combination = `${before} | ${after}`;
    if (partOf(combination, oneIn) === "evaluation") continue;
    const [A, B, other] = random.draw(people, 3) as [string, string, string];
    const thing = random.pick(things);
    const others = isTrue
      ? { A, B }
      : isSame
        ? { A: B, B: A }
        : random.pick([
            { A, B: other },
            { A: other, B },
          ]);
    const texts = [fill(before, { A, B, thing }), fill(after, { ...others, thing })].map(asSentence);
    return { task: "mrpc", level: 0, combination, texts, label: isTrue ? 1 : 0 };
  }
}

interface Filling {
  readonly A: string;
  readonly B: string;
  readonly thing: string;
}

function fill(wording: string, { A, B, thing }: Filling): string {
  return wording.replace(/\b[AB]\b/g, (letter) => (letter === "A" ? A : B)).replace("#", thing);
}
