// A coordinator's daemon, its workers and its clients: one sweep runs at a time, what
// is submitted is never lost, and the results are those of a local sweep.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { before, test } from "node:test";
import {
  childrenOf,
  clientOf,
  run,
  start,
  startCoordinator,
  startWorker,
  sweepsOf,
} from "./daemon-processes.js";
import { demoCheckpoint, demoData, freshPath, readJson, runWell } from "./run-cli.js";
import { countsIn, recordCount, samplesIn, scoresIn, summaryRows } from "./sweep-outputs.js";

const schedules = [
  "baseline",
  "parallel(start=2)",
  "loop_parallel(start=2,loops=3)",
  "0..2, sum(2..6), 6..8",
];
// Micro-batches of one document: many small transactions.
const sweep = [
  ...["sweep", "--limit", "8", "--batch-tokens", "1", "--bootstrap-iters", "100"],
  ...schedules.flatMap((schedule) => ["--schedule", schedule]),
];
const quick = [...sweep, "--no-report"];
const local = freshPath("local");
let localTable = "";

before(async () => {
  localTable = await runWell(...sweep, "--out", local);
});

const tableIn = (stdout: string): string => stdout.slice(stdout.indexOf(" s\n\n"), stdout.indexOf("Open "));

test("sweep --coordinator prints and writes what a local sweep does", async () => {
  const coordinator = await startCoordinator({});
  const workers = ["a", "b"].map((name) => startWorker(coordinator, name));
  await Promise.all(workers.map((worker) => worker.until(/attached to the coordinator/)));
  const out = freshPath("remote");
  const at = ["--coordinator", coordinator.address] as const;
  const stdout = await runWell(...sweep, ...at, "--out", out);
  assert.match(stdout, /^sweep-1 is submitted to 127\.0\.0\.1:\d+\n160 scores computed, 0 known before/);
  assert.equal(tableIn(stdout), tableIn(localTable));
  assert.equal(summaryRows(out), summaryRows(local));
  assert.deepEqual(samplesIn(out), samplesIn(local));

  const again = freshPath("again");
  const json = JSON.parse(await runWell(...quick, ...at, "--out", again, "--json"));
  assert.deepEqual(json, readJson(again, "summary.json"));
  assert.equal(summaryRows(again), summaryRows(local));
  const [first, second] = await sweepsOf(coordinator);
  assert.deepEqual([first?.state, first?.recorded, first?.total, first?.workers], ["done", 160, 160, 2]);
  assert.match(second!.message, /^0 scores computed, 160 known before/, "computed once, whoever asks");
  assert.match(await runWell("status", ...at), /sweep-2 +done +160\/160 .*\n\n2 workers attached\n$/);
  assert.match(await runWell("watch", "sweep-1", ...at), /^sweep-1 done: 160 scores computed/);
  const fetched = freshPath("fetched");
  const csv = await runWell("results", "sweep-1", ...at, "--out", fetched, "--csv", "--task", "winogrande");
  assert.equal(csv.trimEnd().split("\n").length, schedules.length + 1);
  assert.deepEqual(samplesIn(fetched), samplesIn(local));

  // Its scores are known from the sweeps before: each document's under one of their schedules.
  const chosen = freshPath("chosen.jsonl");
  const lines = Array.from({ length: 8 }, (_, i) => ({ doc_id: i, schedule: schedules[i % 4] }));
  writeFileSync(chosen, lines.map((line) => JSON.stringify({ task: "winogrande", ...line })).join("\n"));
  const perDocument = [
    "sweep",
    "--limit",
    "8",
    "--tasks",
    "winogrande",
    "--no-report",
    "--document-schedules",
    chosen,
  ];
  const ownOut = freshPath("per-document");
  assert.match(await runWell(...perDocument, ...at, "--out", ownOut), /\n0 scores computed, 8 known before/);
  const localScores = [...scoresIn(local).values()];
  const ownScores = [...scoresIn(ownOut).values()];
  assert.equal(ownScores.length, 8);
  assert.ok(ownScores.every((score) => localScores.includes(score)));
});

