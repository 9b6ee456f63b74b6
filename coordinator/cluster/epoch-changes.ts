// When epochs begin: which placement the workers call for, and what becomes of the
// epoch before. A change waits while two epochs live; an epoch that is still opening
// is given up for the change.
import type { Placement } from "../placement/placement.js";
import type { DispatchAction, DispatchOptions } from "./dispatch.js";
import type { Epochs } from "./epochs.js";
import type { Roster, RosterWorker } from "./roster.js";

export class EpochChanges {
  readonly #options: DispatchOptions;
  readonly #roster: Roster;
  readonly #epochs: Epochs;
  readonly #act: (action: DispatchAction) => void;
  #nextEpoch: number;
  /** The workers may call for another placement than the newest epoch has. */
  #isDue = false;
  #firstJoinMs: number | null = null;
  #hasStarted = false;
  #lastComplaint = "";

  constructor(
    options: DispatchOptions,
    roster: Roster,
    epochs: Epochs,
    act: (action: DispatchAction) => void,
  ) {
    this.#options = options;
    this.#roster = roster;
    this.#epochs = epochs;
    this.#act = act;
    this.#nextEpoch = options.nextEpoch;
  }

  workersChanged(nowMs: number): void {
    this.#isDue = true;
    this.#firstJoinMs ??= nowMs;
  }

  /** Opens the epoch that the workers call for, when it may. */
  arrange(nowMs: number): void {
    if (!this.#isDue || !this.#mayStart(nowMs)) return;
    const placement = this.#place();
    if (placement instanceof Error) {
      this.#complain(`waiting for capable workers: ${placement.message}`);
      this.#endNewest();
      this.#isDue = false;
      return;
    }
    const { newest } = this.#epochs;
    const isCurrent = newest && newest.state !== "running-out" && this.#epochs.frees(newest);
    if (isCurrent && isSame(newest.placement, placement)) {
      this.#isDue = false;
      return;
    }
    if (newest?.state === "opening") this.#epochs.abort(newest);
    if (!this.#epochs.hasRoom) return;
    this.#epochs.open(this.#nextEpoch++, placement, nowMs);
    this.#isDue = false;
    this.#hasStarted = true;
    this.#lastComplaint = "";
  }

  #mayStart(nowMs: number): boolean {
    const { minWorkers, startWaitMs } = this.#options.limits;
    if (this.#hasStarted || this.#firstJoinMs === null) return this.#hasStarted;
    return this.#roster.candidates().length >= minWorkers || nowMs >= this.#firstJoinMs + startWaitMs;
  }

  /** Without those whose links keep breaking, if the others are enough. */
  #place(): Placement | Error {
    const candidates = this.#roster.candidates();
    const excluded = this.#roster.links.excluded();
    const linked = candidates.filter(({ hello }) => {
      const other = excluded.get(hello.name);
      return other === undefined || !candidates.some((candidate) => candidate.hello.name === other);
    });
    if (linked.length < candidates.length) {
      const placement = this.#placeOn(linked);
      if (!(placement instanceof Error)) {
        for (const { hello } of candidates.filter((candidate) => !linked.includes(candidate))) {
          this.#complain(
            `${hello.name} is not used: its link with ${excluded.get(hello.name)} keeps breaking`,
          );
        }
        return placement;
      }
    }
    return this.#placeOn(candidates);
  }

  #placeOn(workers: readonly RosterWorker[]): Placement | Error {
    if (workers.length === 0) return new Error("there is no worker");
    return this.#options.ports.place(workers.map(({ hello }) => hello));
  }

  /** No epoch can follow: what is in flight may still end, with the workers that drain. */
  #endNewest(): void {
    const { newest } = this.#epochs;
    if (newest?.state === "opening") this.#epochs.abort(newest);
    const { live } = this.#epochs;
    if (live) live.state = "running-out";
  }

  #complain(text: string): void {
    if (text === this.#lastComplaint) return;
    this.#lastComplaint = text;
    this.#act({ kind: "note", text });
  }
}

function isSame(a: Placement, b: Placement): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
