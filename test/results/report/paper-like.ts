// A summary and a similarity as the paper's grid might give them, without a model: curves fall
// as the paper's do, with noise. Seeded; what the report's tests look at.
import type { Similarity } from "../../../coordinator/results/similarity-file.js";
import { median } from "../../../coordinator/results/summary.js";
import type { Summary } from "../../../coordinator/results/summary-file.js";
import { gridSchedules } from "../../../coordinator/schedule/grids.js";
import { parseNamed } from "../../../coordinator/schedule/parse-named.js";
import { PythonRandom } from "../../../coordinator/schedule/python-random.js";
import type { NamedSchedule } from "../../../coordinator/schedule/schedule.js";
import { canonicalText, countLayerApplications } from "../../../coordinator/schedule/simplify.js";

interface PaperTask {
  readonly task: string;
  readonly chance: number;
  readonly full: number;
  /** How steeply it falls; 1 is usual. */
  readonly steepness: number;
}

const tasks: readonly PaperTask[] = [
  { task: "arc_challenge", chance: 0.25, full: 0.62, steepness: 1.5 },
  { task: "hellaswag", chance: 0.25, full: 0.76, steepness: 0.8 },
  { task: "lambada_openai", chance: 0, full: 0.74, steepness: 1.1 },
  { task: "winogrande", chance: 0.5, full: 0.7, steepness: 0.7 },
  { task: "gsm8k", chance: 0, full: 0.14, steepness: 2.2 },
];
const documents = 500;

/** Share of the full model's margin that is left. */
function kept({ method, parameters }: NamedSchedule, layerCount: number, steepness: number): number {
  const { start, index, loops = 1 } = parameters;
  if (index !== undefined) {
    const edge = Math.min(index, layerCount - 1 - index) / layerCount;
    return 1 - steepness * Math.exp(-edge * 40) * (method === "skip_idx" ? 0.9 : 0.6) - 0.02 * steepness;
  }
  if (start === undefined) return method === "custom" ? 0.8 : 1;
  const share = (layerCount - 2 * start - 1) / layerCount;
  const best = 1 + share * 8;
  const strength: Readonly<Record<string, number>> = {
    skip: 2.6,
    middle_repeat: 9,
    reverse: 1.6,
    random: 1.2,
    parallel: 2.1,
    loop_parallel: 0.9 + 0.06 * (loops - best) ** 2,
  };
  return Math.exp(-((strength[method] ?? 1) * steepness * share ** 2) * 2.2);
}

