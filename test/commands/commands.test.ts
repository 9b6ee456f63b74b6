// The commands that run no sweep, by what they print.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { dirname, relative } from "node:path";
import { before, describe, test } from "node:test";
import { demoCheckpoint, demoData, freshPath, home, runCli, runWell } from "./run-cli.js";
import { summaryRows } from "./sweep-outputs.js";

const tiny = ["--limit", "1", "--tasks", "winogrande", "--schedule", "baseline", "--no-report"];
const demoOut = freshPath("demo");

before(async () => {
  await runWell("sweep", ...tiny, "--out", demoOut);
});

describe("painters", { concurrency: 3 }, () => {
  test("schedule writes out a variant, and counts a text", async () => {
    assert.equal(
      await runWell("schedule", "reverse", "--start", "8", "--layers", "32"),
      "0..9, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 24..32\n",
    );
    const text = await runWell("schedule", "0..4, loop(3, mean(4..28)), 28..32");
    assert.match(text, /^0\.\.4(, mean\(4\.\.28\)){3}, 28\.\.32\nlayer applications +80\n/);
    const json = JSON.parse(await runWell("schedule", "skip(start=3)", "--layers", "12", "--json"));
    assert.equal(json.canonical, "0..4, 9..12");
  });

  test("plan counts the paper's grid on Llama 2 7B", async () => {
    const plan = JSON.parse(await runWell("plan", "--shape", "llama-2-7b", "--grid", "paper", "--json"));
    assert.equal(plan.schedules, 432);
    assert.deepEqual(plan.visits, { naive: 25056, shared: 8825, waves: 9094 });
    assert.match(await runWell("plan", "--shape", "llama-2-7b"), /25,056[\s\S]*8,825[\s\S]*9,094/);
  });

  test("import puts a model into the store, once, and sweep takes it from there", async () => {
    const store = freshPath("store");
    const imported = JSON.parse(await runWell("import", demoCheckpoint, store, "--json"));
    assert.equal(imported.parameterCount, 1939296);
    assert.match(
      await runWell("import", demoCheckpoint, store),
      new RegExp(`painters-demo is in ${imported.dir}`),
    );
    const folder = `painters-demo-${imported.fingerprint.slice(0, 8)}`;
    assert.deepEqual(readdirSync(store).sort(), ["imports.json", folder]);
    const out = freshPath("from-store");
    await runWell("sweep", ...tiny, "--out", out, "--model", imported.dir, "--data", demoData);
    assert.equal(summaryRows(out), summaryRows(demoOut));
  });

  test("sweep takes a checkpoint by a path that is relative or ends in a slash", async () => {
    // Commands run in the folder that holds the home.
    for (const model of [`${demoCheckpoint}/`, relative(dirname(home), demoCheckpoint)]) {
      const out = freshPath("by-path");
      await runWell("sweep", ...tiny, "--out", out, "--model", model, "--data", demoData);
      assert.equal(summaryRows(out), summaryRows(demoOut));
    }
  });

  test("doctor says what this machine can run", async () => {
    const { findings } = JSON.parse(await runWell("doctor", "--json"));
    const subjects = findings.map(({ subject, ok }: { subject: string; ok: boolean }) => (ok ? subject : ""));
    assert.deepEqual(subjects.slice(0, 5), ["node", "compute", "ledger", "store", "memory"]);
    const checkpoints = findings.find(
      ({ subject }: { readonly subject: string }) => subject === "checkpoints",
    );
    assert.match(checkpoints.text, /^of LlamaForCausalLM, .*GPTNeoXForCausalLM, BertModel/);
    assert.match(await runWell("doctor"), /^ok {4}llama-2-7b +27\.0 GB in float32/m);
  });

  test("--help of every command shows examples", async () => {
    const commands = ["sweep", "results", "schedule", "plan", "import", "doctor"];
    const helps = await Promise.all(commands.map((command) => runWell(command, "--help")));
    for (const [i, help] of helps.entries()) {
      assert.ok(help.startsWith(`painters ${commands[i]}`), help);
      assert.match(help, new RegExp(`Examples:\\n  painters ${commands[i]}`));
    }
    assert.match(await runWell("--help"), /Commands:[\s\S]*painters sweep[\s\S]*Examples:/);
    assert.match(await runWell("--version"), /^\d+\.\d+\.\d+\n$/);
  });

  test("painters without a command shows the commands and exits 2", async () => {
    const { code, stdout, stderr } = await runCli();
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /painters sweep \[file\][\s\S]*painters: name a command/);
  });
});
