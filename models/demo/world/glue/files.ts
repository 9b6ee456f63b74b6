// GLUE's files of the world, in the format and places of the hub's rows, and the
// endless rows that the encoder is trained on.
import { RandomSource } from "../../random-source.js";
import type { Part } from "../document.js";
import { cola } from "./cola.js";
import { type GlueDocument, type GlueMaker, type GlueTask, rowOf } from "./document.js";
import { mrpc } from "./mrpc.js";
import { qnli } from "./qnli.js";
import { rte } from "./rte.js";
import { sst2 } from "./sst2.js";
import { stsb } from "./stsb.js";
import { wnli } from "./wnli.js";

const makers: Readonly<Record<GlueTask, GlueMaker>> = { cola, sst2, mrpc, qnli, rte, stsb, wnli };

export const glueTasks = Object.keys(makers) as readonly GlueTask[];

const splits = [
  { name: "validation", part: "evaluation", seed: 101, count: 300 },
  { name: "train", part: "training", seed: 201, count: 512 },
] as const;

/**
 * Documents by the path of their file under the data folder. No document occurs
 * twice in a file; labels and levels are even, in no order.
 */
export function glueDocuments(): ReadonlyMap<string, readonly GlueDocument[]> {
  return new Map(
    glueTasks.flatMap((task, i) =>
      splits.map(({ name, part, seed, count }) => [
        `glue/${task}/${name}.jsonl`,
        drawDocuments(task, part, new RandomSource(seed + i), count),
      ]),
    ),
  );
}

function drawDocuments(task: GlueTask, part: Part, random: RandomSource, count: number): GlueDocument[] {
  const drawn = new Map<string, GlueDocument>();
  for (let attempt = 0; drawn.size < count; attempt++) {
    if (attempt > 50 * count) throw new Error(`the world has fewer than ${count} documents of ${task}`);
    const document = makeGraded(task, part, random, drawn.size);
    const text = document.texts.join("\n");
    if (!drawn.has(text)) drawn.set(text, document);
  }
  return random.draw([...drawn.values()], count);
}

/** `grade` counts through both sides of the label, then through the levels. */
function makeGraded(task: GlueTask, part: Part, random: RandomSource, grade: number): GlueDocument {
  const { levels, make } = makers[task];
  return make(random, { part, isTrue: grade % 2 === 0, level: 1 + (Math.floor(grade / 2) % levels) });
}

export function glueLines(documents: readonly GlueDocument[]): string {
  return documents.map((document, idx) => `${JSON.stringify(rowOf(document, idx))}\n`).join("");
}

/** Endless, the tasks in turn, each with one of what training begins with. */
export function* glueTraining(seed: number): Generator<GlueDocument> {
  const random = new RandomSource(seed);
  for (let grade = 0; ; grade++) {
    for (const task of glueTasks) {
      yield makeGraded(task, "training", random, grade);
      const begun = makers[task].begin?.(random, grade % 2 === 0);
      if (begun) yield begun;
    }
  }
}
