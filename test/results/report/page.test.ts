import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { drawFigure, drawReport, FigureError } from "../../../coordinator/results/report/draw-report.js";
import { escapeText, html, Markup } from "../../../coordinator/results/report/html.js";
import { theme } from "../../../coordinator/results/report/theme.js";
import {
  formatSimilarity,
  readSimilarity,
  SimilarityFileError,
  similarityFileName,
} from "../../../coordinator/results/similarity-file.js";
import type { Summary } from "../../../coordinator/results/summary-file.js";
import { assertWellFormed } from "./markup.js";
import { encoderLikeSummary, paperLikeSimilarity, paperLikeSummary } from "./paper-like.js";

const ownText = "0..4, loop(2, sum((4..8), (8..12)), damping=0.5), 12..16";
const summary = paperLikeSummary("paper", 16, [ownText]);
const similarity = paperLikeSimilarity(summary);
const page = await drawReport(summary, similarity);

test("drawReport() is well-formed, with ids of one element each", () => {
  assertWellFormed(page);
});

test("drawReport() needs nothing from elsewhere and runs nothing", () => {
  assert.doesNotMatch(page, /<script|<link|<iframe|<img|@import|\son\w+=/i);
  const addresses = [...page.matchAll(/(?:https?:)?\/\/[\w.-]+[^\s"'<]*/g)].map(([address]) => address);
  assert.deepEqual(
    [...new Set(addresses)].filter((address) => address !== "http://www.w3.org/2000/svg"),
    [],
  );
  assert.ok([...page.matchAll(/(?:href|src)="([^"]*)"/g)].every(([, target]) => target!.startsWith("#")));
  assert.ok(page.length < 2e6, `${page.length} characters`);
});

test("drawReport() draws every figure, in two sizes where it has them, with a table behind it", () => {
  const names = [...page.matchAll(/<figure id="figure-([^"]+)">/g)].map(([, name]) => name);
  assert.deepEqual(names, [
    "all-methods",
    "skip",
    "middle_repeat",
    "reverse",
    "random",
    "parallel",
    "loop_parallel",
    "skip-one",
    "switch-neighbours",
    "loops",
    "pareto",
    "similarity",
    "similarity-2",
  ]);
  for (const name of names) {
    const from = page.indexOf(`<figure id="figure-${name}">`);
    const figure = page.slice(from, page.indexOf("</figure>", from));
    assert.match(figure, /<svg role="img" aria-label="[^"]{20,}"/);
    assert.match(figure, /<details><summary>Table: .*<table><caption>.*<th scope="col">.*<th scope="row">/s);
  }
  assert.equal(page.match(/class="drawing wide"/g)?.length, 10);
  assert.equal(page.match(/class="drawing narrow"/g)?.length, 10);
});

test("drawReport() pictures an example of each method and every text", () => {
  for (const name of [
    "baseline",
    "skip(start=4)",
    "reverse(start=4)",
    "random(start=4,seed=0)",
    "loop_parallel(start=4,loops=3)",
  ]) {
    assert.ok(page.includes(`<code>${name}</code>`), name);
  }
  assert.ok(page.includes(`Given as text: <code>${ownText}</code>`));
  assert.ok(page.includes("2 ×, damping 0.5"));
});

test("drawReport() says how it was run", () => {
  for (const text of [summary.run.model.fingerprint, "6,738,415,616", summary.run.numericsId, "2 h 8 min"]) {
    assert.ok(page.includes(text), text);
  }
  assert.ok(page.includes(`<code>${escapeText(summary.run.command)}</code>`));
});

test("drawReport() escapes whatever comes from data", async () => {
  const bad = `<script>alert("x")</script>&'\u0000`;
  const evil: Summary = {
    ...summary,
    run: {
      ...summary.run,
      command: bad,
      model: { ...summary.run.model, name: bad, fingerprint: bad },
      numericsId: bad,
    },
    rows: summary.rows.map((row) => ({ ...row, task: row.task + bad, schedule: row.schedule + bad })),
    medians: summary.medians.map((row) => ({ ...row, schedule: row.schedule + bad })),
    latencies: summary.latencies.map((row) => ({ ...row, schedule: row.schedule + bad })),
  };
  const states = similarity.schedules[0]!.states.map((state) => ({ ...state, label: state.label + bad }));
  const drawn = await drawReport(evil, {
    ...similarity,
    run: { ...similarity.run, command: bad, task: bad },
    schedules: [{ ...similarity.schedules[0]!, schedule: bad, states }],
  });
  assert.doesNotMatch(drawn, /<script/i);
  assert.ok(!drawn.includes("\u0000"));
  assertWellFormed(drawn);
});

test("drawReport() copes with a sweep of one schedule, and with values that are no numbers", async () => {
  const one = {
    ...summary,
    rows: summary.rows.slice(0, 5),
    medians: summary.medians.slice(0, 1),
    latencies: [],
  };
  const drawn = await drawReport(one, null);
  assertWellFormed(drawn);
  assert.match(drawn, /Nothing here is normalised/);
  const rows = summary.rows.map((row) =>
    row.method === "skip" ? { ...row, value: Number.NaN, normalised: Number.NaN, stderr: Number.NaN } : row,
  );
  const medians = summary.medians.map((row) =>
    row.schedule.startsWith("skip(") ? { ...row, acc: Number.NaN, acc_norm: Number.NaN } : row,
  );
  const broken = await drawReport({ ...summary, rows, medians }, null);
  assertWellFormed(broken);
  assert.match(broken, /Without a median, and so not in the figures: 8 schedules/);
  assert.doesNotMatch(broken, /NaN,|,NaN|"NaN"/);
});

test("drawReport() draws an encoder's means", async () => {
  const drawn = await drawReport(encoderLikeSummary(8), null);
  assertWellFormed(drawn);
  assert.match(drawn, /<th scope="col">mean over tasks<\/th>/);
  assert.match(drawn, /<p>Mean: 0\.\d\d\d/);
  assert.doesNotMatch(drawn, /median/i);
});

test("drawFigure() stands alone: literal colours, a name, a background", async () => {
  for (const name of ["all-methods", "loops", "similarity", `schedule:${ownText}`]) {
    const svg = await drawFigure(summary, similarity, name);
    assert.match(svg, /^<svg role="img" aria-label="[^"]+" xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    assert.doesNotMatch(svg, /var\(/);
    assertWellFormed(svg);
  }
});

test("drawFigure() lists the figures there are when it is asked for another", async () => {
  await assert.rejects(drawFigure(summary, null, "similarity"), (error) => {
    assert.ok(error instanceof FigureError && error.exitCode === 2);
    assert.match(error.message, /no figure "similarity"; they have all-methods, skip, .*schedule:baseline/);
    return true;
  });
});

test("html`` escapes text and keeps markup", () => {
  const made = html`<p title="${'"a" & b'}">${["<x>", new Markup("<b>y</b>"), null, 3]}</p>`;
  assert.equal(made.text, '<p title="&quot;a&quot; &amp; b">&lt;x&gt;<b>y</b>3</p>');
});

test("theme: text has a contrast of 4.5 on paper and panel, in light and dark", () => {
  const luminance = (color: string): number => {
    const [red, green, blue] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  for (const [mode, palette] of Object.entries(theme) as [string, Record<string, string>][]) {
    for (const [name, color] of Object.entries(palette)) {
      if (["paper", "panel", "rule", "grid"].includes(name)) continue;
      for (const ground of ["paper", "panel"]) {
        const [a, b] = [luminance(color), luminance(palette[ground]!)].sort((x, y) => y - x);
        const contrast = (a! + 0.05) / (b! + 0.05);
        assert.ok(contrast >= 4.5, `${mode} ${name} on ${ground}: ${contrast.toFixed(2)}`);
      }
    }
  }
});

test("readSimilarity() reads what formatSimilarity() wrote, and names what is wrong", async (t) => {
  const dir = await mkdtemp(join(tmpdir(), "painters-similarity-"));
  t.after(() => rm(dir, { recursive: true }));
  assert.equal(await readSimilarity(dir), null);
  const odd = {
    ...similarity.schedules[0]!,
    cosine: similarity.schedules[0]!.cosine.map((row) => row.with(0, Number.NaN)),
  };
  const written = { ...similarity, schedules: [odd] };
  await writeFile(join(dir, similarityFileName), formatSimilarity(written));
  assert.deepEqual(await readSimilarity(dir), written);
  await writeFile(
    join(dir, similarityFileName),
    formatSimilarity({ ...similarity, schedules: [{ ...odd, cosine: [[1]] }] }),
  );
  await assert.rejects(readSimilarity(dir), SimilarityFileError);
  await assert.rejects(
    readSimilarity(dir),
    /schedules\.0: cosine must have a row and a column for every state; run/,
  );
});
