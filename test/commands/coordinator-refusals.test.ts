// What a coordinator and its clients refuse, and what they say then.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { loadCredentials } from "../../proto/credentials.js";
import type { LinkError } from "../../proto/link-error.js";
import { connectSweeps } from "../../proto/sweeps-client.js";
import { freeAddress, run, start, startCoordinator, startWorker, sweepsOf } from "./daemon-processes.js";
import { demoCheckpoint, demoData, freshPath, runWell } from "./run-cli.js";

const tiny = ["sweep", "--limit", "1", "--tasks", "winogrande", "--schedule", "baseline", "--no-report"];

before(async () => {
  await runWell(...tiny, "--out", freshPath("demo"));
});

test("a coordinator with a token answers only who shows it", async () => {
  const file = freshPath("token");
  writeFileSync(file, "open-sesame\n");
  const { address } = await startCoordinator({}, "--token-file", file);
  const status = ["status", "--coordinator", address];
  const without = await run(...status);
  assert.equal(without.code, 2);
  assert.match(without.said, /wants a token; give it with --token-file or PAINTERS_TOKEN/);
  const wrong = await start(status, { PAINTERS_TOKEN: "sesame" }).ended;
  assert.equal(wrong.code, 2);
  assert.match(wrong.said, /the token is not this coordinator's/);
  const generate = ["generate", "--prompt", "a", "--coordinator", address];
  const generating = await start(generate, { PAINTERS_TOKEN: "sesame" }).ended;
  assert.equal(generating.code, 2);
  assert.match(generating.said, /the token is not this coordinator's/);
  assert.match(await runWell(...status, "--token-file", file), /no sweeps yet/);
  assert.equal((await start(status, { PAINTERS_TOKEN: "open-sesame" }).ended).code, 0);
  const missing = await run(...status, "--token-file", `${file}-not-there`);
  assert.equal(missing.code, 2);
  assert.match(missing.said, /--token-file .*-not-there cannot be read/);
});

test("a port in use and a state folder in use end a coordinator with exit code 2", async () => {
  const state = freshPath("state");
  const { address } = await startCoordinator({ state });
  const taken = await run("coordinator", "--listen", address, "--state", freshPath("other"));
  assert.equal(taken.code, 2);
  assert.match(taken.said, /cannot listen on 127\.0\.0\.1:\d+: port \d+ is in use/);
  const held = await run("coordinator", "--listen", "127.0.0.1:0", "--state", state);
  assert.equal(held.code, 2);
  assert.match(held.said, /ledger .* is held by process \d+/);
  const open = await run("coordinator", "--listen", "0.0.0.0:0", "--state", freshPath("open"));
  assert.equal(open.code, 2);
  assert.match(open.said, /will not listen on 0\.0\.0\.0:0 without TLS/);
});

test("clients say what they tried when nobody listens, and go on trying when told to", async () => {
  const address = await freeAddress();
  for (const args of [
    ["status"],
    ["watch", "sweep-1"],
    [...tiny, "--detach"],
    ["generate", "--prompt", "a"],
  ]) {
    const running = start([...args, "--coordinator", address]);
    if (args[0] === "watch") {
      await running.until(
        /cannot reach the coordinator at .*connection refused.*; trying again for up to 5 min/,
      );
      running.child.kill("SIGINT");
      continue;
    }
    const { code, said } = await running.ended;
    assert.equal(code, 1);
    assert.ok(said.includes(`cannot reach the coordinator at ${address}: connection refused`), said);
  }
  const patient = start([...tiny, "--coordinator", address, "--detach", "--retry"]);
  await patient.until(/connection refused.*; trying again in \d/);
  await startCoordinator({ listen: address });
  const { code, said } = await patient.ended;
  assert.equal(code, 0, said);
  assert.match(said, /sweep-1 is submitted/);
});

test("names that leave the coordinator's roots are refused by name", async () => {
  const [models, data, outside] = [freshPath("models"), freshPath("data"), freshPath("outside")];
  for (const folder of [models, data, outside]) mkdirSync(folder);
  symlinkSync(demoCheckpoint, join(models, "linked"));
  symlinkSync(outside, join(data, "linked"));
  symlinkSync("/etc", join(data, "etc"));
  mkdirSync(join(data, "mine"));
  const coordinator = await startCoordinator({}, "--models", models, "--data", data);
  const credentials = await loadCredentials({ tls: null, insecure: false });
  const client = connectSweeps({ address: coordinator.address, credentials });
  for (const [options, message] of [
    [{ model: "../models" }, /the model "\.\.\/models" is refused: .* without '\.\.'/],
    [{ model: demoCheckpoint }, /the model "\/.*" is refused: it must be a relative path/],
    [{ model: "linked" }, /the model "linked" is refused: it is a link that leads out of its folder/],
    [{ model: "llama" }, /the coordinator has no model "llama"; it has demo, linked, painters-demo-/],
    [{ data: "etc" }, /the data "etc" is refused: it is a link that leads out/],
    [{ data: "mine/../../data" }, /the data "mine\/\.\.\/\.\.\/data" is refused/],
    [{ data: "yours" }, /has no data folder "yours"; it has etc, linked, mine/],
    [{ tasks: "arc_eazy" }, /there is no task "arc_eazy"; did you mean arc_easy\?/],
    [{ store: "/etc" }, /store is no option/],
    [{ placement: "/etc/passwd" }, /placement/],
    [{ limit: -1 }, /the sweep's limit must be a number of documents/],
    [["model"], /expected object/],
  ] as const) {
    await assert.rejects(client.submit(options), (error: LinkError) => {
      assert.match(error.message, message);
      return error.exitCode === 2;
    });
  }
  client.close();
  const local = await run(...tiny, "--workers", "2", "--coordinator", coordinator.address);
  assert.equal(local.code, 2);
  assert.match(local.said, /--workers is for sweeps on this machine/);
  assert.deepEqual(await sweepsOf(coordinator), [], "none of them was queued");
  const lonely = await run(...tiny, "--detach", "--out", freshPath("x"));
  assert.equal(lonely.code, 2);
  assert.match(lonely.said, /--detach goes with --coordinator/);
});

test("what shows only when a sweep runs is its failed state, and the next sweep runs", async () => {
  const coordinator = await startCoordinator({}, "--data", demoData);
  startWorker(coordinator, "a");
  const at = ["--coordinator", coordinator.address];
  const failed = await run(
    "sweep",
    "--schedule",
    "0..99",
    "--limit",
    "1",
    ...at,
    "--out",
    freshPath("failed"),
  );
  assert.equal(failed.code, 1);
  assert.match(failed.said, /sweep-1 failed: [\s\S]*99/);
  await runWell(...tiny, "--data", "arc_easy", "--detach", ...at);
  const missing = await run("watch", "sweep-2", ...at);
  assert.equal(missing.code, 1);
  assert.match(missing.said, /sweep-2 failed: .*winogrande/);
  const placement = freshPath("placement.yaml");
  writeFileSync(placement, "placement: [] # nobody\n");
  const { said } = await run(...tiny, ...at, "--detach", "--placement", placement);
  assert.match(said, /sweep-3 is submitted/);
  const watching = start(["watch", "sweep-3", ...at]);
  await watching.until(/waiting for capable workers: /);
  await runWell("cancel", "sweep-3", ...at);
  assert.match(await runWell(...tiny, ...at, "--out", freshPath("next")), /1 scores computed/);
});
