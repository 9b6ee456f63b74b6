import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { formatSummary } from "../../coordinator/results/summary-file.js";
import { paperLikeSummary } from "../results/report/paper-like.js";
import { freshPath, runCli, runWell } from "./run-cli.js";

const dir = freshPath("paper-like");

before(() => {
  mkdirSync(dir);
  writeFileSync(join(dir, "summary.json"), formatSummary(paperLikeSummary("main", 8)));
});

test("painters report writes report.html into the folder, or where it is told", async () => {
  assert.equal(await runWell("report", dir), `${join(dir, "report.html")}\n`);
  const page = readFileSync(join(dir, "report.html"), "utf8");
  assert.match(page, /^<!doctype html>/);
  assert.match(page, /<figure id="figure-all-methods">/);
  const other = join(freshPath("elsewhere"), "llama.html");
  assert.equal(await runWell("report", dir, "--out", other), `${other}\n`);
  assert.equal(readFileSync(other, "utf8"), page);
});

test("painters report --figure writes one figure as SVG, the same as to stdout", async () => {
  const file = freshPath("methods.svg");
  assert.equal(await runWell("report", dir, "--figure", "all-methods", "--svg", file), `${file}\n`);
  const svg = readFileSync(file, "utf8");
  assert.match(svg, /^<svg [\s\S]*<\/svg>\n$/);
  assert.equal(await runWell("report", dir, "--figure", "all-methods", "--svg", "-"), svg);
});

test("painters report says what does not go, with exit code 2", async () => {
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [[freshPath("nothing")], /no sweep's results in .*name the folder given to/],
    [[dir, "--figure", "all-methods"], /--figure all-methods needs a file to go to: --svg FILE/],
    [[dir, "--svg", "a.svg"], /name it with --figure/],
    [[dir, "--figure", "skip", "--svg", "a.svg", "--out", "b.html"], /--out is for the whole report/],
    [
      [dir, "--figure", "similarity", "--svg", "a.svg"],
      /no figure "similarity"; they have all-methods, skip, /,
    ],
  ];
  for (const [args, message] of refusals) {
    const { code, stdout, stderr } = await runCli("report", ...args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  }
});

test("painters sweep ends with a report, and without one says so and succeeds", async () => {
  const out = freshPath("swept");
  const words = ["sweep", "--tasks", "arc_easy", "--limit", "2", "--bootstrap-iters", "0", "--no-samples"];
  const sweep = [...words, "--schedule", "baseline", "--schedule", "reverse(start=2)", "--out", out];
  const said = await runWell(...sweep);
  assert.ok(said.includes(`Open ${join(out, "report.html")} in a browser`));
  assert.match(readFileSync(join(out, "report.html"), "utf8"), /<code>reverse\(start=2\)<\/code>/);

  const without = await runWell(...sweep, "--no-report");
  assert.doesNotMatch(without, /in a browser/);
  assert.ok(!existsSync(join(out, "report.html")), "no older report stays beside newer numbers");

  const blocked = freshPath("blocked");
  mkdirSync(join(blocked, "report.html", "in-the-way"), { recursive: true });
  const { code, stdout, stderr } = await runCli(...sweep.with(-1, blocked));
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^painters: the results are complete, but report\.html could not be drawn \(.*\); try `painters report/,
  );
  assert.ok(existsSync(join(blocked, "summary.json")));
  assert.doesNotMatch(stdout, /in a browser/);
});