export function paperLikeSummary(
  grid: "main" | "paper",
  layerCount: number,
  texts: readonly string[] = [],
): Summary {
  const random = new PythonRandom(7);
  const schedules = [
    ...gridSchedules(grid, layerCount),
    ...texts.map((text) => parseNamed(text, layerCount)),
  ];
  const rows = schedules.flatMap((schedule) =>
    tasks.map(({ task, chance, full, steepness }) => {
      const noise = schedule.method === "baseline" ? 0 : (random.random() - 0.5) * 0.06;
      const value = chance + (full - chance) * (kept(schedule, layerCount, steepness) + noise);
      return {
        schedule: schedule.name,
        method: schedule.method,
        parameters: schedule.parameters,
        text: canonicalText(schedule.schedule),
        task,
        metric: "acc",
        value,
        stderr: Math.sqrt((Math.max(0.01, value) * (1 - value)) / documents),
        normalised: schedule.method === "baseline" ? 1 : (value - chance) / (full - chance),
        documents,
        nonFinite: 0,
      };
    }),
  );
  return {
    formatVersion: 1,
    run: {
      paintersVersion: "0.1.0",
      command: `painters sweep --model Llama-2-7b-hf --data benchmarks --tasks ${tasks.map(({ task }) => task).join(",")} --grid ${grid} --out results/llama`,
      startedAt: "2026-01-02T03:04:05.000Z",
      wallTimeMs: 7_654_321,
      model: {
        name: "Llama-2-7b-hf",
        fingerprint: "3b6f0c1de5a94c7782f0b1d2c3e4f5061728394a5b6c7d8e9f00112233445566",
        layerCount,
        parameterCount: 6_738_415_616,
        sourceDtype: "F16",
        maxLength: 4096,
      },
      numericsId: "onnxruntime-1.30.0/cpu/avx512/f32/unpacked",
      harness: "current",
      kv: null,
      grid,
      limit: documents,
      bootstrapIterations: 1000,
      workers: 4,
    },
    rows,
    medians: schedules.map(({ name }) => {
      const own = rows.filter(({ schedule }) => schedule === name).map(({ normalised }) => normalised);
      return { schedule: name, acc: median(own), acc_norm: median(own) };
    }),
    means: [],
    latencies: schedules
      .filter(({ method }) => method !== "skip_idx" && method !== "switch_idx")
      .map(({ name, method, parameters, schedule }) => {
        const workMs = countLayerApplications(schedule) * 41;
        const around = 2 * (parameters.start ?? 0) + 1;
        const rounds = method === "parallel" ? 1 : method === "loop_parallel" ? parameters.loops! : null;
        const criticalPathMs = rounds === null ? workMs : (around + rounds) * 41 + 10;
        return {
          schedule: name,
          criticalPathMs: criticalPathMs * (1 + random.random() * 0.02),
          workMs,
          tokens: 2000,
        };
      }),
  };
}

/** The same curves as an encoder's: plain values and their mean; one task has a metric besides those that enter it. */
export function encoderLikeSummary(layerCount: number): Summary {
  const summary = paperLikeSummary("main", layerCount);
  const rows = summary.rows.flatMap((row) => {
    if (row.task !== "gsm8k") return [row];
    const combined = { ...row, task: "mrpc", metric: "combined_score", normalised: null };
    return [{ ...row, task: "mrpc", value: row.value / 2 }, combined];
  });
  const means = [...new Set(rows.map(({ schedule }) => schedule))].map((schedule) => {
    const own = rows.filter(
      (row) => row.schedule === schedule && (row.task !== "mrpc" || row.metric === "combined_score"),
    );
    return { schedule, value: own.reduce((sum, { value }) => sum + value, 0) / own.length };
  });
  return { ...summary, rows, medians: [], means };
}

export function paperLikeSimilarity(summary: Summary): Similarity {
  const { layerCount, name, fingerprint } = summary.run.model;
  const schedule = (title: string, order: readonly number[]) => {
    const places = [...order, layerCount];
    const group = (place: number): number => (place < 2 ? place : place >= layerCount - 1 ? 90 + place : 50);
    return {
      schedule: title,
      text: order.join(", "),
      states: places.map((place) => ({
        label: place === layerCount ? "output" : `layer ${place}`,
        norm: 12 * 1.08 ** place,
        variance: 0.04 * 1.16 ** place,
      })),
      cosine: places.map((a) =>
        places.map((b) => {
          if (a === b) return 1;
          const alike = group(a) === group(b) ? 0.97 : 0.35;
          return alike * Math.exp(-Math.abs(a - b) / (2.5 * layerCount));
        }),
      ),
    };
  };
  const layers = Array.from({ length: layerCount }, (_, layer) => layer);
  return {
    formatVersion: 1,
    run: {
      paintersVersion: "0.1.0",
      command: `painters similarity --model ${name} --data benchmarks --out results/llama`,
      startedAt: "2026-01-02T05:04:05.000Z",
      wallTimeMs: 43_210,
      model: { name, fingerprint, layerCount },
      numericsId: summary.run.numericsId,
      harness: "current",
      task: "lambada_openai",
      documents: 100,
    },
    schedules: [schedule("baseline", layers), schedule("skip(start=10)", layers.toSpliced(11, 11))],
  };
}
