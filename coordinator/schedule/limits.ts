// What keeps a line of text from filling the memory: bounds checked before
// anything is unrolled or spliced.

/** Most visits one schedule may unroll to; also the largest integer and the most layers its text may hold. */
export const MAX_VISITS = 1_000_000;

/** Deepest nesting of parentheses in a schedule's text, so that recursive passes cannot run out of stack. */
export const MAX_NESTING = 256;

/** Most layers of a model that variants are built for: a grid grows with their square. */
export const MAX_LAYERS = 1000;
