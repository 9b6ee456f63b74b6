// What a benchmark reports.

export interface Row {
  readonly name: string;
  /** Median of the rounds. */
  readonly value: number;
  readonly unit: string;
  readonly note: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** For notes. Benches never fail: how fast a shared machine is is nobody's fault. */
export function verdict(value: number, target: number, unit: string): string {
  return `target ${target}${unit} ${value >= target ? "met" : "not met"}`;
}
