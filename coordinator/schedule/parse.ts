// text -> Schedule. The grammar is in `parseSchedule`'s comment; every mistake
// is a ScheduleSyntaxError that points at its place.
import { MAX_NESTING, MAX_VISITS } from "./limits.js";
import { Scanner } from "./scanner.js";
import type { Loop, MergeRule, Schedule, Sublayer } from "./schedule.js";
import { sequenceOf } from "./sequence.js";

const EXPECTED = "expected a layer, a range, '(', mean, sum or loop";

/**
 * Parses the text of a schedule: items separated by commas, whitespace free. An item is
 *
 *     7                              a layer
 *     7.attn  7.mlp                  its attention or its MLP, each with its residual (BERT: and its norm)
 *     0..4                           a half-open range: its layers become items of the list it stands in
 *     (a, b)                         a sequence; () is the identity
 *     mean(a, b)  sum(a, b)          a merge; each layer of a range is a branch, mean((4..6), (8..10)) has two chains
 *     loop(3, a, b)                  a, b three times
 *     loop(3, a, b, damping=0.5)     h <- h + 0.5 (b(a(h)) - h), three times
 *
 * A range must ascend and hold a layer: 8..4 and 4..4 are errors. With `layerCount`, so is a layer
 * outside 0..layerCount. The result is as written: a list of one item is that item, nothing else is simplified.
 */
export function parseSchedule(text: string, layerCount?: number): Schedule {
  return new ScheduleParser(new Scanner(text), layerCount ?? Number.POSITIVE_INFINITY).parse();
}

class ScheduleParser {
  private nesting = 0;
  private layersWritten = 0;

  constructor(
    private readonly scanner: Scanner,
    private readonly layerCount: number,
  ) {}

  parse(): Schedule {
    if (this.scanner.atEnd()) throw this.scanner.error("expected a schedule; the identity is written ()");
    const items = this.parseItems();
    if (!this.scanner.atEnd()) throw this.scanner.error("expected ',' or the end of the schedule");
    return sequenceOf(items);
  }

  /** One item or more; stops before what follows the last, or before a loop's `damping`. */
  private parseItems(inLoop = false): readonly Schedule[] {
    const items: Schedule[] = [];
    do this.parseItem(items);
    while (this.scanner.take(",") && !(inLoop && this.scanner.peekWord() === "damping"));
    return items;
  }

  private parseItem(items: Schedule[]): void {
    const word = this.scanner.peekWord();
    if (this.scanner.seesDigit()) this.parseLayers(items);
    else if (this.scanner.sees("(")) items.push(this.parseSequence());
    else if (word === "mean" || word === "sum") items.push(this.parseMerge(word));
    else if (word === "loop") items.push(this.parseLoop());
    else if (word === "damping")
      throw this.scanner.error("damping stands at the end of a loop, after its body");
    else throw this.scanner.error(EXPECTED);
  }

  private parseLayers(items: Schedule[]): void {
    const startOffset = this.scanner.offset;
    const start = this.scanner.takeInteger("a layer");
    const isRange = this.scanner.take("..");
    const endOffset = this.scanner.offset;
    const end = isRange ? this.scanner.takeInteger("the end of a range") : start + 1;
    if (end < start) {
      throw this.scanner.error(`range ${start}..${end} descends: write its layers one by one`, startOffset);
    }
    if (end === start) {
      throw this.scanner.error(`range ${start}..${end} is empty: its end is not included`, startOffset);
    }
    if (start >= this.layerCount) {
      throw this.scanner.error(`layer ${start} is outside 0..${this.layerCount}`, startOffset);
    }
    if (end > this.layerCount) {
      const problem = `${start}..${end} reaches layer ${end - 1}, which is outside 0..${this.layerCount}`;
      throw this.scanner.error(problem, endOffset);
    }
    this.layersWritten += end - start;
    if (this.layersWritten > MAX_VISITS) {
      throw this.scanner.error(`more than ${MAX_VISITS.toLocaleString("en-US")} layers`, startOffset);
    }
    if (this.scanner.sees(".")) {
      if (isRange) {
        throw this.scanner.error(`a range has whole layers: write ${start}.attn, ${start}.mlp and so on`);
      }
      items.push({ kind: "layer", layer: start, sublayer: this.parseSublayer() });
      return;
    }
    for (let layer = start; layer < end; layer++) items.push({ kind: "layer", layer });
  }

  private parseSublayer(): Sublayer {
    this.scanner.expect(".");
    const offset = this.scanner.offset;
    const word = this.scanner.takeWord();
    if (word !== "attn" && word !== "mlp") throw this.scanner.error("expected attn or mlp", offset);
    return word;
  }

  private parseSequence(): Schedule {
    return sequenceOf(this.parseParentheses(() => (this.scanner.sees(")") ? [] : this.parseItems())));
  }

  private parseMerge(rule: MergeRule): Schedule {
    this.scanner.takeWord();
    const branches = this.parseParentheses(() => {
      if (this.scanner.sees(")")) throw this.scanner.error(`${rule} needs a branch`);
      return this.parseItems();
    });
    return { kind: "merge", rule, branches };
  }

  private parseLoop(): Loop {
    this.scanner.takeWord();
    return this.parseParentheses(() => {
      const times = this.scanner.takeInteger("a loop's count");
      this.scanner.expect(",", "expected ',' and the loop's body");
      const body = sequenceOf(this.parseItems(true));
      if (this.scanner.peekWord() !== "damping") return { kind: "loop", times, body };
      this.scanner.takeWord();
      this.scanner.expect("=");
      return { kind: "loop", times, body, damping: this.parseDamping() };
    });
  }

  private parseDamping(): number {
    const offset = this.scanner.offset;
    const damping = this.scanner.takeDecimal("damping");
    if (!(damping > 0 && Number.isFinite(damping))) {
      throw this.scanner.error("damping is a finite number above 0", offset);
    }
    if (!this.scanner.sees(")")) throw this.scanner.error("expected ')': damping ends the loop");
    return damping;
  }

  private parseParentheses<T>(parseInside: () => T): T {
    const opening = this.scanner.offset;
    this.scanner.expect("(");
    if (++this.nesting > MAX_NESTING) throw this.scanner.error(`nested deeper than ${MAX_NESTING}`, opening);
    const inside = parseInside();
    this.scanner.expect(")", "expected ',' or ')'");
    this.nesting--;
    return inside;
  }
}
