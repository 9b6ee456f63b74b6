// WNLI's kind: whom a pronoun means. WinoGrande's sentences of two people of one
// gender, with the pronoun in its place and a claim that names one of them.
import type { RandomSource } from "../../random-source.js";
import { sentenceOf } from "../pronouns.js";
import { people, pronounOf } from "../words.js";
import type { GlueDocument, GlueMaker, Wanted } from "./document.js";
import { pronounFrames } from "./pronoun-frames.js";

export const wnli: GlueMaker = { levels: 2, make: reading, begin: plainReading };

/** The other side claims it of somebody who does not occur. */
function plainReading(random: RandomSource, isTrue: boolean): GlueDocument {
  for (;;) {
    const own = reading(random, { part: "training", level: random.pick([1, 2]), isTrue: true });
    if (isTrue) return { ...own, level: 0 };
    const [told, claim] = own.texts as [string, string];
    const [meant, ...after] = claim.split(" ");
    const other = random.pick(people);
    if (told.includes(other) || pronounOf(other) !== pronounOf(meant!)) continue;
    return { ...own, level: 0, texts: [told, [other, ...after].join(" ")], label: 0 };
  }
}

function reading(random: RandomSource, { part, level, isTrue }: Wanted): GlueDocument {
  for (;;) {
    const drawn = sentenceOf(pronounFrames, random, part);
    if (drawn.level !== level) continue;
    const row = drawn.row as Readonly<Record<"sentence" | "option1" | "option2" | "answer", string>>;
    const options = [row.option1, row.option2] as const;
    if (pronounOf(options[0]) !== pronounOf(options[1])) continue;
    const [meant, other] = row.answer === "1" ? options : [options[1], options[0]];
    const after = row.sentence.split("_")[1]!;
    return {
      task: "wnli",
      level,
      combination: drawn.combination,
      texts: [row.sentence.replace("_", pronounOf(meant)), `${isTrue ? meant : other}${after}`],
      label: isTrue ? 1 : 0,
    };
  }
}
