// Prints a text that grows. The last character may be half of one, and what comes last the beginning of a stop, which is
// left out: they wait for what follows.

export class TextStream {
  #shown = 0;

  constructor(
    private readonly out: { write(text: string): unknown },
    private readonly stops: readonly string[] = [],
  ) {}

  /** @param text all of it so far */
  show(text: string, isOver: boolean): void {
    const whole = isOver ? text : this.#withoutBegunStop(text.replace(/\uFFFD+$/, ""));
    if (whole.length > this.#shown) this.out.write(whole.slice(this.#shown));
    this.#shown = Math.max(this.#shown, whole.length);
    if (isOver) this.out.write("\n");
  }

  #withoutBegunStop(text: string): string {
    const begun = this.stops.map((stop) => {
      let length = Math.min(stop.length - 1, text.length);
      while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
      return length;
    });
    return text.slice(0, text.length - Math.max(0, ...begun));
  }
}
