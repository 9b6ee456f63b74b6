// Numbers of epochs, which workers must never hear twice.
import type { Ledger } from "../results/ledger.js";

/**
 * Never used before in this ledger, and never in another one as far as clocks go forward: workers that stay may
 * meet coordinators with other ledgers, and take no number twice.
 */
export function nextEpoch(ledger: Ledger): number {
  return Math.max(ledger.lastEpoch() + 1, Math.floor(Date.now() / 1000));
}
