// How long to wait before dialling again. Pure.
import { backoff } from "./limits.js";

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * After `failures` failed tries in a row: doubles up to maxMs, then drawn from its upper half so that many
 * workers do not come back at the same moment. `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: number, { minMs, maxMs }: Backoff = backoff): number {
  const longest = Math.min(maxMs, minMs * 2 ** Math.max(0, failures - 1));
  return Math.round(longest * (0.5 + 0.5 * random));
}
