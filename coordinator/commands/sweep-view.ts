// A coordinator's sweep, as a person follows it: a bar on a terminal, and a line
// whenever there is something to know.
import type { SweepProgress } from "../../proto/sweep-words.js";
import { startProgress } from "./progress.js";

/** It stands still, or not all workers can help. */
const needsAttention = /^waits |^waiting | is left out: /;

export class SweepView {
  readonly #say: (text: string) => void;
  readonly #bar = startProgress("computing", 0, "scores");
  #lastMessage = "";

  /** @param say where lines go when there is no bar */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  show(progress: SweepProgress): void {
    const { id, state, recorded, total, workers, message } = progress;
    const isBarOn = state === "running" && total > 0 && process.stdout.isTTY && process.stderr.isTTY;
    if (isBarOn) this.#bar.update(recorded, total, `${count(workers, "worker")} ${message}`.trim());
    else if (needsAttention.test(message) && message !== this.#lastMessage) this.#say(`${id}: ${message}`);
    this.#lastMessage = message;
  }

  stop(): void {
    this.#bar.stop();
  }
}

/** One line. */
export function describeProgress({
  id,
  state,
  recorded,
  total,
  workers,
  message,
  etaSeconds,
}: SweepProgress): string {
  const parts = [
    total > 0 && state !== "done" ? `${recorded} of ${total} scores` : "",
    state === "running" ? count(workers, "worker") : "",
    etaSeconds === null ? "" : `${Math.ceil(etaSeconds)} s to go`,
    message,
  ];
  return `${id} ${state}: ${parts.filter((part) => part !== "").join(", ")}`.replace(/: $/, "");
}

export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
