// Whose turn it is at a coordinator: sweeps and generations stand in one line, in the order in which they came, and the
// first of them runs.
import type { Wake } from "./wake.js";

export interface Place {
  readonly isFirst: boolean;
  /** Resolves when it is the first, or the signal aborts. */
  comes(signal: AbortSignal, waitsFor: (first: string) => void): Promise<void>;
  /** Once it is through, or does not want to wait any longer. */
  leave(): void;
}

/** Nothing is to be seen then that was not woken for. */
const lookAgainMs = 60_000;

export class Line {
  readonly #ids: string[] = [];
  readonly #changes: Wake;

  /** @param changes woken when somebody leaves */
  constructor(changes: Wake) {
    this.#changes = changes;
  }

  /** null: nobody runs or waits. */
  get first(): string | null {
    return this.#ids[0] ?? null;
  }

  /** At the end. */
  join(id: string): Place {
    this.#ids.push(id);
    const isFirst = (): boolean => this.first === id;
    return {
      get isFirst() {
        return isFirst();
      },
      comes: async (signal, waitsFor) => {
        while (!isFirst() && !signal.aborted) {
          waitsFor(this.first ?? "");
          await this.#changes.wait(signal, lookAgainMs);
        }
      },
      leave: () => {
        const at = this.#ids.indexOf(id);
        if (at < 0) return;
        this.#ids.splice(at, 1);
        this.#changes.wake();
      },
    };
  }
}
