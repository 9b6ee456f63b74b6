// Bench `parallel`: the branches of a mean on workers of their own, against all of them on one worker.
//
// The floor of a mean of n layers of L ms, states of B bytes, a hop of h = B / rate + latency, an addition of a, with cores
// to spare, when branches gather at two places (those of 8 do: merge-runs.ts): L + h (the fan-out) + 2 h + (n - 1) a. On
// two cores every hop costs core time instead: 6.5x is 62.5 ms, which leaves 25 core-ms besides the layer for 14 hops and
// their additions. bare-merge.ts makes the hops of a sum that goes from worker to worker over bare grpc-js, with nothing
// of ours; what it reaches in the same run is a row of its own.

import type { Trace, TracedHop } from "../../coordinator/cluster/trace.js";
import { isGatheredSooner } from "../../coordinator/placement/step-costs.js";
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
/** As local workers say of theirs. */
const linkBytesPerSecond = 1e9;
const device = `simulated:${layerMs}:${stateBytes}`;
const rounds = 5;
const microBatches = 12;
/** Until V8 has compiled what runs a few times a micro-batch: two minutes of a sweep. */
const warmUp = 2000;
const bareWarmUp = 500;
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
      await runBare(bare, bareWarmUp);
      return [
        ...(await measure(many, one, bare, 1, warmUp)),
        ...(await measure(many, one, bare, 3, microBatches)),
      ];
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
  unmeasured: number,
): Promise<Row[]> {
  const mean = `mean(0..${layers})`;
  const text = times === 1 ? mean : `loop(${times}, ${mean})`;
  const schedules = [parseSchedule(text, layers)];
  const common = {
    schedules,
    batchTokens: 4,
    inFlightPerPlace: 0,
    gathers: isGatheredSooner(stateBytes / linkBytesPerSecond),
  };
  const manyMs: number[] = [];
  const oneMs: number[] = [];
  const ratios: number[] = [];
  const bareMs: number[] = [];
  const cpuMs: number[] = [];
  const bareCpuMs: number[] = [];
  const parts: Parts[] = [];
  for (let round = 0; round <= rounds; round++) {
    const cpuBefore = many.cpuMs ?? Number.NaN;
    const documents = tinyDocuments(round === 0 ? unmeasured : microBatches);
    const wide = await many.run({ ...common, documents, placement: { groups: [spread] } });
    const cpuAfter = many.cpuMs ?? Number.NaN;
    const floor = await runBare(bare, times * microBatches);
    const narrow = await one.run({ ...common, documents: tinyDocuments(3), placement: { groups: [onOne] } });
    if (round === 0) continue;
    manyMs.push(microBatchMs(wide));
    oneMs.push(microBatchMs(narrow));
    ratios.push(oneMs.at(-1)! / manyMs.at(-1)!);
    cpuMs.push((cpuAfter - cpuBefore) / microBatches);
    bareMs.push(times * floor.ms);
    bareCpuMs.push(floor.cpuMs / microBatches);
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
      name: "bare grpc-js, a sum's hops",
      value: median(oneMs) / median(bareMs),
      unit: "x",
      note: `nothing of ours, all bytes by connection; ${milliseconds(bareMs)} ms, ${milliseconds(bareCpuMs)} core-ms`,
    },
    {
      name: `${text}, a hop to the merge`,
      value: median(parts.map(({ hop }) => hop)),
      unit: "ms",
      note:
        `and ${part("adding")} ms to add a branch; ${part("fanOut")} ms until the last worker has the input; ` +
        `at least ${part("leastHop")} ms a hop in a micro-batch`,
    },
  ];
}

/** Of rounds one after another: how long one takes, and the CPU of all. */
async function runBare(
  bare: BareMerge,
  rounds: number,
): Promise<{ readonly ms: number; readonly cpuMs: number }> {
  const cpuBefore = await bare.cpuMs();
  const runs: number[] = [];
  for (let run = 0; run < rounds; run++) runs.push(await bare.run());
  return { ms: median(runs), cpuMs: (await bare.cpuMs()) - cpuBefore };
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
    const ownHops = hops.filter((hop) => hop.injection === injection);
    const isMerged = (hop: TracedHop): boolean =>
      sums.some(({ device, inputs }) => device === hop.to && inputs.includes(hop.state));
    const inputs = ownHops.filter((hop) => !isMerged(hop));
    const hopMs = ownHops.filter(isMerged).map(({ startMs, endMs }) => endMs - startMs);
    return {
      hop: median(hopMs),
      leastHop: Math.min(...hopMs),
      adding: median(sums.map(({ startMs, endMs }) => endMs - startMs)),
      fanOut: Math.max(...inputs.map(({ startMs, endMs }) => endMs - startMs)),
    };
  });
}
