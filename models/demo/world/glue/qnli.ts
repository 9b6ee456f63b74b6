// QNLI's kind: does the sentence answer the question. The sentence tells as many
// facts as the level says, each of another person and relation; what is asked is
// one of them, or one's person with another's relation.
import type { RandomSource } from "../../random-source.js";
import { partOf } from "../split.js";
import { people, places, things } from "../words.js";
import { asSentence, type GlueDocument, type GlueMaker, type Wanted } from "./document.js";

const oneIn = 5;

/** `#` is the person, `@` the value. */
interface Relation {
  readonly questions: readonly string[];
  readonly statements: readonly string[];
  readonly values: readonly string[];
}

const relations: readonly Relation[] = [
  relation("where is the home of #?; in which town does # sleep?", "# lives in @; @ is where # dwells", [
    ...["Oakton", "Millbury", "Stonley", "Ravenholt", "Fernwick", "Dunmore", "Elmsea", "Brightford"],
  ]),
  relation("what is the job of #?; how does # earn money?", "# works as a @; they hired # as a @", [
    ...["baker", "painter", "sailor", "teacher", "farmer", "doctor", "singer", "smith"],
  ]),
  relation("which pet does # have?; what is the animal of #?", "# keeps a @; a @ obeys #", [
    ...["goat", "cat", "parrot", "horse", "rabbit", "duck", "dog", "sheep"],
  ]),
  relation("what is in the cup of #?; what does # drink?", "# orders @; they pour @ for #", [
    ...["tea", "milk", "cider", "cocoa", "juice", "water", "coffee", "lemonade"],
  ]),
  relation("what did # lose?; which thing is # missing?", "# dropped the @; the @ fell from the bag of #", [
    ...things,
  ]),
  relation("where will # go next?; to what place does # walk?", "# is on the way to the @; the @ expects #", [
    ...places,
  ]),
];

function relation(questions: string, statements: string, values: readonly string[]): Relation {
  return { questions: questions.split("; "), statements: statements.split("; "), values };
}

export const qnli: GlueMaker = { levels: 3, make: answering, begin: plainAnswering };

function answering(random: RandomSource, { part, level, isTrue }: Wanted): GlueDocument {
  for (;;) {
    const who = random.draw(people, level);
    const told = random.draw(relations, level);
    const at = Math.floor(random.next() * level);
    const asked = isTrue
      ? told[at]!
      : random.pick(
          level === 1
            ? relations.filter((other) => other !== told[at])
            : told.filter((other) => other !== told[at]),
        );
    const question = random.pick(asked.questions);
    const combination = `${who[at]} ${question}`;
    if (partOf(combination, oneIn) !== part) continue;
    const texts = [ask(question, who[at]!), tell(random, told, who)];
    return { task: "qnli", level, combination, texts, label: isTrue ? 0 : 1 };
  }
}

/** One or two facts; the other side asks about somebody who does not occur. */
function plainAnswering(random: RandomSource, isTrue: boolean): GlueDocument {
  for (;;) {
    const count = random.pick([1, 2]);
    const [other, ...who] = random.draw(people, 1 + count) as [string, ...string[]];
    const told = random.draw(relations, count);
    const at = Math.floor(random.next() * count);
    const question = random.pick(told[at]!.questions);
    const asked = isTrue ? who[at]! : other;
    const combination = `${asked} ${question}`;
    if (partOf(combination, oneIn) === "evaluation") continue;
    const texts = [ask(question, asked), tell(random, told, who)];
    return { task: "qnli", level: 0, combination, texts, label: isTrue ? 0 : 1 };
  }
}

function ask(question: string, person: string): string {
  const asking = question.replace("#", person);
  return `${asking.charAt(0).toUpperCase()}${asking.slice(1)}`;
}

function tell(random: RandomSource, told: readonly Relation[], who: readonly string[]): string {
  const facts = told.map(({ statements, values }, i) =>
    random.pick(statements).replace("#", who[i]!).replace("@", random.pick(values)),
  );
  return asSentence(facts.join(" and "));
}
