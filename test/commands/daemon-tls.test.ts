// Certificates from `painters certs` on a coordinator, a worker and a client.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import { run, startCoordinator, startWorker } from "./daemon-processes.js";
import { freshPath, runWell } from "./run-cli.js";
import { summaryRows } from "./sweep-outputs.js";

const tiny = ["sweep", "--limit", "1", "--tasks", "winogrande", "--schedule", "baseline", "--no-report"];
const local = freshPath("local");

before(async () => {
  await runWell(...tiny, "--out", local);
});

test("certs make coordinator, worker and client trust each other, and nobody else", async () => {
  const [dir, foreign] = [freshPath("tls"), freshPath("foreign")];
  await runWell("certs", dir, "--worker", "a");
  await runWell("certs", foreign, "--worker", "a");
  const as = (name: string, folder = dir): readonly string[] => [
    ...["--tls-ca", join(folder, "ca.crt")],
    ...["--tls-cert", join(folder, `${name}.crt`), "--tls-key", join(folder, `${name}.key`)],
  ];
  const coordinator = await startCoordinator({}, ...as("coordinator"));
  const at = ["--coordinator", coordinator.address];
  const impostor = await startWorker(coordinator, "b", ...as("a")).ended;
  assert.equal(impostor.code, 1);
  assert.match(impostor.said, /worker \\?"b\\?" was refused: its certificate is for a, not for/);
  await startWorker(coordinator, "a", ...as("a")).until(/attached to the coordinator/);
  const out = freshPath("out");
  const stdout = await runWell(...tiny, ...at, ...as("client"), "--out", out);
  assert.match(stdout, /1 scores computed/);
  assert.equal(summaryRows(out), summaryRows(local));
  const plain = await run("status", ...at);
  assert.equal(plain.code, 1);
  assert.match(plain.said, /cannot reach the coordinator/);
  const stranger = await run("status", ...at, ...as("client", foreign));
  assert.equal(stranger.code, 1);
  assert.match(stranger.said, /was not signed by our CA/);
  const half = await run("status", ...at, "--tls-ca", join(dir, "ca.crt"));
  assert.equal(half.code, 2);
  assert.match(half.said, /--tls-ca, --tls-cert and --tls-key go together/);
});
