// Runs histories by seed, and says of a failing one all that is needed to see it again.
import { randomScript } from "./history.js";
import type { Parts } from "./parts.js";
import { printScript, type Script } from "./script.js";
import { Simulation } from "./simulation.js";

export interface Failure {
  readonly script: Script;
  readonly message: string;
}

export function runScript(script: Script, parts: Parts, log?: (line: string) => void): Failure | null {
  try {
    new Simulation(script, parts, log).run();
    return null;
  } catch (error) {
    return { script, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** The first seed of [from, to) that fails. */
export function firstFailure(from: number, to: number, parts: Parts): Failure | null {
  for (let seed = from; seed < to; seed++) {
    const failure = runScript(randomScript(seed), parts);
    if (failure) return failure;
  }
  return null;
}

/** Leaves out faults as long as it still fails. */
export function shrink(failure: Failure, parts: Parts): Failure {
  const { seed, faults } = failure.script;
  for (const left of faults) {
    const smaller = runScript({ seed, faults: faults.filter((fault) => fault !== left) }, parts);
    if (smaller) return shrink(smaller, parts);
  }
  return failure;
}

/** What to print: the script, how to run it again, and its last events. */
export function explain(failure: Failure, parts: Parts): string {
  const small = shrink(failure, parts);
  const lines: string[] = [];
  runScript(small.script, parts, (line) => lines.push(line.slice(0, 300)));
  return [
    small.message,
    `The script, to be run again by SCRIPT=FILE (SEED=${failure.script.seed} runs all of its faults):`,
    printScript(small.script),
    "The last events:",
    ...lines.slice(-60),
  ].join("\n");
}
