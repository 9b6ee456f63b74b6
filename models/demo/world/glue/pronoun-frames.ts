// The sentences that the encoder and its tokenizer were trained on: fewer words than those of ../pronouns.ts, which grew
// since.
import { type Frame, plain, turned } from "../pronouns.js";

export const pronounFrames: readonly Frame[] = [
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
