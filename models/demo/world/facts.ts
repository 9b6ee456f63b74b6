// What is so in the world: who lives where, does what and keeps which animal,
// and what towns, jobs and animals are like. One fact for a subject and a relation.
import { RandomSource } from "../random-source.js";
import { people } from "./words.js";

/** In a wording, `#` stands for the subject and `@` for the value. */
export interface Relation {
  readonly name: string;
  readonly values: readonly string[];
  readonly questions: readonly string[];
  readonly statements: readonly string[];
}

export interface Kind {
  readonly name: "person" | "town" | "job" | "animal";
  readonly subjects: readonly string[];
  readonly relations: readonly Relation[];
  /** How a wording speaks of a subject. */
  readonly direct: string;
  /** How a wording speaks of a person's town, job or animal without naming it; null for people. */
  readonly ofPerson: string | null;
}

export interface Fact {
  readonly kind: Kind;
  readonly subject: string;
  readonly relation: Relation;
  readonly value: string;
}

/** A relation of people, then one of what it leads to: the river of the town of Ada. */
export interface TwoHops {
  readonly person: string;
  readonly first: Fact;
  readonly second: Fact;
}

const towns = ["Oakton", "Millbury", "Stonley", "Ravenholt", "Fernwick", "Dunmore", "Elmsea", "Brightford"];
const jobs = ["baker", "painter", "sailor", "teacher", "farmer", "doctor", "singer", "smith"];
const animals = ["goat", "cat", "parrot", "horse", "rabbit", "duck", "dog", "sheep"];

const kinds: readonly Kind[] = [
  {
    name: "person",
    subjects: people,
    direct: "#",
    ofPerson: null,
    relations: [
      {
        name: "town",
        values: towns,
        questions: [
          "In which town does # live?",
          "Where does # live?",
          "Which town is the home of #?",
          "Where would you visit #?",
        ],
        statements: ["# lives in @.", "The home of # is in @.", "You can visit # in @."],
      },
      {
        name: "job",
        values: jobs,
        questions: [
          "What is the job of #?",
          "What does # work as?",
          "Which job does # have?",
          "How does # earn money?",
        ],
        statements: ["# works as a @.", "The job of # is @.", "# earns money as a @."],
      },
      {
        name: "animal",
        values: animals,
        questions: [
          "Which animal does # keep?",
          "What animal lives with #?",
          "Which pet does # have?",
          "What is the pet of #?",
        ],
        statements: ["# keeps a @.", "The pet of # is a @.", "The animal that lives with # is a @."],
      },
      {
        name: "drink",
        values: "tea milk cider cocoa juice water coffee lemonade".split(" "),
        questions: [
          "What does # like to drink?",
          "Which drink would you pour for #?",
          "What is in the cup of #?",
          "Which drink does # order?",
        ],
        statements: ["# likes to drink @.", "The cup of # is full of @.", "# always orders @."],
      },
    ],
  },
  {
    name: "town",
    subjects: towns,
    direct: "#",
    ofPerson: "the town of #",
    relations: [
      attribute("river", "Ash Birk Corve Dell Esk Frome Gade Hull", "Which river", "runs through #", [
        "flows past #",
        "do you cross in #",
        "gives water to #",
      ]),
      attribute(
        "festival",
        "lanterns kites masks boats flowers ribbons bells torches",
        "What festival",
        "is held in #",
        ["do people dance at in #", "is the pride of #", "comes every summer to #"],
      ),
      attribute("crop", "barley hops beans wheat grapes flax onions oats", "Which crop", "grows around #", [
        "do farms sow near #",
        "feeds the people of #",
        "is sold at the market of #",
      ]),
    ],
  },
  {
    name: "job",
    subjects: jobs,
    direct: "a #",
    ofPerson: "#",
    relations: [
      attribute(
        "tool",
        "oven brush compass chalk plough needle piano anvil",
        "Which tool",
        "does the work of # need",
        ["should be given to # for work", "is used at work by #", "is missed at work by #"],
      ),
      attribute(
        "clothes",
        "apron smock boots scarf gloves mask gown belt",
        "What clothes",
        "are worn at work by #",
        ["keep # clean at work", "should be washed for the work of #", "tell the job of #"],
      ),
      attribute(
        "hour",
        "dawn noon dusk midnight morning evening sunrise night",
        "What time",
        "does the work of # begin",
        ["should you call at the work of #", "is the busy hour at work for #", "starts the working day of #"],
      ),
    ],
  },
  {
    name: "animal",
    subjects: animals,
    direct: "a #",
    ofPerson: "the pet of #",
    relations: [
      attribute(
        "food",
        "thistles fish seeds hay carrots snails bones clover",
        "Which food",
        "is eaten by #",
        ["should be bought for #", "makes happy #", "is the favourite of #"],
      ),
      attribute("bed", "straw cushion perch stall hutch nest kennel fold", "Which bed", "is slept in by #", [
        "is made at night for #",
        "should be cleaned for #",
        "keeps warm #",
      ]),
    ],
  },
];

function attribute(
  name: string,
  values: string,
  opening: string,
  statement: string,
  others: readonly string[],
): Relation {
  return {
    name,
    values: values.split(" "),
    questions: [statement, ...others].map((wording) => `${opening} ${wording}?`),
    statements: [statement, ...others].map((wording) => `${opening} ${wording}? It is @.`),
  };
}

/** Every value of a relation is true of equally many subjects. */
function drawFacts(random: RandomSource): readonly Fact[] {
  return kinds.flatMap((kind) =>
    kind.relations.flatMap((relation) => {
      const values = random.draw(
        kind.subjects.map((_, i) => relation.values[i % relation.values.length]!),
        kind.subjects.length,
      );
      return kind.subjects.map((subject, i) => ({ kind, subject, relation, value: values[i]! }));
    }),
  );
}

export const facts: readonly Fact[] = drawFacts(new RandomSource(1001));

export const twoHops: readonly TwoHops[] = facts
  .filter(({ kind }) => kind.name === "person")
  .flatMap((first) =>
    facts
      .filter(({ kind, subject }) => kind.name === first.relation.name && subject === first.value)
      .map((second) => ({ person: first.subject, first, second })),
  );

export function wordFact(wording: string, { kind, subject, value }: Fact): string {
  return wording.replace("#", kind.direct.replace("#", subject)).replace("@", value);
}

export function wordTwoHops(wording: string, { person, second }: TwoHops): string {
  return wording.replace("#", second.kind.ofPerson!.replace("#", person)).replace("@", second.value);
}
