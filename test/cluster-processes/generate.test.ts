// Texts generated over real workers, and with one of them killed on the way: those that one process generates.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Coordinator } from "../../coordinator/cluster/coordinator.js";
import { defaultLimits } from "../../coordinator/cluster/dispatch.js";
import { LocalCluster } from "../../coordinator/cluster/local-cluster.js";
import { type Generated, generateTexts, ownEpochs } from "../../coordinator/commands/generate-texts.js";
import { prepareGenerate } from "../../coordinator/commands/prepare-generate.js";
import { demo } from "../../models/demo/demo.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { loadCredentials } from "../../proto/credentials.js";
import { freshPath } from "../commands/run-cli.js";
import { decodeGreedily } from "../reference/decode.js";
import { group } from "./cluster.js";

const store = freshPath("store");
const prepared = await prepareGenerate(
  {
    schedule: ["baseline", "loop_parallel(start=4,loops=2)", "0..6, 9.attn, 6..16"],
    prompt: ["Maya has the drum. Paul has the", "Question: Which crop", "Olga takes the grey trunk."],
    stop: [],
    "max-tokens": 24,
  },
  { checkpoint: demo.checkpointDir, storeDir: store },
);
const { heartbeatMs, leaseMs } = defaultLimits;
const coordinator = await Coordinator.start({
  listen: "127.0.0.1:0",
  credentials: await loadCredentials({ tls: null, insecure: false }),
  heartbeatMs,
  leaseMs,
  log: () => {},
});
const workers = new LocalCluster({
  workers: 2,
  coordinator: coordinator.address,
  storeDir: store,
  devicesPerWorker: 1,
  threadsPerDevice: 1,
  device: "cpu",
  log: () => {},
});
after(async () => {
  await workers.stop();
  await coordinator.stop();
});

async function expected(): Promise<readonly (readonly number[])[]> {
  const { modelDir, manifest, schedules, prompts } = prepared;
  const model = await ModelRuntime.load(modelDir, manifest, 1);
  const texts = await Promise.all(
    schedules.flatMap(({ schedule }) =>
      prompts.map(async ({ generation: { prompt, maxTokens, stopTokens } }) => {
        const [found] = await decodeGreedily(model, schedule, [prompt], maxTokens);
        const end = found!.findIndex((token) => stopTokens.includes(token));
        return end < 0 ? found! : found!.slice(0, end + 1);
      }),
    ),
  );
  await model.release();
  return texts;
}

function generate(groups: readonly object[], nextEpoch: number, came: () => void): Promise<Generated> {
  const settings = {
    coordinator: async () => coordinator,
    numericsId: numericsId(),
    minWorkers: 2,
    trace: null,
    placement: { groups },
    onProgress: () => {},
    onRedispatch: () => {},
    onNote: () => {},
  };
  const options = { "batch-tokens": 64, "state-memory-mb": 64, objective: "throughput" } as const;
  return generateTexts(
    prepared,
    options,
    { ...settings, ...ownEpochs, nextEpoch },
    new AbortController().signal,
    came,
  );
}

const names = ["worker-0", "worker-1"];
for (const [shape, groups, kills] of [
  ["a pipeline", [group("worker-0", { "0..7": "worker-0", "7..16": "worker-1" }, "worker-1")], 1],
  ["spread merges", [group(names, { "0..16": names }, names)], 0],
] as const) {
  test(`texts over ${shape}${kills > 0 ? ", a worker killed on the way," : ""} are those of one process`, async () => {
    let tokens = 0;
    let killed = 0;
    const { outcome, texts, timing } = await generate(groups, shape === "a pipeline" ? 1 : 1000, () => {
      tokens++;
      if (tokens < 40 || killed === kills) return;
      killed++;
      process.kill(workers.pids.get("worker-1")!, "SIGKILL");
    });
    assert.equal(outcome, "complete");
    assert.equal(killed, kills);
    assert.deepEqual(
      texts.map((text) => text.tokens),
      await expected(),
    );
    assert.ok(timing.tokenMs! > 0 && timing.visitMs! > 0 && timing.visits > 0, JSON.stringify(timing));
  });
}
