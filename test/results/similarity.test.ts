// From grams to cosines, and the files they are written to.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { averageGrams } from "../../coordinator/results/similarity.js";
import { formatSimilarityCsv, formatSimilarityStatesCsv } from "../../coordinator/results/similarity-csv.js";
import {
  formatSimilarity,
  readSimilarity,
  type Similarity,
  SimilarityFileError,
  similarityFileName,
} from "../../coordinator/results/similarity-file.js";
import { formatHeatMap } from "../../coordinator/results/similarity-table.js";
import { temporaryFolder } from "./temporary-folder.js";

const example: Similarity = {
  formatVersion: 1,
  run: {
    paintersVersion: "0.1.0",
    command: "painters similarity",
    startedAt: "2026-01-01T00:00:00.000Z",
    wallTimeMs: 12,
    model: { name: "m", fingerprint: "f", layerCount: 2 },
    numericsId: "n",
    harness: "current",
    task: "lambada_openai",
    documents: 3,
  },
  schedules: [
    {
      schedule: "0, mean(0, 1)",
      text: "0, mean(0, 1)",
      states: [
        { label: "0", norm: 1.5, variance: 0.25 },
        { label: "0, 1", norm: Number.POSITIVE_INFINITY, variance: Number.NaN },
      ],
      cosine: [
        [1, Number.NaN],
        [Number.NaN, 1],
      ],
    },
  ],
};

test("averageGrams() averages cosines over documents, norms and variances over tokens", () => {
  // Two states: (3, 4) and (4, 3) in the first document, (1, 0) and (0, 2) in the second, of two tokens.
  const documents = [
    { products: [25, 24, 25], norms: [5, 5], variances: [0.25, 0.25], tokens: 1 },
    { products: [1, 0, 4], norms: [1, 2], variances: [0.5, 1], tokens: 2 },
  ].map(({ tokens, ...sums }) => ({
    products: Float64Array.from(sums.products),
    norms: Float64Array.from(sums.norms),
    variances: Float64Array.from(sums.variances),
    tokens,
  }));
  assert.deepEqual(averageGrams(["0", "out"], documents), {
    states: [
      { label: "0", norm: 2, variance: 0.25 },
      { label: "out", norm: 7 / 3, variance: 1.25 / 3 },
    ],
    cosine: [
      [1, 0.48],
      [0.48, 1],
    ],
  });
});

test("readSimilarity() reads what formatSimilarity() writes, infinities and all", async (t) => {
  const folder = temporaryFolder(t);
  assert.equal(await readSimilarity(folder), null);
  writeFileSync(join(folder, similarityFileName), formatSimilarity(example));
  assert.deepEqual(await readSimilarity(folder), example);
});

test("readSimilarity() says what is wrong with a file", async (t) => {
  const folder = temporaryFolder(t);
  const refuses = async (text: string, message: RegExp): Promise<void> => {
    writeFileSync(join(folder, similarityFileName), text);
    await assert.rejects(readSimilarity(folder), (error) => {
      assert.ok(error instanceof SimilarityFileError);
      assert.equal(error.exitCode, 2);
      assert.match(error.message, message);
      return true;
    });
  };
  await refuses("{", /similarity\.json is not JSON/);
  await refuses(
    formatSimilarity(example).replace('"formatVersion": 1', '"formatVersion": 2'),
    /formatVersion/,
  );
  const [schedule] = example.schedules;
  const lame = { ...example, schedules: [{ ...schedule!, cosine: [[1, 0]] }] };
  await refuses(formatSimilarity(lame), /schedules\.0: cosine must have a row and a column for every state/);
});

test("formatSimilarityCsv() has a line for every schedule and pair", () => {
  assert.equal(
    formatSimilarityCsv(example),
    [
      "schedule,a,b,a_label,b_label,cosine",
      '"0, mean(0, 1)",0,0,0,0,1',
      '"0, mean(0, 1)",0,1,0,"0, 1",NaN',
      '"0, mean(0, 1)",1,0,"0, 1",0,NaN',
      '"0, mean(0, 1)",1,1,"0, 1","0, 1",1',
      "",
    ].join("\r\n"),
  );
  assert.equal(
    formatSimilarityStatesCsv(example),
    [
      "schedule,state,label,norm,variance",
      '"0, mean(0, 1)",0,0,1.5,0.25',
      '"0, mean(0, 1)",1,"0, 1",Infinity,NaN',
      "",
    ].join("\r\n"),
  );
});

test("formatHeatMap() is no wider than the window, and shades by cosine", () => {
  const count = 81;
  const states = Array.from({ length: count }, (_, i) => ({ label: `${i}`, norm: i, variance: 1e-9 * i }));
  const cosine = states.map((_, i) => states.map((__, j) => 1 - Math.abs(i - j) / 40));
  const large = { schedule: "baseline", text: "0..80", states, cosine };
  for (const width of [60, 80, 120, 200]) {
    const lines = formatHeatMap(large, width).split("\n");
    for (const line of lines.slice(1, -2)) assert.ok(line.length <= width, `${width}: ${line}`);
    assert.match(lines[2]!, /^0 {6}█/);
  }
  assert.match(formatHeatMap(large, 80), /of 81 states every second is shown/);
  assert.doesNotMatch(formatHeatMap(large, 200), /is shown/);
  assert.match(formatHeatMap(example.schedules[0]!, 80), /^0 {6}██\?\?/m);
});