test("sweeps wait for each other and for workers, and can be cancelled", async () => {
  const coordinator = await startCoordinator({});
  const at = ["--coordinator", coordinator.address] as const;
  const submit = async (): Promise<string> => {
    const args = ["sweep", "--limit", "1", "--schedule", "baseline", "--tasks", "winogrande", "--no-report"];
    return JSON.parse(await runWell(...args, ...at, "--detach", "--json")).id;
  };
  assert.deepEqual([await submit(), await submit(), await submit()], ["sweep-1", "sweep-2", "sweep-3"]);
  const watching = start(["watch", "sweep-1", ...at]);
  await watching.until(/sweep-1 running: 0 workers, waits for workers: none is attached/);
  const states = async () => (await sweepsOf(coordinator)).map(({ state, message }) => `${state} ${message}`);
  assert.deepEqual(await states(), [
    "running waits for workers: none is attached",
    "queued waits for sweep-1",
    "queued waits for sweep-1",
  ]);
  const client = await clientOf(coordinator);
  const generation = allOf(client.generate({ prompt: ["Maya has the"], "max-tokens": 2 }));
  await coordinator.until(/generate-1 came/);
  assert.equal(await runWell("cancel", "sweep-3", ...at), "sweep-3 is cancelled\n");
  assert.equal(await runWell("cancel", "sweep-1", ...at), "sweep-1 is cancelled\n");
  const { code, said } = await watching.ended;
  assert.deepEqual([code, said.trimEnd().split("\n").at(-1)], [1, "painters: sweep-1 was cancelled"]);
  const end = start(["watch", "sweep-2", ...at, "--json"]);
  await end.until(/waits for workers/);
  startWorker(coordinator, "a");
  assert.equal((await end.ended).code, 0);
  const last = JSON.parse((await end.ended).said.trimEnd().split("\n").at(-1)!);
  assert.deepEqual([last.state, last.recorded, last.total], ["done", 1, 1]);
  const news = await generation;
  client.close();
  const waits = news.flatMap((each) => (each.kind === "waits" ? [each.reason] : []));
  assert.deepEqual(waits.slice(0, 2), ["waits for sweep-1", "waits for sweep-2"]);
  assert.deepEqual([waits.at(-1), news.at(-1)!.kind], ["", "end"]);
  assert.match(await runWell("cancel", "sweep-2", ...at), /not cancelled: it is done already/);
  for (const [args, message] of [
    [["results", "sweep-1", ...at, "--out", freshPath("none")], /sweep-1 has no results: it is cancelled/],
    [["results", "sweep-2", ...at], /--out is missing/],
    [["cancel", "sweep-9", ...at], /there is no sweep-9; `painters status` lists them/],
  ] as const) {
    const refused = await run(...args);
    assert.equal(refused.code, 2);
    assert.match(refused.said, message);
  }
});

test("a coordinator killed and stopped on the way goes on, computes nothing twice, and ends with the same bits", async (t) => {
  const state = freshPath("killed");
  // Long enough that both signals come in the middle of it, on a fast machine too.
  const long = [
    ...quick.filter((word) => word !== "--limit" && word !== "8"),
    ...["--grid", "main", "--limit", "3", "--tasks", "arc_easy,winogrande,lambada_openai"],
  ];
  // One process with larger micro-batches makes the same bits sooner.
  const atOnce = long.filter((word) => word !== "--batch-tokens" && word !== "1");
  const undisturbed = freshPath("undisturbed");
  const total = countsIn(await runWell(...atOnce, "--out", undisturbed)).computed;
  let coordinator = await startCoordinator({ state });
  const { address } = coordinator;
  startWorker(coordinator, "a");
  startWorker(coordinator, "b");
  const out = freshPath("survived");
  const client = start([...long, "--coordinator", address, "--out", out]);
  await client.until(/sweep-1 is submitted/);
  const recorded = [0];
  for (const signal of ["SIGKILL", "SIGTERM"] as const) {
    const watching = start(["watch", "sweep-1", "--coordinator", address, "--json"]);
    await watching.until(new RegExp(`"recorded":(${numbersFrom(recorded.at(-1)! + 20, total)})\\b`));
    coordinator.child.kill(signal);
    const ended = await coordinator.ended;
    if (signal === "SIGTERM") assert.deepEqual([ended.code, /stays unfinished/.test(ended.said)], [0, true]);
    watching.child.kill("SIGINT");
    assert.equal((await watching.ended).code, 0, "Ctrl-C stops watching");
    recorded.push(recordCount(state));
    assert.equal(readJson<{ state: string }>(state, "sweeps", "sweep-1", "sweep.json").state, "running");
    coordinator = await startCoordinator({ state, listen: address });
  }
  const { code, said } = await client.ended;
  assert.equal(code, 0, said);
  assert.match(said, /lost|cannot reach|stops.*; trying again for up to 5 minutes/);
  assert.match(said, /the coordinator at .* is back/);
  t.diagnostic(`records after each end: ${recorded.join(", ")}`);
  const counts = countsIn(said);
  assert.deepEqual(counts, { computed: total - recorded.at(-1)!, known: recorded.at(-1)! });
  assert.ok(counts.known > 20 && counts.computed > 0, JSON.stringify(counts));
  assert.equal(summaryRows(out), summaryRows(undisturbed));
  assert.deepEqual(samplesIn(out), samplesIn(undisturbed));
  assert.equal(recordCount(state), total);
});

