// Small task files in the formats of the real benchmarks, about a made-up
// village. The texts exercise every path; the random demo model cannot know them.
import { RandomSource } from "./random-source.js";

const people = ["Ada", "Bruno", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Ines", "Jonas"];
const things = [
  "lamp",
  "basket",
  "ladder",
  "drum",
  "kettle",
  "blanket",
  "mirror",
  "hammer",
  "bottle",
  "rope",
];
const places = [
  "mill",
  "garden",
  "harbour",
  "kitchen",
  "school",
  "market",
  "tower",
  "barn",
  "bridge",
  "forest",
];
const colours = ["red", "blue", "green", "white", "black", "yellow", "brown", "grey"];
const jobs = ["baker", "painter", "sailor", "teacher", "farmer", "doctor", "singer", "smith"];

type Row = Readonly<Record<string, unknown>>;
type Maker = (random: RandomSource, index: number) => Row;

const arc: Maker = (random, index) => {
  const options = random.draw(things, 4);
  const gold = Math.floor(random.next() * 4);
  const person = random.pick(people);
  return {
    id: `demo_${index}`,
    question: `${person} the ${random.pick(jobs)} keeps one thing in the ${random.pick(places)}. Which thing is it?`,
    choices: { text: options, label: ["A", "B", "C", "D"] },
    answerKey: "ABCD"[gold],
  };
};

const hellaswag: Maker = (random, index) => {
  const [person, other] = random.draw(people, 2);
  const ctxA = `${person} carries a ${random.pick(colours)} ${random.pick(things)} to the ${random.pick(places)}.`;
  const ctxB = `then ${other}`;
  return {
    ind: index,
    activity_label: `At the ${random.pick(places)}`,
    ctx_a: ctxA,
    ctx_b: ctxB,
    ctx: `${ctxA} ${ctxB}`,
    endings: random
      .draw(things, 4)
      .map((thing) => `takes the ${thing} and walks to the ${random.pick(places)}.`),
    source_id: `demo~${index}`,
    split: "val",
    split_type: "indomain",
    label: String(Math.floor(random.next() * 4)),
  };
};

const winogrande: Maker = (random) => {
  const [giver, taker] = random.draw(people, 2);
  return {
    sentence: `${giver} gave the ${random.pick(things)} to ${taker} because _ needed it at the ${random.pick(places)}.`,
    option1: giver,
    option2: taker,
    answer: random.next() < 0.5 ? "1" : "2",
  };
};

const lambada: Maker = (random) => {
  const [first, second] = random.draw(people, 2);
  const thing = random.pick(things);
  return {
    text:
      `${first} left the ${random.pick(colours)} ${thing} in the ${random.pick(places)}. ` +
      `${second} looked everywhere for it, and at last ${second} found the ${thing}`,
  };
};

/** Files by their path under the data folder, each a list of rows for JSON lines. */
export function demoTaskFiles(documentsPerTask: number): ReadonlyMap<string, readonly Row[]> {
  const rows = (maker: Maker, seed: number, count: number): readonly Row[] => {
    const random = new RandomSource(seed);
    return Array.from({ length: count }, (_, index) => maker(random, index));
  };
  const shots = 2 * documentsPerTask;
  return new Map([
    ["arc_easy/test.jsonl", rows(arc, 1, documentsPerTask)],
    ["arc_easy/train.jsonl", rows(arc, 2, shots)],
    ["arc_challenge/test.jsonl", rows(arc, 3, documentsPerTask)],
    ["arc_challenge/train.jsonl", rows(arc, 4, shots)],
    ["hellaswag/validation.jsonl", rows(hellaswag, 5, documentsPerTask)],
    ["hellaswag/train.jsonl", rows(hellaswag, 6, shots)],
    ["winogrande/validation.jsonl", rows(winogrande, 7, documentsPerTask)],
    ["winogrande/train.jsonl", rows(winogrande, 8, shots)],
    ["lambada_openai/test.jsonl", rows(lambada, 9, documentsPerTask)],
  ]);
}
