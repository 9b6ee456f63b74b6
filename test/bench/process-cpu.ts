// How much of the cores other processes have used, where the system tells it (Linux).
import { readFileSync } from "node:fs";

/** Of /proc/PID/stat: what Linux tells everybody, whatever its own clock. */
const tickMs = 10;

/** User and system time of all their threads, milliseconds; null: the system does not tell. */
export function cpuMsOf(pids: readonly number[]): number | null {
  try {
    return pids.reduce((sum, pid) => {
      // The name before may hold anything; utime and stime are fields 14 and 15.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
      return sum + tickMs * (Number(fields[11]) + Number(fields[12]));
    }, 0);
  } catch {
    return null;
  }
}
