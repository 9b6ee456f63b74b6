// How a worker's process is started: the flags of its engine and the settings of its allocator. Hidden states
// are memory outside the JavaScript heap that comes and goes at the rate of the wire, and both are tuned for that.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * V8 starts to mark in steps whenever as much memory outside its heap was made as the heap is large, which is
 * every 20 ms here, for a heap of some 10 MB whose live part hardly changes. Marking all at once when it must be is
 * cheaper: frames travel 3 times as fast (`npm run bench hop`, same run, with and without).
 * And it forgets the code of functions that have not run for some collections: with as many collections as that makes,
 * code that runs a few times a micro-batch would be compiled again and again (a tenth of a worker's CPU in `npm run bench
 * parallel`).
 */
export const workerFlags: readonly string[] = ["--no-incremental-marking", "--no-flush-bytecode"];

/**
 * For glibc: keep the memory of received states instead of giving it back to the system state by state, whose
 * pages would have to be faulted in anew. 1 MB frames travel 1.3x as fast (npm run bench hop, measured in pairs).
 */
export const workerAllocator: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: String(32 * 2 ** 20),
  MALLOC_TRIM_THRESHOLD_: String(256 * 2 ** 20),
  MALLOC_TOP_PAD_: String(64 * 2 ** 20),
};

const cli = fileURLToPath(new URL("../../worker/cli.js", import.meta.url));

/** What the environment says of the allocator goes before. */
export function startWorker(args: readonly string[], stdio: StdioOptions): ChildProcess {
  const env = { ...workerAllocator, ...process.env };
  return spawn(process.execPath, [...workerFlags, cli, ...args], { stdio, env });
}
