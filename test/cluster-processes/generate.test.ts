// Texts generated over real workers, and with one of them killed on the way: those that one process generates.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Coordinator } from "../../coordinator/cluster/coordinator.js";
import { defaultLimits } from "../../coordinator/cluster/dispatch.js";
import { LocalCluster } from "../../coordinator/cluster/local-cluster.js";
import {
  type GenerationEnd,
  generateTexts,
  ownEpochs,
  type TextSoFar,
} from "../../coordinator/commands/generate-texts.js";
import { type PreparedGenerate, prepareGenerate } from "../../coordinator/commands/prepare-generate.js";
import type { KvMode } from "../../coordinator/schedule/kv-mode.js";
import { demo } from "../../models/demo/demo.js";
import { ModelRuntime } from "../../models/runtime/model-runtime.js";
import { numericsId } from "../../models/runtime/numerics.js";
import { loadCredentials } from "../../proto/credentials.js";
import { freshPath } from "../commands/run-cli.js";
import { wholeOnEach } from "../placement/arbitrary-group.js";
import { decodeGreedily } from "../reference/decode.js";
import { PlanDecoder } from "../reference/plan-decode.js";
import { group } from "./cluster.js";

const store = freshPath("store");
const inputs = { checkpoint: demo.checkpointDir, storeDir: store };
const own = await prepareGenerate(
  {
    kv: "own",
    schedule: ["baseline", "loop_parallel(start=4,loops=2)", "0..6, 9.attn, 6..16"],
    prompt: ["Maya has the drum. Paul has the", "Question: Which crop", "Olga takes the grey trunk."],
    stop: [],
    "max-tokens": 24,
  },
  inputs,
);
const paper = await prepareGenerate(
  {
    kv: "paper",
    schedule: ["loop_parallel(start=4,loops=2)", "parallel(start=5)"],
    prompt: ["Maya has the drum. Paul has the key.", "Question: Which"],
    stop: [],
    "max-tokens": 24,
  },
  inputs,
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

/** Of kv=own by the schedule read as a program, of kv=paper by its plan on one place. */
async function expected(prepared: PreparedGenerate, kv: KvMode): Promise<readonly (readonly number[])[]> {
  const { modelDir, manifest, schedules, prompts, graph } = prepared;
  const model = await ModelRuntime.load(modelDir, manifest, 1);
  const texts = await Promise.all(
    schedules.flatMap(({ schedule }, i) =>
      prompts.map(async ({ generation: { prompt, maxTokens, stopTokens } }) => {
        const onePlace = wholeOnEach(1, manifest.config.layerCount);
        const [found] =
          kv === "own"
            ? await decodeGreedily(model, schedule, [prompt], maxTokens)
            : await new PlanDecoder(model, graph, graph.heads[i]!, onePlace).decode([prompt], maxTokens);
        const end = found!.findIndex((token) => stopTokens.includes(token));
        return end < 0 ? found! : found!.slice(0, end + 1);
      }),
    ),
  );
  await model.release();
  return texts;
}

function generate(
  prepared: PreparedGenerate,
  groups: readonly object[],
  nextEpoch: number,
  came: (text: TextSoFar) => void,
): Promise<GenerationEnd> {
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
const pipeline = [group("worker-0", { "0..7": "worker-0", "7..16": "worker-1" }, "worker-1")];
const spread = [group(names, { "0..16": names }, names)];
for (const [what, prepared, groups, nextEpoch, killAt] of [
  ["texts over a pipeline, a worker killed on the way,", own, pipeline, 1, 40],
  ["texts over spread merges", own, spread, 1000, null],
  ["texts of kv=paper over spread merges, a worker killed on the way,", paper, spread, 2000, 12],
] as const) {
  test(`${what} are those of one process`, async () => {
    let tokens = 0;
    let killed = false;
    const texts: (readonly number[])[] = [];
    const { outcome, timing } = await generate(prepared, groups, nextEpoch, (text) => {
      if (text.isOver) texts[text.schedule * prepared.prompts.length + text.prompt] = text.tokens;
      tokens++;
      if (tokens !== killAt) return;
      killed = true;
      process.kill(workers.pids.get("worker-1")!, "SIGKILL");
    });
    assert.equal(outcome, "complete");
    assert.equal(killed, killAt !== null);
    assert.deepEqual(texts, await expected(prepared, prepared === own ? "own" : "paper"));
    assert.ok(timing.tokenMs! > 0 && timing.visitMs! > 0 && timing.visits > 0, JSON.stringify(timing));
  });
}

test("kv=paper and kv=own go on otherwise after the same prompts", async () => {
  assert.notDeepEqual(await expected(paper, "paper"), await expected(paper, "own"));
});
