// Documents of random tokens in the shape of a multiple-choice task: a context
// and a few endings.
import type { TokenisedRequest } from "../../coordinator/suites/tokenise.js";
import { RandomSource } from "../../models/demo/random-source.js";

export const contextTokens = 45;
export const endings = 4;
export const endingTokens = 25;

export function randomDocuments(count: number, vocabSize: number): readonly (readonly TokenisedRequest[])[] {
  const random = new RandomSource(1);
  const draw = (length: number): number[] =>
    Array.from({ length }, () => Math.floor(random.next() * vocabSize));
  return Array.from({ length: count }, () => {
    const context = draw(contextTokens);
    return Array.from({ length: endings }, () => {
      const continuation = draw(endingTokens);
      return { input: [...context, ...continuation.slice(0, -1)], continuation };
    });
  });
}
