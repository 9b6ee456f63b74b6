// Ctrl-C, for commands that end in order.

export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  readonly exitCode = 1;
}

/**
 * The first SIGINT or SIGTERM asks for an end in order; a second one ends the process.
 * @param ending what the first one begins
 */
export async function untilInterrupted<T>(
  work: (signal: AbortSignal) => Promise<T>,
  ending = "stopping the workers",
): Promise<T> {
  const abort = new AbortController();
  const stopListening = () => process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  const onSignal = (): void => {
    stopListening();
    process.stderr.write(`\npainters: ${ending}; once more to stop at once\n`);
    abort.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  try {
    return await work(abort.signal);
  } finally {
    stopListening();
  }
}
