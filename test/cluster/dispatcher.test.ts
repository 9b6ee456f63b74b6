// The dispatcher by scripts (test/testdata/dispatcher): what it does at each event.
// UPDATE=1 writes what it does now into them, to be read in review.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runDispatcherScript } from "./dispatcher-script.js";

const folder = fileURLToPath(new URL("../../../test/testdata/dispatcher/", import.meta.url));

for (const file of readdirSync(folder)) {
  // Scripts of a file are apart by a line that says what each shows.
  const [, ...scripts] = readFileSync(path.join(folder, file), "utf8").split(/^# /m);
  const results = scripts.map((script) => {
    const [title = "", ...lines] = script.split("\n");
    return { title, expected: lines.join("\n").trim(), result: runDispatcherScript(lines.join("\n")).trim() };
  });
  if (process.env.UPDATE === "1") {
    const text = results.map(({ title, result }) => `# ${title}\n${result}\n`).join("\n");
    writeFileSync(path.join(folder, file), text);
  }
  for (const { title, expected, result } of results) {
    test(`${path.basename(file, ".txt")}: ${title}`, () => assert.equal(result, expected));
  }
}
