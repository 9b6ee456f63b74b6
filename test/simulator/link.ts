// One direction of a connection: what is sent arrives in order, late by random delays.
import type { RandomSource } from "../../models/demo/random-source.js";
import type { Clock } from "./clock.js";

export class Link {
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #usualMs: number;
  #lastMs = 0;
  #life = 0;
  #losesNext = false;

  constructor(clock: Clock, random: RandomSource) {
    this.#clock = clock;
    this.#random = random;
    this.#usualMs = random.pick([2, 8, 8, 40, 150]);
  }

  send(arrive: () => void): void {
    if (this.#losesNext) {
      this.#losesNext = false;
      return;
    }
    const { nowMs } = this.#clock;
    const mostMs = this.#random.next() < 0.03 ? 200 : this.#usualMs;
    this.#lastMs = Math.max(this.#lastMs, nowMs + this.#random.next() * mostMs);
    const life = this.#life;
    this.#clock.plan(this.#lastMs - nowMs, () => {
      if (life === this.#life) arrive();
    });
  }

  /** What is under way is lost, and what is written before anybody notices. */
  cut(): void {
    this.#life++;
    this.#losesNext = true;
  }
}
