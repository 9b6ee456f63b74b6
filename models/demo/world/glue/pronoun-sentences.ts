// Sentences of two people and a clause about one of them, with the words that the encoder and its tokenizer were trained
// on: fewer than those of ../pronouns.ts, which grew since. Which verb and reason meet in evaluation never meet in training.
import type { RandomSource } from "../../random-source.js";
import type { Part, WorldDocument } from "../document.js";
import { partOf } from "../split.js";
import { people, things } from "../words.js";

const onePairIn = 5;

interface Clause {
  readonly wording: string;
  /** Which of the two it points at when the other clause is a plain one. */
  readonly side: 1 | 2;
}

interface Frame {
  readonly level: number;
  /** `A`, `B` and `#` (a thing) are filled in; side 2 exchanges who is meant. */
  readonly openings: readonly Clause[];
  readonly joint: string;
  readonly endings: readonly Clause[];
}

const frames: readonly Frame[] = [
  {
    level: 1,
    openings: [
      ...[
        "A gave the # to B",
        "A lent the # to B",
        "A sold the # to B",
        "A handed the # to B",
        "A sent the # to B",
      ].map(plain),
      ...[
        "A got the # from B",
        "A borrowed the # from B",
        "A bought the # from B",
        "A took the # from B",
        "A begged the # from B",
      ].map(turned),
    ],
    joint: "because",
    endings: [
      ...["had two of them.", "did not need it.", "wanted to be rid of it.", "had no more use for it."].map(
        plain,
      ),
      ...["needed one.", "had lost one.", "had none at home.", "wanted to have it."].map(turned),
    ],
  },
  {
    level: 2,
    openings: [
      ...["A is taller than B", "A is stronger than B", "A is faster than B"].map(plain),
      ...["A is shorter than B", "A is weaker than B", "A is slower than B"].map(turned),
      ...["A is not as tall as B", "A is not as strong as B", "A is not as fast as B"].map(turned),
      ...["A is not as short as B", "A is not as weak as B", "A is not as slow as B"].map(plain),
    ],
    joint: "so",
    endings: [
      ...[
        "can bring the # first.",
        "gets the # down.",
        "wins the # in the game.",
        "helps to move the #.",
      ].map(plain),
      ...[
        "cannot bring the # first.",
        "cannot get the # down.",
        "loses the # in the game.",
        "needs help to move the #.",
      ].map(turned),
    ],
  },
];

function plain(wording: string): Clause {
  return { wording, side: 1 };
}

function turned(wording: string): Clause {
  return { wording, side: 2 };
}

export function pronounSentence(random: RandomSource, part: Part): WorldDocument {
  for (;;) {
    const frame = random.pick(frames);
    const opening = random.pick(frame.openings);
    const ending = random.pick(frame.endings);
    const combination = `${opening.wording} ${frame.joint} ${ending.wording}`;
    if (partOf(combination, onePairIn) === part)
      return sentence(random, { frame, opening, ending, combination });
  }
}

interface Drawn {
  readonly frame: Frame;
  readonly opening: Clause;
  readonly ending: Clause;
  readonly combination: string;
}

function sentence(random: RandomSource, { frame, opening, ending, combination }: Drawn): WorldDocument {
  const [first, second] = random.draw(people, 2) as [string, string];
  const thing = random.pick(things);
  const fill = (wording: string): string =>
    wording.replace(/\bA\b/, first).replace(/\bB\b/, second).replace("#", thing);
  const isFirst = opening.side === ending.side;
  const before = `${fill(opening.wording)} ${frame.joint} `;
  const after = ` ${fill(ending.wording)}`;
  // The options stand in either order, as in the original.
  const isSwapped = random.next() < 0.5;
  const [option1, option2] = isSwapped ? [second, first] : [first, second];
  return {
    family: "winogrande",
    level: frame.level,
    combination,
    row: { sentence: `${before}_${after}`, option1, option2, answer: isFirst === isSwapped ? "2" : "1" },
    text: [before + (isFirst ? first : second), after],
  };
}
