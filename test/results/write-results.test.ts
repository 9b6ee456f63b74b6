import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { ResultsWriteError, writeAtomically } from "../../coordinator/results/atomic-file.js";
import { dateId, harnessModelName, sanitiseModelName } from "../../coordinator/results/harness-names.js";
import { PythonFloat, pythonJson } from "../../coordinator/results/python-json.js";
import { type Sweep, summarise } from "../../coordinator/results/summary.js";
import { readSummary, SummaryFileError } from "../../coordinator/results/summary-file.js";
import { writeResults } from "../../coordinator/results/write-results.js";
import { exampleAggregate, exampleOutputs, exampleRun, exampleSweep } from "./example-sweep.js";
import { temporaryFolder, tinyDisk } from "./temporary-folder.js";

const CHILD = fileURLToPath(new URL("./results-child.js", import.meta.url));

async function write(outDir: string, options: { sweep?: Sweep; samples?: boolean; finishedAt?: Date } = {}) {
  const sweep = options.sweep ?? exampleSweep;
  return writeResults({
    outDir,
    sweep,
    summary: await summarise(sweep, exampleOutputs, exampleAggregate),
    run: exampleRun,
    outputs: exampleOutputs,
    samples: options.samples ?? true,
    finishedAt: options.finishedAt ?? new Date(2026, 0, 2, 3, 4, 5, 67),
  });
}

const FIRST_DATE = "2026-01-02T03-04-05.067000";

test("writeResults() writes the harness layout per schedule", async (t) => {
  const out = temporaryFolder(t);
  const summary = await write(out);
  assert.deepEqual(readdirSync(out).sort(), ["harness", "results.csv", "results.md", "summary.json"]);
  assert.deepEqual(await readSummary(out), summary);
  const folders = readdirSync(join(out, "harness")).sort();
  assert.deepEqual(folders, [
    "demo,schedule=0, mean(1, 2) __ __x__y-9c00cd1357",
    "demo,schedule=baseline",
    "demo,schedule=broken(start=2)",
    "demo,schedule=reverse(start=0)",
    "demo,schedule=skip(start=1)",
  ]);
  for (const folder of folders) {
    assert.deepEqual(readdirSync(join(out, "harness", folder)).sort(), [
      `results_${FIRST_DATE}.json`,
      `samples_arc_easy_${FIRST_DATE}.jsonl`,
      `samples_lambada_openai_${FIRST_DATE}.jsonl`,
    ]);
  }
  const file = join(out, "harness", "demo,schedule=baseline", `results_${FIRST_DATE}.json`);
  const text = readFileSync(file, "utf8").replace(/"pretty_env_info": ".*"/, '"pretty_env_info": "..."');
  const golden = new URL("../../../test/testdata/results/harness-results.json", import.meta.url);
  if (process.env.UPDATE === "1") writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, "utf8"));
});

test("writeResults() logs samples as the harness does", async (t) => {
  const out = temporaryFolder(t);
  await write(out);
  const lines = (schedule: string, task: string) =>
    readFileSync(
      join(out, "harness", `demo,schedule=${schedule}`, `samples_${task}_${FIRST_DATE}.jsonl`),
      "utf8",
    );
  const golden = new URL("../../../test/testdata/results/samples.jsonl", import.meta.url);
  const text = ["baseline", "broken(start=2)"]
    .flatMap((schedule) => [lines(schedule, "arc_easy"), lines(schedule, "lambada_openai")])
    .map((file) => file.split("\n").slice(0, 2).join("\n"))
    .join("\n");
  if (process.env.UPDATE === "1") writeFileSync(golden, text);
  assert.equal(text, readFileSync(golden, "utf8"));
  assert.equal(lines("baseline", "arc_easy").split("\n").length, 8 + 1);

  const [first] = lines("baseline", "lambada_openai")
    .split("\n")
    .map((line) => line && JSON.parse(line));
  const sha256 = (value: string) => createHash("sha256").update(value).digest("hex");
  assert.equal(first.doc_hash, sha256(JSON.stringify(first.doc, null, 2)));
  assert.equal(first.prompt_hash, sha256("It was the 0th"));
  assert.equal(first.target_hash, sha256(" day"));
});

test("writeResults() replaces an earlier run of the same schedules and leaves other files alone", async (t) => {
  const out = temporaryFolder(t);
  await write(out);
  const folder = join(out, "harness", "demo,schedule=baseline");
  writeFileSync(join(folder, "notes_2026.json"), "mine");
  writeFileSync(join(folder, ".results_x.json.123.tmp"), "left by a killed process");
  const schedules = exampleSweep.schedules.slice(0, 1);
  await write(out, {
    sweep: { ...exampleSweep, schedules },
    samples: false,
    finishedAt: new Date(2026, 5, 1),
  });
  assert.deepEqual(readdirSync(folder).sort(), [
    "notes_2026.json",
    "results_2026-06-01T00-00-00.000000.json",
  ]);
  assert.equal(readdirSync(join(out, "harness", "demo,schedule=skip(start=1)")).length, 3);
});

