// WinoGrande's family: which of two people a clause is about. Verbs and reasons
// each have a direction; which of them meet in evaluation never meet in training.
import type { RandomSource } from "../random-source.js";
import type { Part, Telling, WorldDocument } from "./document.js";
import { partOf } from "./split.js";
import { people, things } from "./words.js";

const onePairIn = 5;

export interface Clause {
  readonly wording: string;
  /** Which of the two it points at when the other clause is a plain one. */
  readonly side: 1 | 2;
}

export interface Frame {
  readonly level: number;
  /** `A`, `B` and `#` (a thing) are filled in; side 2 exchanges who is meant. */
  readonly openings: readonly Clause[];
  readonly joint: string;
  readonly endings: readonly Clause[];
}

/** Whoever compares well is meant by a plain ending: `taller`, and `not as short as`. */
const comparisons: readonly (readonly [better: string, worse: string, good: string, bad: string])[] = [
  ["taller", "shorter", "tall", "short"],
  ["stronger", "weaker", "strong", "weak"],
  ["faster", "slower", "fast", "slow"],
  ["smarter", "duller", "smart", "dull"],
  ["braver", "meeker", "brave", "meek"],
  ["healthier", "sicker", "healthy", "sick"],
  ["luckier", "unluckier", "lucky", "unlucky"],
];

const frames: readonly Frame[] = [
  {
    level: 1,
    openings: [
      ..."gave lent sold handed sent passed threw brought offered left mailed returned"
        .split(" ")
        .map((verb) => plain(`A ${verb} the # to B`)),
      ..."got borrowed bought took begged received stole collected fetched won ordered hired"
        .split(" ")
        .map((verb) => turned(`A ${verb} the # from B`)),
    ],
    joint: "because",
    endings: [
      ...[
        "had two of them.",
        "did not need it.",
        "wanted to be rid of it.",
        "had no more use for it.",
        "was tired of it.",
        "owned too many.",
        "could spare it.",
        "had found a better one.",
        "never liked it.",
        "was moving away.",
      ].map(plain),
      ...[
        "needed one.",
        "had lost one.",
        "had none at home.",
        "wanted to have it.",
        "had broken one.",
        "was looking for it.",
        "always wished for it.",
        "could not do without it.",
        "missed one.",
        "forgot to bring one.",
      ].map(turned),
    ],
  },
  {
    level: 2,
    openings: comparisons.flatMap(([better, worse, good, bad]) => [
      plain(`A is ${better} than B`),
      turned(`A is ${worse} than B`),
      turned(`A is not as ${good} as B`),
      plain(`A is not as ${bad} as B`),
    ]),
    joint: "so",
    endings: [
      ...[
        "can bring the # first.",
        "gets the # down.",
        "wins the # in the game.",
        "helps to move the #.",
        "carries the # alone.",
        "guards the # at night.",
        "repairs the # in time.",
        "finds the # again.",
      ].map(plain),
      ...[
        "cannot bring the # first.",
        "cannot get the # down.",
        "loses the # in the game.",
        "needs help to move the #.",
        "drops the # halfway.",
        "hides behind the #.",
        "breaks the # by mistake.",
        "leaves the # to others.",
      ].map(turned),
    ],
  },
];

export function plain(wording: string): Clause {
  return { wording, side: 1 };
}

export function turned(wording: string): Clause {
  return { wording, side: 2 };
}

export function pronounSentence(random: RandomSource, part: Part): WorldDocument {
  return sentenceOf(frames, random, part);
}

export function sentenceOf(own: readonly Frame[], random: RandomSource, part: Part): WorldDocument {
  return sentence(random, drawClauses(own, random, part));
}

/** The same asked outright: who is meant. Of training's pairs only. */
export function askWho(random: RandomSource): Telling {
  const drawn = drawClauses(frames, random, "training");
  const { first, second, fill } = drawWords(random);
  const asked = fill(drawn.ending.wording).slice(0, -1);
  const text = [`${fill(drawn.opening.wording)}. Who ${asked}?`, ` ${meansFirst(drawn) ? first : second}`];
  return { pool: "who", combination: drawn.combination, text };
}

/** What an opening alone says: who has the thing now, who had it first; who compares well. */
export function askRole(random: RandomSource): Telling {
  const frame = random.pick(frames);
  const opening = random.pick(frame.openings);
  const { first, second, fill } = drawWords(random);
  const [asksFirst, plainly, otherwise] =
    frame.level === 1
      ? [random.next() < 0.5, "Who had it first?", "Who has it now?"]
      : [random.next() < 0.5, "Who wins?", "Who loses?"];
  const isFirst = (opening.side === 1) === asksFirst;
  const text = [
    `${fill(opening.wording)}. ${asksFirst ? plainly : otherwise}`,
    ` ${isFirst ? first : second}`,
  ];
  return { pool: "roles", text };
}

function drawClauses(own: readonly Frame[], random: RandomSource, part: Part): Drawn {
  for (;;) {
    const frame = random.pick(own);
    const opening = random.pick(frame.openings);
    const ending = random.pick(frame.endings);
    const combination = `${opening.wording} ${frame.joint} ${ending.wording}`;
    if (partOf(combination, onePairIn) === part) return { frame, opening, ending, combination };
  }
}

interface Drawn {
  readonly frame: Frame;
  readonly opening: Clause;
  readonly ending: Clause;
  readonly combination: string;
}

function meansFirst({ opening, ending }: Drawn): boolean {
  return opening.side === ending.side;
}

function drawWords(random: RandomSource) {
  const [first, second] = random.draw(people, 2) as [string, string];
  const thing = random.pick(things);
  const fill = (wording: string): string =>
    wording.replace(/\bA\b/, first).replace(/\bB\b/, second).replace("#", thing);
  return { first, second, fill };
}

function sentence(random: RandomSource, drawn: Drawn): WorldDocument {
  const { frame, opening, ending, combination } = drawn;
  const { first, second, fill } = drawWords(random);
  const isFirst = meansFirst(drawn);
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
