// GSM8K's family: a word problem whose answer works it out step by step, with
// the data set's calculator marks, and ends in `#### n`.
import type { RandomSource } from "../random-source.js";
import type { Part, WorldDocument } from "./document.js";
import { partOf } from "./split.js";
import { goods, people } from "./words.js";

const oneProblemIn = 5;
const most = 60;

type Operator = "+" | "-" | "*";

interface Step {
  readonly operator: Operator;
  readonly operand: number;
  readonly result: number;
}

/** @param steps 1 to 4, drawn when left out */
export function wordProblem(random: RandomSource, part: Part, steps?: number): WorldDocument {
  for (;;) {
    const count = steps ?? random.pick([1, 2, 2, 3, 3, 4]);
    const start = 2 + Math.floor(random.next() * 19);
    const chain = drawChain(random, start, count);
    const combination = `${start}${chain.map(({ operator, operand }) => operator + operand).join("")}`;
    if (partOf(combination, oneProblemIn) === part) return problem(random, start, chain, combination);
  }
}

function drawChain(random: RandomSource, start: number, count: number): readonly Step[] {
  const chain: Step[] = [];
  let value = start;
  while (chain.length < count) {
    const operator = random.pick<Operator>(["+", "+", "-", "-", "*"]);
    const operand = operator === "*" ? random.pick([2, 3]) : 2 + Math.floor(random.next() * 11);
    const result = operator === "+" ? value + operand : operator === "-" ? value - operand : value * operand;
    if (result < 1 || result > most) continue;
    chain.push({ operator, operand, result });
    value = result;
  }
  return chain;
}

function problem(
  random: RandomSource,
  start: number,
  chain: readonly Step[],
  combination: string,
): WorldDocument {
  const [person, ...others] = random.draw(people, chain.length + 1) as [string, ...string[]];
  const [good, otherGood] = random.draw(goods, 2) as [string, string];
  const told = [`${person} has ${start} ${good}.`];
  for (const [i, { operator, operand }] of chain.entries()) {
    told.push(sentence(random, { operator, operand, person, other: others[i]!, good }));
  }
  // Something that does not matter, in some of the longer ones.
  if (chain.length > 1 && random.next() < 0.3) {
    const at = 1 + Math.floor(random.next() * chain.length);
    told.splice(at, 0, `${others[0]} has ${2 + Math.floor(random.next() * 19)} ${otherGood}.`);
  }
  const question = `${told.join(" ")} How many ${good} does ${person} have now?`;
  const lines = chain.map(({ operator, operand, result }, i) => {
    const sum = `${i === 0 ? start : chain[i - 1]!.result}${operator}${operand}`;
    return `${sum}=<<${sum}=${result}>>${result} ${good}.`;
  });
  const answer = `${lines.join("\n")}\n#### ${chain.at(-1)!.result}`;
  return {
    family: "gsm8k",
    level: chain.length,
    combination,
    row: { question, answer },
    text: [`Question: ${question}\nAnswer:`, ` ${answer}`],
  };
}

interface Told {
  readonly operator: Operator;
  readonly operand: number;
  readonly person: string;
  readonly other: string;
  readonly good: string;
}

function sentence(random: RandomSource, { operator, operand, person, other, good }: Told): string {
  switch (operator) {
    case "+":
      return random.pick([
        `${other} gives ${person} ${operand} ${good}.`,
        `${person} finds ${operand} more.`,
        `${person} buys ${operand} ${good} from ${other}.`,
      ]);
    case "-":
      return random.pick([
        `${person} gives ${other} ${operand} ${good}.`,
        `${person} loses ${operand} of them.`,
        `${other} takes ${operand} ${good} from ${person}.`,
      ]);
    case "*":
      return operand === 2
        ? `Then ${person} doubles the number of ${good}.`
        : `Then ${person} triples the number of ${good}.`;
  }
}
