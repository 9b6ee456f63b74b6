// A place in a text that moves forward: what the parsers of schedules and of
// variants read with. Whitespace is skipped before every token.
import { MAX_VISITS } from "./limits.js";
import { ScheduleSyntaxError } from "./schedule-error.js";

const SPACE = /\s*/y;
const WORD = /[A-Za-z_]\w*/y;
const DIGITS = /\d+/y;
const DECIMAL = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;

/** Reads tokens from `text`; `offset` is where the next one starts, after a peek. */
export class Scanner {
  private place = 0;

  constructor(readonly text: string) {}

  /** Where the next token starts. */
  get offset(): number {
    this.place += this.match(SPACE).length;
    return this.place;
  }

  atEnd(): boolean {
    return this.offset === this.text.length;
  }

  sees(token: string): boolean {
    return this.text.startsWith(token, this.offset);
  }

  seesDigit(): boolean {
    return this.matchHere(DIGITS) !== "";
  }

  /** Takes `token` if it comes next. */
  take(token: string): boolean {
    const seen = this.sees(token);
    if (seen) this.place += token.length;
    return seen;
  }

  expect(token: string, message = `expected '${token}'`): void {
    if (!this.take(token)) throw this.error(message);
  }

  /** The next word, left where it is; "" where none comes next. */
  peekWord(): string {
    return this.matchHere(WORD);
  }

  takeWord(): string {
    const word = this.peekWord();
    this.place += word.length;
    return word;
  }

  /** Takes a whole number of at most a million. `thing` is what the message calls it. */
  takeInteger(thing: string): number {
    const start = this.offset;
    const digits = this.match(DIGITS);
    if (digits === "") throw this.error(`expected ${thing}: a whole number`);
    this.place += digits.length;
    if (Number(digits) > MAX_VISITS) {
      throw this.error(`${thing} is at most ${MAX_VISITS.toLocaleString("en-US")}`, start);
    }
    return Number(digits);
  }

  /** Takes a decimal number as JavaScript writes them, exponent included. */
  takeDecimal(thing: string): number {
    const digits = this.matchHere(DECIMAL);
    if (digits === "") throw this.error(`expected ${thing}: a number`);
    this.place += digits.length;
    return Number(digits);
  }

  error(problem: string, offset = this.offset): ScheduleSyntaxError {
    return new ScheduleSyntaxError(problem, this.text, offset);
  }

  private matchHere(pattern: RegExp): string {
    this.place = this.offset;
    return this.match(pattern);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.place;
    return pattern.exec(this.text)?.[0] ?? "";
  }
}
