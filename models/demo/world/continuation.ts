// HellaSwag's family: which of four endings follows. Level 1 asks for the next
// step of an activity, level 2 also for the thing that the person took, level 3
// for the right person's thing of two.
import type { RandomSource } from "../random-source.js";
import type { Part, WorldDocument } from "./document.js";
import { partOf } from "./split.js";
import { colours, men, pronounOf, women } from "./words.js";

const oneStepIn = 5;

interface Activity {
  readonly label: string;
  readonly vessel: string;
  /** In their order; `#` is the vessel with its colour. */
  readonly steps: readonly string[];
}

const activities: readonly Activity[] = [
  activity("Baking bread", "bowl", [
    "pours flour into the #",
    "adds yeast to the #",
    "kneads dough in the #",
    "covers with cloth the #",
    "lets dough rise in the #",
    "takes dough from the #",
  ]),
  activity("Washing clothes", "tub", [
    "fills with water the #",
    "stirs soap into the #",
    "puts shirts into the #",
    "scrubs shirts in the #",
    "wrings shirts over the #",
    "empties outside the #",
  ]),
  activity("Painting walls", "bucket", [
    "mixes paint in the #",
    "carries upstairs the #",
    "dips brushes into the #",
    "paints corners from the #",
    "wipes brushes over the #",
    "closes tightly the #",
  ]),
  activity("Planting trees", "pot", [
    "puts stones into the #",
    "shovels earth into the #",
    "presses seeds into the #",
    "waters gently the #",
    "puts in sunlight the #",
    "lifts saplings from the #",
  ]),
  activity("Making tea", "pan", [
    "rinses under water the #",
    "boils water in the #",
    "drops leaves into the #",
    "stirs honey into the #",
    "pours tea from the #",
    "hangs up again the #",
  ]),
  activity("Going fishing", "boat", [
    "pushes off shore the #",
    "rows with oars the #",
    "throws nets from the #",
    "waits quietly in the #",
    "pulls trout into the #",
    "ties to posts the #",
  ]),
  activity("Packing for travel", "trunk", [
    "brushes dust off the #",
    "folds linen into the #",
    "lays shoes into the #",
    "locks with care the #",
    "straps with leather the #",
    "hands to porters the #",
  ]),
  activity("Milking cows", "pail", [
    "cleans with brushes the #",
    "sets under cows the #",
    "squeezes milk into the #",
    "skims cream from the #",
    "carries home the #",
    "pours into churns the #",
  ]),
];

function activity(label: string, vessel: string, steps: readonly string[]): Activity {
  return { label, vessel, steps };
}

/** @param level 1 to 3, drawn when left out */
export function continuation(random: RandomSource, part: Part, index: number, level?: number): WorldDocument {
  for (;;) {
    const scene = drawScene(random, level ?? random.pick([1, 2, 3]));
    const { doing, at, colour, other } = scene;
    // Levels 1 and 2 tell the same story and differ in the wrong endings only.
    const combination = `${doing.label} ${at} ${colour} ${scene.level < 3 ? "" : other}`;
    if (partOf(combination, oneStepIn) === part) return document(random, scene, { combination, index });
  }
}

interface Scene {
  readonly level: number;
  readonly doing: Activity;
  /** The first step told; the next one is told too. */
  readonly at: number;
  /** The step that follows. */
  readonly step: number;
  readonly person: string;
  readonly colour: string;
  readonly companion: string;
  readonly other: string;
}

function drawScene(random: RandomSource, level: number): Scene {
  const doing = random.pick(activities);
  const at = Math.floor(random.next() * (doing.steps.length - 2));
  const [colour, other] = random.draw(colours, 2) as [string, string];
  const pair = [random.pick(women), random.pick(men)] as const;
  const [person, companion] = random.next() < 0.5 ? pair : [pair[1], pair[0]];
  return { level, doing, at, step: at + 2, person, colour, companion, other };
}

function document(
  random: RandomSource,
  scene: Scene,
  { combination, index }: { readonly combination: string; readonly index: number },
): WorldDocument {
  const { level, doing, at, person, colour } = scene;
  const plain = (step: number): string => doing.steps[step]!.replace("#", doing.vessel);
  const ctxA = `${opening(random, scene)} ${person} ${plain(at)} and ${plain(at + 1)}.`;
  const ctxB = `then ${pronounOf(person)}`;
  const right = ending(doing, scene.step, colour);
  const wrong = wrongEndings(random, scene);
  const gold = Math.floor(random.next() * 4);
  return {
    family: "hellaswag",
    level,
    combination,
    row: {
      ind: index,
      activity_label: doing.label,
      ctx_a: ctxA,
      ctx_b: ctxB,
      ctx: `${ctxA} ${ctxB}`,
      endings: [...wrong.slice(0, gold), right, ...wrong.slice(gold)],
      source_id: `demo~${index}`,
      split: "val",
      split_type: "indomain",
      label: String(gold),
    },
    text: [`${doing.label}: ${ctxA} T${ctxB.slice(1)}`, ` ${right}`],
  };
}

function ending({ steps, vessel }: Activity, step: number, colour: string): string {
  return `${steps[step]!.replace("#", `${colour} ${vessel}`)}.`;
}

function opening(random: RandomSource, { level, doing, person, companion, colour, other }: Scene): string {
  const own = `${person} takes the ${colour} ${doing.vessel}`;
  if (level < 3) return `${own}.`;
  const others = `${companion} takes the ${other} ${doing.vessel}`;
  return random.next() < 0.5 ? `${own} and ${others}.` : `${others} and ${own}.`;
}

/**
 * Level 1: three other steps. Above: one other step, and both with the other colour.
 * All of them are steps that could follow something: a first one would give itself away.
 */
function wrongEndings(random: RandomSource, { level, doing, step, colour, other }: Scene): string[] {
  const steps = random.draw(
    doing.steps.map((_, i) => i).filter((i) => i >= 2 && i !== step),
    3,
  );
  if (level === 1) return steps.map((wrong) => ending(doing, wrong, colour));
  const wrong = steps[0]!;
  return random.draw(
    [ending(doing, wrong, colour), ending(doing, step, other), ending(doing, wrong, other)],
    3,
  );
}