/** A pattern of the whole numbers in [least, end). */
function numbersFrom(least: number, end: number): string {
  return Array.from({ length: end - least }, (_, i) => String(least + i)).join("|");
}

test("Ctrl-C leaves a sweep running, and says how to go on", async () => {
  const coordinator = await startCoordinator({});
  const client = start([...quick, "--coordinator", coordinator.address, "--out", freshPath("left")]);
  await client.until(/sweep-1: waits for workers/);
  client.child.kill("SIGINT");
  const { code, said } = await client.ended;
  assert.equal(code, 1);
  assert.match(
    said,
    /left; sweep-1 goes on\.\n {2}painters watch sweep-1 --coordinator 127[\s\S]*painters cancel/,
  );
  assert.equal((await sweepsOf(coordinator))[0]?.state, "running");
  const asking = await clientOf(coordinator);
  const generation = allOf(asking.generate({ prompt: ["Maya has the"] }));
  await coordinator.until(/generate-1 came/);
  coordinator.child.kill("SIGTERM");
  await assert.rejects(generation, /the coordinator at .*: it stops; ask again when it is back/);
  asking.close();
  assert.equal((await coordinator.ended).code, 0);
});

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("a local sweep tells of a lost worker in one line, and ends when none ever starts", async () => {
  const out = freshPath("lost");
  const losing = start([...quick, "--workers", "2", "--verbose", "--metrics", "127.0.0.1:0", "--out", out]);
  const [, metrics] = await losing.until(/metrics on (\S+)/);
  await losing.until(/epoch \d+ is live/);
  assert.match(await (await fetch(metrics!)).text(), /^painters_workers\{state="serving"\} 2$/m);
  process.kill(childrenOf(losing)[0]!, "SIGKILL");
  const { code, said } = await losing.ended;
  assert.equal(code, 0, said);
  const lines = said.split("\n").filter((line) => /worker-\d ended/.test(line));
  assert.equal(lines.length, 1, said);
  assert.match(
    lines[0]!,
    /^painters: worker-\d ended \(SIGKILL.*\) and is started again(; its documents were injected again \d+ ms after the loss)?$/,
  );
  assert.equal(summaryRows(out), summaryRows(local));

  const placement = freshPath("placement.yaml");
  writeFileSync(placement, 'groups: [{embed: nobody, layers: {"0..16": nobody}, head: nobody}]\n');
  const forced = await run(...quick, "--placement", placement, "--out", freshPath("forced"));
  assert.equal(forced.code, 1, forced.said);
  assert.match(forced.said, /^painters: .*nobody/m);
  const never = await run(...quick, "--device", "abacus", "--out", freshPath("never"));
  assert.equal(never.code, 1, never.said);
  assert.match(
    never.said,
    /every worker ended 5 times in a row soon after its start; worker-0 \(code 2\): .*abacus/,
  );
});

test("a local sweep finds its workers' model where it is, not only in the store", async () => {
  const elsewhere = freshPath("elsewhere");
  const { dir } = JSON.parse(await runWell("import", demoCheckpoint, elsewhere, "--json"));
  const tiny = [
    "sweep",
    "--limit",
    "1",
    "--tasks",
    "winogrande",
    "--schedule",
    "baseline",
    "--no-report",
    "--model",
    dir,
  ];
  await runWell(...tiny, "--data", demoData, "--store", freshPath("other-store"), "--out", freshPath("out"));
});
