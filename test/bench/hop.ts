// Bench `hop`: hidden states from one process to another over a data link. Both processes are started as workers are.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { workerAllocator, workerFlags } from "../../coordinator/cluster/worker-process.js";
import type { Row } from "./row.js";

const consumerFile = fileURLToPath(new URL("hop-consumer.js", import.meta.url));

export async function benchHop(): Promise<readonly Row[]> {
  const consumer = fork(consumerFile, {
    execArgv: [...workerFlags],
    env: { ...workerAllocator, ...process.env },
  });
  const rows = (await Promise.race([
    once(consumer, "message"),
    once(consumer, "exit").then(([code]) => {
      throw new Error(`the consumer process ended with code ${code}`);
    }),
  ])) as [readonly Row[]];
  return rows[0];
}
