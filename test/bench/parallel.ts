// Bench `parallel`: the branches of a mean on workers of their own, against all of them on one worker.
//
// The floor of a mean of n layers of L ms, states of B bytes, a hop of h = B / rate + latency, with cores to
// spare: L + h (the fan-out) + (n - 1 + p) / p * (h + a), because the running sum passes through all workers in
// branch order in p pieces, a for adding it up. On two cores every hop costs core time instead: 6.5x is 61.5 ms, which
// leaves 23 core-ms besides the layer for 14 hops, their additions and copies. bare-merge.ts makes the same hops with
// nothing of ours; what it reaches in the same run is a row of its own.

import type { Trace } from "../../coordinator/cluster/trace.js";
import { parseSchedule } from "../../coordinator/schedule/parse.js";
import { BareMerge } from "./bare-merge.js";
import {
  BenchCluster,
  type BenchRun,
  type GroupFile,
  tinyDocuments,
  tinyLlama,
  withModel,
} from "./bench-cluster.js";
import { median, type Row, verdict } from "./row.js";

const layers = 8;
const layerMs = 50;
const stateBytes = 1_000_000;
const device = `simulated:${layerMs}:${stateBytes}`;
const rounds = 5;
const microBatches = 12;
/** Until V8 has compiled what runs a few times a micro-batch. */
const warmUp = 200;
const target = 6.5;

const onOne: GroupFile = { embed: "worker-0", layers: { [`0..${layers}`]: "worker-0" }, head: "worker-0" };
const spread: GroupFile = {
  embed: "worker-0",
  layers: Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [`${layer}..${layer + 1}`, `worker-${layer}`]),
  ),
  head: `worker-${layers - 1}`,
};

export async function benchParallel(): Promise<readonly Row[]> {
  return await withModel(tinyLlama(layers), async (model, storeDir) => {
    const many = await BenchCluster.start(model, storeDir, { workers: layers, device });
    const one = await BenchCluster.start(model, storeDir, { workers: 1, device });
    const bare = await BareMerge.start(layers, { stateBytes, layerMs });
    try {
      return [...(await measure(many, one, bare, 1)), ...(await measure(many, one, bare, 3))];
    } finally {
      bare.stop();
      await Promise.all([many.stop(), one.stop()]);
    }
  });
}

async function measure(
  many: BenchCluster,
  one: BenchCluster,
  bare: BareMerge,
  times: number,
): Promise<Row[]> {
  const mean = `mean(0..${layers})`;
  const text = times === 1 ? mean : `loop(${times}, ${mean})`;
  const schedules = [parseSchedule(text, layers)];
  const common = { schedules, batchTokens: 4, inFlightPerPlace: 0 };
  const manyMs: number[] = [];
  const oneMs: number[] = [];
  const ratios: number[] = [];
  const bareMs: number[] = [];
  const cpuMs: number[] = [];
  const bareCpuMs: number[] = [];
  const parts: Parts[] = [];
  for (let round = 0; round <= rounds; round++) {
    const cpuBefore = many.cpuMs ?? Number.NaN;
    const documents = tinyDocuments(round === 0 ? warmUp : microBatches);
    const wide = await many.run({ ...common, documents, placement: { groups: [spread] } });
    const cpuAfter = many.cpuMs ?? Number.NaN;
    const floor = await runBare(bare, times);
    const narrow = await one.run({ ...common, documents: tinyDocuments(3), placement: { groups: [onOne] } });
    if (round === 0) continue; // warm-up
    manyMs.push(microBatchMs(wide));
    oneMs.push(microBatchMs(narrow));
    ratios.push(oneMs.at(-1)! / manyMs.at(-1)!);
    cpuMs.push((cpuAfter - cpuBefore) / microBatches);
    bareMs.push(floor.ms);
    bareCpuMs.push(floor.cpuMs);
    parts.push(...partsOf(wide.trace));
  }
  const part = (key: keyof Parts): string => median(parts.map((of) => of[key])).toFixed(1);
  const milliseconds = (values: readonly number[]): string => median(values).toFixed(0);
  const best = Math.max(...ratios);
  return [
    {
      name: `${text}, 8 workers over 1`,
      value: median(ratios),
      unit: "x",
      note:
        `${verdict(median(ratios), target, "x")}; best of ${rounds} rounds ${best.toFixed(2)}; 1 MB states, ` +
        `one micro-batch in flight: ${milliseconds(oneMs)} ms -> ${milliseconds(manyMs)} ms, of which ` +
        `${times} x ${layerMs} ms are layers; ${milliseconds(cpuMs)} core-ms`,
    },
    {
      name: "bare grpc-js, same hops",
      value: median(oneMs) / median(bareMs),
      unit: "x",
      note: `the floor: nothing of ours; ${milliseconds(bareMs)} ms, ${milliseconds(bareCpuMs)} core-ms`,
    },
    {
      name: `${text}, a hop of the sum`,
      value: median(parts.map(({ hop }) => hop)),
      unit: "ms",
      note:
        `and ${part("adding")} ms to add a branch; ${part("fanOut")} ms until the last worker has the input; ` +
        `at least ${part("leastHop")} ms a hop in a micro-batch`,
    },
  ];
}

/** Of the same rounds one after another. */
async function runBare(
  bare: BareMerge,
  times: number,
): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const cpuBefore = await bare.cpuMs();
  const runs: number[] = [];
  for (let run = 0; run < times * microBatches; run++) runs.push(await bare.run());
  return {
    ms: times * median(runs),
    cpuMs: ((await bare.cpuMs()) - cpuBefore) / microBatches,
  };
}

function microBatchMs({ injectedAt, recordedAt }: BenchRun): number {
  return median(injectedAt.map((at, i) => recordedAt[i]! - at));
}

/** Where a micro-batch's time goes, milliseconds, medians. */
interface Parts {
  readonly hop: number;
  readonly leastHop: number;
  readonly adding: number;
  readonly fanOut: number;
}

function partsOf({ steps, hops }: Trace): readonly Parts[] {
  const injections = [...new Set(steps.map(({ injection }) => injection))];
  return injections.map((injection): Parts => {
    const own = steps.filter((step) => step.injection === injection);
    const sums = own.filter(({ label }) => label.startsWith("mean"));
    const sumStates = new Set(sums.map(({ state }) => state));
    const inputs = hops.filter((hop) => hop.injection === injection && !sumStates.has(hop.state));
    // A sum has one reader in the chain; the finished mean of a round has many.
    const ofSums = hops.filter(
      (hop) =>
        hop.injection === injection &&
        sumStates.has(hop.state) &&
        sums.some(({ device, inputs }) => device === hop.to && inputs.includes(hop.state)),
    );
    const hopMs = ofSums.map(({ startMs, endMs }) => endMs - startMs);
    return {
      hop: median(hopMs),
      leastHop: Math.min(...hopMs),
      adding: median(sums.map(({ startMs, endMs }) => endMs - startMs)),
      fanOut: Math.max(...inputs.map(({ startMs, endMs }) => endMs - startMs)),
    };
  });
}
