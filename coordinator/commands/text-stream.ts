// Prints a text that grows. The last character may be half of one: it waits for its other half.

export class TextStream {
  #shown = 0;

  constructor(private readonly out: { write(text: string): unknown }) {}

  /** @param text all of it so far */
  show(text: string, isOver: boolean): void {
    const whole = isOver ? text : text.replace(/\uFFFD+$/, "");
    if (whole.length > this.#shown) this.out.write(whole.slice(this.#shown));
    this.#shown = Math.max(this.#shown, whole.length);
    if (isOver) this.out.write("\n");
  }
}
