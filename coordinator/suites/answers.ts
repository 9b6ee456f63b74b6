// From the text a model wrote to an answer, and whether it is right: the harness's
// regular-expression filter and its exact_match. Patterns mean the same in Python and here.
import { strip } from "./python-text.js";

/** What stands for an answer where there is none. */
const NO_ANSWER = "[invalid]";

/** The first or last match of a pattern: its first group that is not empty, stripped. */
export function findAnswer(text: string, pattern: RegExp, match: "first" | "last"): string {
  const matches = [...text.matchAll(pattern)];
  const groups = matches.at(match === "first" ? 0 : -1)?.slice(1);
  if (groups === undefined) return NO_ANSWER;
  return strip(groups.find((group) => group !== undefined && group !== "") ?? NO_ANSWER);
}

/** Whether two texts are equal once all matches of the patterns are deleted, in their order, and case is ignored. */
export function exactMatch(answer: string, gold: string, ignored: readonly RegExp[]): boolean {
  const normalise = (text: string) =>
    ignored.reduce((rest, pattern) => rest.replaceAll(pattern, ""), text).toLowerCase();
  return normalise(answer) === normalise(gold);
}
