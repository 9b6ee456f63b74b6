// Parts in order -> contiguous spans for workers in a row: none holds more than
// its memory, and the slowest device is as fast as can be. For pipelines.
import type { WorkerSpec } from "./placement.js";

/** Bytes and work (FLOPs a token, all visits together) of each part, in the order of the data. */
export interface PartWeights {
  readonly bytes: readonly number[];
  readonly work: readonly number[];
}

/** Half-open. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Cut {
  /** [worker][device]; empty spans are possible. */
  readonly spans: readonly (readonly Span[])[];
  /** Of the slowest device, for one token. */
  readonly seconds: number;
}

/**
 * The best cut for workers in this order; null when the parts do not fit.
 * @param freeBytes for weights, of each worker
 */
export function cutSpans(
  weights: PartWeights,
  workers: readonly WorkerSpec[],
  freeBytes: readonly number[],
): Cut | null {
  const count = weights.bytes.length;
  const bytesBefore = cumulate(weights.bytes);
  const splits = splitEvenly(weights.work, Math.max(1, ...workers.map(({ devices }) => devices)));
  // best[end]: seconds of the slowest device when the workers so far hold [0, end); from[w][end]: where worker w starts.
  let best: readonly number[] = [0, ...new Array<number>(count).fill(Infinity)];
  const from: (readonly number[])[] = [];
  for (const [w, { devices, flopsPerSecond }] of workers.entries()) {
    const starts: number[] = [];
    const next: number[] = [];
    for (let end = 0; end <= count; end++) {
      let seconds = best[end]!;
      let start = end;
      for (let s = end - 1; s >= 0 && bytesBefore[end]! - bytesBefore[s]! <= freeBytes[w]!; s--) {
        const slowest = Math.max(best[s]!, splits[devices]![s]![end]!.work / flopsPerSecond);
        if (slowest < seconds) {
          seconds = slowest;
          start = s;
        }
      }
      next.push(seconds);
      starts.push(start);
    }
    best = next;
    from.push(starts);
  }
  const seconds = best[count]!;
  if (seconds === Infinity) return null;
  const spans: (readonly Span[])[] = [];
  let end = count;
  for (let w = workers.length - 1; w >= 0; w--) {
    const start = from[w]![end]!;
    spans.unshift(deviceSpans(splits, workers[w]!.devices, start, end));
    end = start;
  }
  return { spans, seconds };
}

/** The fewest bytes of parts that find no place when workers in this order take what fits, part after part. */
export function uncoveredBytes(bytes: readonly number[], freeBytes: readonly number[]): number {
  let part = 0;
  for (const free of freeBytes) {
    for (let left = free; part < bytes.length && bytes[part]! <= left; part++) left -= bytes[part]!;
  }
  return bytes.slice(part).reduce((sum, value) => sum + value, 0);
}

interface Split {
  /** Of the busiest of the devices. */
  readonly work: number;
  /** Where the last device starts. */
  readonly lastStart: number;
}

/** [devices][start][end]: the most even split of a span over devices. */
function splitEvenly(
  work: readonly number[],
  maxDevices: number,
): readonly (readonly (readonly Split[])[])[] {
  const before = cumulate(work);
  const indices = Array.from({ length: work.length + 1 }, (_, i) => i);
  const splits: Split[][][] = [[]];
  splits.push(
    indices.map((start) =>
      indices.map((end) => ({ work: Math.max(0, before[end]! - before[start]!), lastStart: start })),
    ),
  );
  for (let devices = 2; devices <= maxDevices; devices++) {
    const fewer = splits[devices - 1]!;
    splits.push(
      indices.map((start) => {
        let at = start;
        return indices.map((end) => {
          if (end <= start) return { work: 0, lastStart: start };
          // The best start of the last device moves only forward as the span grows.
          const slowest = (lastStart: number): number =>
            Math.max(fewer[start]![lastStart]!.work, before[end]! - before[lastStart]!);
          while (at < end && slowest(at + 1) <= slowest(at)) at++;
          return { work: slowest(at), lastStart: at };
        });
      }),
    );
  }
  return splits;
}

function deviceSpans(
  splits: readonly (readonly (readonly Split[])[])[],
  devices: number,
  start: number,
  end: number,
): readonly Span[] {
  if (devices === 1) return [{ start, end }];
  const { lastStart } = splits[devices]![start]![end]!;
  return [...deviceSpans(splits, devices - 1, start, lastStart), { start: lastStart, end }];
}

function cumulate(values: readonly number[]): readonly number[] {
  const sums = [0];
  for (const value of values) sums.push(sums.at(-1)! + value);
  return sums;
}
