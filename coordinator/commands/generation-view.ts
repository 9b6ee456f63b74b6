// What `painters generate` prints, wherever it runs: a single text as it grows, of several each when it and those before it
// are over, and what a token took.
import type { KvMode } from "../schedule/kv-mode.js";
import type { GeneratedText, GenerationEnd, TextSoFar } from "./generate-texts.js";
import { startProgress } from "./progress.js";
import { TextStream } from "./text-stream.js";
import { InterruptedError } from "./until-interrupted.js";

/** A prompt was given up. */
export class GenerateFailedError extends Error {
  override readonly name = "GenerateFailedError";
  readonly exitCode = 1;
}

export interface ViewSettings {
  readonly prompts: readonly string[];
  readonly kv: KvMode;
  /** Left out of the texts. */
  readonly stops: readonly string[];
  /** One document at the end, and nothing else. */
  readonly json: boolean;
}

export class GenerationView {
  readonly #settings: ViewSettings;
  readonly #stream: TextStream;
  readonly #bar = startProgress("computing", 0, "texts");
  /** By their place among all: schedule after schedule, prompt after prompt. */
  readonly #over = new Map<number, TextSoFar>();
  #model = "";
  #schedules: readonly string[] = [];
  #printed = 0;

  constructor(settings: ViewSettings) {
    this.#settings = settings;
    this.#stream = new TextStream(process.stdout, settings.stops);
  }

  /** Before any text. */
  started(model: string, schedules: readonly string[]): void {
    this.#model = model;
    this.#schedules = schedules;
    this.#bar.update(0, this.#total);
  }

  /** @param reason what the coordinator waits for; empty: for nothing any more */
  waits(reason: string): void {
    if (reason === "") return;
    this.#bar.stop();
    process.stderr.write(`painters: ${reason}\n`);
  }

  came(text: TextSoFar): void {
    const { schedule, prompt, isOver } = text;
    if (this.#isStreamed) {
      this.#bar.stop();
      this.#stream.show(text.text, isOver);
    }
    if (!isOver) return;
    this.#over.set(schedule * this.#settings.prompts.length + prompt, text);
    if (this.#isStreamed) return;
    for (; this.#over.has(this.#printed); this.#printed++) this.#print(this.#printed);
    this.#bar.update(this.#over.size, this.#total);
  }

  /** Throws GenerateFailedError, InterruptedError. */
  end({ outcome, failed, timing }: GenerationEnd): void {
    this.stop();
    if (outcome === "cancelled") throw new InterruptedError("interrupted");
    if (outcome === "failed") throw new GenerateFailedError([...failed].join("\n"));
    if (this.#settings.json) {
      const texts = Array.from({ length: this.#total }, (_, place) => this.#text(place));
      process.stdout.write(
        `${JSON.stringify({ model: this.#model, kv: this.#settings.kv, texts, timing }, null, 2)}\n`,
      );
      return;
    }
    const { tokenMs, visitMs, visits, promptMs } = timing;
    const ms = (value: number | null): string => (value === null ? "-" : `${value.toFixed(2)} ms`);
    process.stderr.write(
      `${ms(tokenMs)} a token (median), ${ms(visitMs)} a visit of a layer (mean of ${visits}); ` +
        `first token after ${((promptMs ?? 0) / 1000).toFixed(1)} s\n`,
    );
  }

  /** Nothing more will come: prints what is over behind texts that will never be. */
  stop(): void {
    this.#bar.stop();
    for (; this.#printed < this.#total; this.#printed++) this.#print(this.#printed);
  }

  get #total(): number {
    return this.#schedules.length * this.#settings.prompts.length;
  }

  get #isStreamed(): boolean {
    return this.#total === 1 && !this.#settings.json;
  }

  #print(place: number): void {
    if (this.#settings.json || this.#isStreamed || !this.#over.has(place)) return;
    const { schedule, prompt, text } = this.#text(place);
    this.#bar.stop();
    process.stdout.write(`--- ${schedule}: ${JSON.stringify(prompt)}\n${text}\n`);
  }

  #text(place: number): GeneratedText {
    const { prompts } = this.#settings;
    const { text, tokens } = this.#over.get(place) ?? { text: "", tokens: [] };
    const schedule = this.#schedules[Math.floor(place / prompts.length)]!;
    return { schedule, prompt: prompts[place % prompts.length]!, text, tokens };
  }
}
