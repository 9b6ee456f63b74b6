// Tells the user of lost workers, a line each: who, and how soon their documents
// were with others. That news comes before or after the process is seen to end.

/** So long a line waits for the time of re-dispatch. */
const patienceMs = 5000;
/** News of a re-dispatch this old is of another loss. */
const recentMs = 2000;

export class LossLines {
  readonly #say: (line: string) => void;
  readonly #waiting: string[] = [];
  #news: { readonly milliseconds: number; readonly atMs: number } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  lost(text: string): void {
    this.#waiting.push(text);
    const news = this.#news;
    if (news && performance.now() - news.atMs < recentMs) this.#flush(news.milliseconds);
    else this.#timer ??= setTimeout(() => this.#flush(null), patienceMs);
  }

  redispatched(milliseconds: number): void {
    this.#news = { milliseconds, atMs: performance.now() };
    if (this.#waiting.length > 0) this.#flush(milliseconds);
  }

  /** Says what was not said yet. */
  end(): void {
    this.#flush(null);
  }

  #flush(milliseconds: number | null): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (milliseconds !== null) this.#news = null;
    const when =
      milliseconds === null
        ? ""
        : `; its documents were injected again ${milliseconds.toFixed(0)} ms after the loss`;
    for (const text of this.#waiting.splice(0)) this.#say(`${text}${when}`);
  }
}
