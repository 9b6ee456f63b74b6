// What of a growing text may be printed already.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TextStream } from "../../coordinator/commands/text-stream.js";

function shown(stops: readonly string[], growing: readonly string[]): readonly string[] {
  const written: string[] = [];
  const stream = new TextStream({ write: (text: string) => written.push(text) }, stops);
  for (const [i, text] of growing.entries()) stream.show(text, i === growing.length - 1);
  return written;
}

test("TextStream prints what is new, and half a character only with its other half", () => {
  assert.deepEqual(shown([], ["a", "ab\uFFFD", "abé", "abé!"]), ["a", "b", "é", "!", "\n"]);
});

test("TextStream keeps back what may be the beginning of a stop", () => {
  const stops = ["drum is", "\n\n"];
  assert.deepEqual(shown(stops, ["the", "the drum", "the drum i", "the "]), ["the", " ", "\n"]);
  assert.deepEqual(shown(stops, ["a dr", "a dress\n", "a dress\nb"]), ["a ", "dress", "\nb", "\n"]);
});
