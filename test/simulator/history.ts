// The random faults of a seed. After the last of them enough fresh workers are there,
// so the sweep must end.
import { RandomSource } from "../../models/demo/random-source.js";
import type { Fault, FaultKind, Script } from "./script.js";

const kinds: readonly FaultKind[] = [
  "kill",
  "kill",
  "vanish",
  "freeze",
  "freeze",
  "drain",
  "drain",
  "join",
  "join",
  "hang",
  "refuse",
  "unplug",
  "cut",
  "cut",
  "lose-frames",
  "crash",
  "stall",
];

/** Workers are w0, w1 .. */
export function randomScript(seed: number): Script {
  const random = new RandomSource(seed ^ 0x5eed);
  const worker = (): string => `w${Math.floor(random.next() * 5)}`;
  // Sweeps are short: most faults hit them while they are at it.
  const horizonMs = random.pick([200, 500, 1500]);
  const count = Math.floor(random.next() * 9);
  const faults: Fault[] = Array.from({ length: count }, () => ({
    atMs: 20 + Math.floor(random.next() * horizonMs),
    kind: random.pick(kinds),
    worker: worker(),
    other: worker(),
    ms: random.pick([0, 20, 200, 1500]),
  }));
  faults.sort((a, b) => a.atMs - b.atMs);
  return { seed, faults };
}