test("sanitiseModelName() keeps names apart and within a folder's length", () => {
  const folder = (schedule: string) => sanitiseModelName(harnessModelName("demo", schedule));
  assert.equal(folder("reverse(start=3)"), "demo,schedule=reverse(start=3)");
  assert.notEqual(folder("a/b"), folder("a:b"));
  assert.notEqual(folder(folder("a/b").slice("demo,schedule=".length)), folder("a/b"));
  const long = "0..4, ".repeat(2000);
  assert.notEqual(folder(`${long}1`), folder(`${long}2`));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (schedule) => {
      const name = folder(schedule);
      assert.ok(Buffer.byteLength(name) <= 200);
      assert.doesNotMatch(name, /["<>:/|\\?*[\]\p{C}]/u);
    }),
  );
});

test("pythonJson() writes what json.dumps writes", () => {
  const value = {
    float: new PythonFloat(1),
    small: 1e-7,
    list: [1, true, null, Number.NaN],
    object: {},
    text: 'é\u2028"\\\n\u0001',
    dropped: undefined,
  };
  const text = '"é\u2028\\"\\\\\\n\\u0001"';
  assert.equal(
    pythonJson(value),
    `{"float": 1.0, "small": 1e-07, "list": [1, true, null, NaN], "object": {}, "text": ${text}}`,
  );
  assert.equal(pythonJson({ a: [1, []], b: {} }, 2), '{\n  "a": [\n    1,\n    []\n  ],\n  "b": {}\n}');
});

test("dateId() sorts as text in the order of time", () => {
  assert.equal(dateId(new Date(2026, 10, 9, 8, 7, 6, 5)), "2026-11-09T08-07-06.005000");
});

test("writeAtomically() leaves the old file when whoever makes the new one fails", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "results.md");
  await writeAtomically(file, ["old"]);
  function* failing() {
    yield "new".repeat(1 << 20);
    throw new RangeError("no more");
  }
  await assert.rejects(writeAtomically(file, failing()), RangeError);
  assert.equal(readFileSync(file, "utf8"), "old");
  assert.deepEqual(readdirSync(folder), ["results.md"]);
  await assert.rejects(writeAtomically(join(file, "x.md"), ["x"]), ResultsWriteError);
});

test("writeResults() on a full disk names the file, leaves no half one and succeeds when there is room", async (t) => {
  const disk = tinyDisk(t, 1024);
  if (disk === null) return;
  const out = join(disk, "out");
  mkdirSync(out);
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(980 * 1024));
  await assert.rejects(write(out), (error) => {
    assert.ok(error instanceof ResultsWriteError, String(error));
    assert.equal(error.exitCode, 1);
    assert.match(
      error.message,
      /cannot write .*_2026.*: the disk is full; make room, or leave out the samples/,
    );
    return true;
  });
  assert.ok(!existsSync(join(out, "summary.json")));
  const files = execFileSync("find", [out, "-type", "f"], { encoding: "utf8" }).trim().split("\n");
  for (const file of files.filter((name) => name.endsWith(".jsonl"))) {
    for (const line of readFileSync(file, "utf8").trimEnd().split("\n"))
      JSON.parse(line.replaceAll("NaN", "0"));
  }
  assert.ok(!files.some((file) => file.endsWith(".tmp")), files.join());
  rmSync(ballast);
  await write(out);
  assert.equal((await readSummary(out)).rows.length, 20);
});

test("readSummary() says what is wrong with a summary", async (t) => {
  const out = temporaryFolder(t);
  const refusal = (message: RegExp) => (error: unknown) =>
    error instanceof SummaryFileError && error.exitCode === 2 && message.test(error.message);
  await assert.rejects(readSummary(join(out, "none")), refusal(/no sweep's results in .*none .*--out/));
  for (const [content, message] of [
    ['{"formatVersion": 1, "rows": [', /summary\.json is not JSON/],
    ['{"formatVersion": 2}', /formatVersion: Invalid input: expected 1/],
    ["[]", /is no summary of a sweep/],
  ] as const) {
    writeFileSync(join(out, "summary.json"), content);
    await assert.rejects(readSummary(out), refusal(message));
  }
});

test("painters results prints what a sweep found", async (t) => {
  const out = temporaryFolder(t);
  await write(out, { samples: false });
  const run = (...flags: readonly string[]) =>
    spawnSync(process.execPath, [CHILD, out, ...flags], { encoding: "utf8" });
  assert.match(run().stdout, /^\s+arc_easy .*\nschedule .*acc_norm.*\nbaseline +1\.0000/);
  const json = run("--json", "--method", "custom");
  assert.equal(JSON.parse(json.stdout).rows.length, 8, json.stderr);
  assert.equal(run("--csv").stdout, readFileSync(join(out, "results.csv"), "utf8"));
  const wrong = run("--task", "arc");
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /there is arc_easy, lambada_openai/);
  assert.equal(run("--json", "--csv").status, 2);
});
