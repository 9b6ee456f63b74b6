// Waiting for the next change of something, whoever makes it.

export class Wake {
  #waiting: (() => void)[] = [];

  /** Lets all go on that wait now. */
  wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** Resolves with the next wake(), when the signal aborts, or after so long; says whether it was the last. */
  async wait(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    if (signal.aborted) return false;
    let isLate = false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        isLate = true;
        resume();
      }, timeoutMs);
      const resume = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", resume);
        this.#waiting = this.#waiting.filter((other) => other !== resume);
        resolve();
      };
      signal.addEventListener("abort", resume);
      this.#waiting.push(resume);
    });
    return isLate;
  }
}
