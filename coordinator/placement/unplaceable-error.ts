// A model that the workers cannot hold. The CLI prints the message and exits with `exitCode`.
import { bytesText } from "./bytes-text.js";

export class UnplaceableError extends Error {
  override readonly name = "UnplaceableError";
  readonly exitCode = 2;

  constructor(
    /** Bytes of the parts that found no place. */
    readonly missingBytes: number,
    /** The worker with most memory, and what it lacks to hold the model alone; null without workers. */
    readonly largest: {
      readonly name: string;
      readonly memoryBytes: number;
      readonly missingBytes: number;
    } | null,
    modelBytes: number,
    workerCount: number,
  ) {
    super(
      largest === null
        ? `there are no workers to hold the model's ${bytesText(modelBytes)}; add a worker`
        : `the model's ${bytesText(modelBytes)} do not fit: the ${workerCount} worker${workerCount === 1 ? "" : "s"} ` +
            `lack ${bytesText(missingBytes)} in all; the largest, ${largest.name} ` +
            `(${bytesText(largest.memoryBytes)}), lacks ${bytesText(largest.missingBytes)} to hold it alone; ` +
            "add workers or memory",
    );
  }
}
