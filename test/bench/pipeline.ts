// Bench `pipeline`: 16 workers that wait, one layer each, many micro-batches.
//
// The floor: a micro-batch leaves the last stage every LAYER_MS. A stage loses what its device thread
// does between two layers (taking in a frame, handing one over), below 1 ms at 64 KB; the hops themselves
// hide behind the next micro-batch, of which two wait at every stage.
import type { Trace } from "../../coordinator/cluster/trace.js";
import { traceFigures } from "../../coordinator/cluster/trace.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { BenchCluster, type GroupFile, tinyDocuments, tinyLlama, withModel } from "./bench-cluster.js";
import { median, type Row, verdict } from "./row.js";

const stages = 16;
const layerMs = 40;
const stateBytes = 65_536;
const microBatches = 120;
const rounds = 3;
const target = 0.95;

const chain: GroupFile = {
  embed: "worker-0",
  layers: Object.fromEntries(
    Array.from({ length: stages }, (_, stage) => [`${stage}..${stage + 1}`, `worker-${stage}`]),
  ),
  head: `worker-${stages - 1}`,
};

export async function benchPipeline(): Promise<readonly Row[]> {
  return await withModel(tinyLlama(stages), async (model, storeDir) => {
    const device = `simulated:${layerMs}:${stateBytes}`;
    const cluster = await BenchCluster.start(model, storeDir, { workers: stages, device });
    try {
      const shares: number[] = [];
      const bubbles: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const { recordedAt, trace } = await cluster.run({
          schedules: [parseSchedule(`0..${stages}`, stages)],
          documents: tinyDocuments(microBatches),
          batchTokens: 4,
          inFlightPerPlace: 2,
          placement: { groups: [chain] },
        });
        // Every stage is busy once the first micro-batch is out.
        const seconds = (recordedAt.at(-1)! - recordedAt[0]!) / (recordedAt.length - 1);
        shares.push(layerMs / seconds);
        bubbles.push(steadyBubble(trace));
      }
      return [
        {
          name: `${stages} stages, share of the ideal rate`,
          value: median(shares),
          unit: "",
          note:
            `${verdict(median(shares), target, "")}; steady state, ${layerMs} ms a layer, 64 KB states, ` +
            `${microBatches} micro-batches, median of ${rounds} rounds, best ${Math.max(...shares).toFixed(3)}`,
        },
        {
          name: `${stages} stages, bubble`,
          value: median(bubbles),
          unit: "",
          note: "idle share of all devices while all stages have work, from the trace",
        },
      ];
    } finally {
      await cluster.stop();
    }
  });
}

/** From the last device's first layer to the first device's last one. */
function steadyBubble({ steps }: Trace): number {
  const layers = steps.filter(({ label }) => label.startsWith("layer"));
  const devices = [...new Set(layers.map(({ device }) => device))];
  const ofDevices = devices.map((device) => layers.filter((step) => step.device === device));
  const firsts = ofDevices.map((own) => Math.min(...own.map(({ startMs }) => startMs)));
  const lasts = ofDevices.map((own) => Math.max(...own.map(({ endMs }) => endMs)));
  const [from, to] = [Math.max(...firsts), Math.min(...lasts)];
  const inside = layers.flatMap((step) => {
    const startMs = Math.max(from, step.startMs);
    const endMs = Math.min(to, step.endMs);
    return endMs > startMs ? [{ ...step, startMs, endMs }] : [];
  });
  return traceFigures({ steps: inside, hops: [] })!.bubbleRatio;
}
