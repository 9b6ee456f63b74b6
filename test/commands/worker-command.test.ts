// `painters worker`: joins, drains, gives way to a newer process of its name, and says
// what it lacks.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf, run, start, startCoordinator, startWorker } from "./daemon-processes.js";
import { freshPath, runWell } from "./run-cli.js";

const tiny = ["sweep", "--limit", "1", "--tasks", "winogrande", "--schedule", "baseline", "--no-report"];

before(async () => {
  await runWell(...tiny, "--out", freshPath("demo"));
});

test("worker passes flags, signals and exit codes on", async () => {
  assert.match(await runWell("worker", "--help"), /^painters worker --coordinator HOST:PORT/);
  const wrong = await run("worker", "--nope");
  assert.equal(wrong.code, 2);
  assert.match(wrong.said, /painters worker: .*coordinator/);
  const coordinator = await startCoordinator({});
  const draining = startWorker(coordinator, "a");
  await draining.until(/attached to the coordinator/);
  draining.child.kill("SIGTERM");
  const { code, said } = await draining.ended;
  assert.equal(code, 0, said);
  assert.match(said, /draining: finishing what is in hand/);
  const orphaned = startWorker(coordinator, "b");
  await orphaned.until(/attached to the coordinator/);
  const [pid] = childrenOf(orphaned);
  orphaned.child.kill("SIGKILL");
  while (existsSync(`/proc/${pid}`)) await sleep(20);
});

test("of two workers with one name the newest stays, and the other ends and says why", async () => {
  const coordinator = await startCoordinator({});
  const first = startWorker(coordinator, "twin");
  await first.until(/attached to the coordinator/);
  const second = startWorker(coordinator, "twin");
  const { code, said } = await first.ended;
  assert.equal(code, 1);
  assert.match(said, /another process took the name twin/);
  await second.until(/attached to the coordinator/);
  await runWell(...tiny, "--coordinator", coordinator.address, "--out", freshPath("out"));
});

test("a sweep waits for a worker whose store has its model, and names the model and who lacks it", async () => {
  const coordinator = await startCoordinator({});
  const poor = startWorker(coordinator, "poor", "--store", freshPath("empty"));
  await poor.until(/attached to the coordinator/);
  const client = start([...tiny, "--coordinator", coordinator.address, "--out", freshPath("out")]);
  await client.until(
    /sweep-1: waits for a worker whose store has model painters-demo \([0-9a-f]{12}\): poor has none; import it there/,
  );
  startWorker(coordinator, "rich");
  const { code, said } = await client.ended;
  assert.equal(code, 0, said);
});

test("coordinator and worker serve metrics and health", async () => {
  const coordinator = await startCoordinator({}, "--metrics", "127.0.0.1:0");
  const worker = startWorker(coordinator, "a", "--metrics", "127.0.0.1:0");
  await worker.until(/attached to the coordinator/);
  const stdout = await runWell(...tiny, "--coordinator", coordinator.address, "--out", freshPath("out"));
  assert.match(stdout, /1 scores computed/);
  const fetchFrom = async (process: typeof worker, path: string): Promise<string> => {
    const [, url] = await process.until(/metrics on (http:\S+?)\/metrics/);
    return (await fetch(`${url}${path}`)).text();
  };
  assert.equal(await fetchFrom(coordinator, "/healthz"), "ok\n");
  assert.equal(await fetchFrom(worker, "/healthz"), "ok\n");
  const seen = await fetchFrom(coordinator, "/metrics");
  for (const line of [
    /^painters_build_info\{version="[\d.]+",role="coordinator"\} 1$/m,
    /^painters_workers\{state="waiting"\} 1$/m,
    /^painters_sweeps\{state="done"\} 1$/m,
    /^painters_records_total 1$/m,
    /^painters_injections_total 1$/m,
    /^painters_layer_visits_total 16$/m,
    /^painters_epochs_total 1$/m,
    /^painters_store_commit_seconds_count 1$/m,
    /^painters_nodejs_eventloop_lag_seconds /m,
  ]) {
    assert.match(seen, line);
  }
  const ofWorker = await fetchFrom(worker, "/metrics");
  assert.match(ofWorker, /^painters_step_duration_seconds_count 18$/m);
  assert.match(ofWorker, /^painters_kv_cache_bytes\{device="0"\} 0$/m);
});
