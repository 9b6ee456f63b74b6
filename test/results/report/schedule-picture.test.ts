// What a picture of a schedule says of halves of layers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { schedulePicture } from "../../../coordinator/results/report/schedule-picture.js";
import { parseSchedule } from "../../../coordinator/schedule/parse.js";

test("schedulePicture() writes halves of layers out, apart from runs of whole ones", () => {
  const schedule = parseSchedule(`0..60, 60.attn, sum(60.mlp, 61.mlp), 62..64`);
  const { text } = schedulePicture(schedule, { label: "a picture", layerCount: 64 });
  const texts = [...text.matchAll(/>([^<>]+)<\/text>/g)].map(([, said]) => said);
  const expected = [
    "0",
    "1",
    "2",
    "… 54 more …",
    "57",
    "58",
    "59",
    "60.attn",
    "60.mlp",
    "61.mlp",
    "sum",
    "62",
    "63",
  ];
  assert.deepEqual(texts, expected);
});
