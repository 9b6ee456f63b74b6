// What a coordinator has to say of one generation, on its way to the client. Of each text only the newest state waits:
// a client that reads slowly hears less often, and neither holds up the generation nor fills the memory.
import type { GenerationNews, PieceNews, StartNews } from "../../proto/generation-words.js";
import type { TextSoFar } from "./generate-texts.js";
import { pieceBetween } from "./text-piece.js";

export class NewsFeed {
  /** By schedule and prompt: the text as the client has it, and as it is now if that differs. */
  readonly #told = new Map<string, string>();
  readonly #texts = new Map<string, TextSoFar>();
  readonly #start: StartNews[] = [];
  #reason = "";
  #toldReason = "";
  #isOver = false;
  #wake: () => void = () => {};

  /** @param reason what the generation waits for, for people; empty: for nothing any more */
  waits(reason: string): void {
    this.#reason = reason;
    this.#wake();
  }

  /** Before any text. */
  starts(model: string, schedules: readonly string[]): void {
    this.#start.push({ kind: "start", model, schedules });
    this.#wake();
  }

  came(text: TextSoFar): void {
    this.#texts.set(keyOf(text), text);
    this.#wake();
  }

  /** Nothing follows. */
  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** For one client. */
  async *news(): AsyncGenerator<GenerationNews> {
    for (;;) {
      const next = this.#next();
      if (next) yield next;
      else if (this.#isOver) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  #next(): GenerationNews | null {
    const start = this.#start.shift();
    if (start) return start;
    if (this.#reason !== this.#toldReason) {
      this.#toldReason = this.#reason;
      return { kind: "waits", reason: this.#reason };
    }
    for (const text of this.#texts.values()) return this.#piece(text);
    return null;
  }

  #piece(text: TextSoFar): PieceNews {
    const key = keyOf(text);
    const { schedule, prompt, isOver } = text;
    const piece = pieceBetween(this.#told.get(key) ?? "", text.text);
    this.#texts.delete(key);
    if (isOver) this.#told.delete(key);
    else this.#told.set(key, text.text);
    return { kind: "piece", schedule, prompt, ...piece, isOver, tokens: isOver ? text.tokens : [] };
  }
}

function keyOf({ schedule, prompt }: TextSoFar): string {
  return `${schedule} ${prompt}`;
}
