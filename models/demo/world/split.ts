// Which combinations are kept for evaluation: decided by a hash of what is
// asked, so that training and evaluation cannot share one whatever the seeds.
import type { Part } from "./document.js";

/** FNV-1a, finished with murmur3's mixing: the plain one's low bits are too regular for small divisors. */
export function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** One combination in `oneIn` is kept for evaluation. */
export function partOf(combination: string, oneIn: number): Part {
  return hash(combination) % oneIn === 0 ? "evaluation" : "training";
}
