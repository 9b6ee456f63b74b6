// A history's faults as text, one a line: what a failing seed prints, and what can be
// edited and run again.

export type FaultKind =
  /** SIGKILL; after `ms` a new process of the name starts (0: never). The stream ends with it. */
  | "kill"
  /** The machine is gone: like kill, but its stream does not end. */
  | "vanish"
  /** SIGSTOP, and SIGCONT after `ms`. */
  | "freeze"
  /** SIGTERM. */
  | "drain"
  /** A new process starts. Its name may be taken. */
  | "join"
  /** Its next step never ends. */
  | "hang"
  /** It cannot open the next epoch. */
  | "refuse"
  /** The control stream breaks; the process comes back by a new one. */
  | "unplug"
  /** The data links with `other` break and what is under way is lost. */
  | "cut"
  /** The same, and nobody notices. */
  | "lose-frames"
  /** SIGSTOP and, after `ms`, SIGCONT for the coordinator. */
  | "stall"
  /** The coordinator dies, maybe between two actions, and starts again after `ms`. */
  | "crash";

export interface Fault {
  readonly atMs: number;
  readonly kind: FaultKind;
  readonly worker: string;
  readonly other: string;
  readonly ms: number;
}

export interface Script {
  readonly seed: number;
  /** In time order. */
  readonly faults: readonly Fault[];
}

export function printScript({ seed, faults }: Script): string {
  const lines = faults.map(
    ({ atMs, kind, worker, other, ms }) => `at ${atMs} ${kind} ${worker} ${other} ${ms}`,
  );
  return [`seed ${seed}`, ...lines].join("\n");
}

export function parseScript(text: string): Script {
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const seed = Number(lines.find(([word]) => word === "seed")?.[1]);
  const faults = lines
    .filter(([word]) => word === "at")
    .map(([, atMs, kind, worker, other, ms]) => ({
      atMs: Number(atMs),
      kind: kind as FaultKind,
      worker: worker!,
      other: other!,
      ms: Number(ms),
    }));
  return { seed, faults };
}
