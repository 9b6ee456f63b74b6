// A user's mistakes in a schedule. Raised by parsing, variants and simplifying;
// the CLI prints the message and exits with `exitCode`.
import { MAX_VISITS } from "./limits.js";
import type { VariantParameter } from "./schedule.js";

/** A schedule, variant or grid that cannot be what the user meant. */
export class ScheduleError extends Error {
  override readonly name: string = "ScheduleError";
  readonly exitCode = 2;
}

/** Text that is no schedule. The message shows the text with a caret under the place. */
export class ScheduleSyntaxError extends ScheduleError {
  override readonly name: string = "ScheduleSyntaxError";

  constructor(
    readonly problem: string,
    readonly text: string,
    /** Index into `text`, in UTF-16 units. */
    readonly offset: number,
  ) {
    super(`${problem}\n${underline(text, offset)}`);
  }
}

/** Numbers that a variant cannot be built from; `parameter` is the one at fault, null when it is the model's size. */
export class VariantError extends ScheduleError {
  override readonly name: string = "VariantError";

  constructor(
    readonly parameter: VariantParameter | null,
    message: string,
  ) {
    super(message);
  }
}

/** A schedule that unrolls to more visits than one schedule may have. */
export class ScheduleSizeError extends ScheduleError {
  override readonly name: string = "ScheduleSizeError";

  constructor(readonly visits: number) {
    const size = Number.isFinite(visits) ? visits.toLocaleString("en-US") : "countless";
    super(`the schedule unrolls to ${size} visits; the limit is ${MAX_VISITS.toLocaleString("en-US")}`);
  }
}

const CONTEXT_BEFORE = 60;
const CONTEXT_WIDTH = 100;

/** One line of the text around the place, and a caret under it. */
function underline(text: string, offset: number): string {
  const line = text.replace(/[\s\p{Cc}]/gu, " ");
  const begin = line.length <= CONTEXT_WIDTH ? 0 : Math.max(0, offset - CONTEXT_BEFORE);
  const end = begin + CONTEXT_WIDTH;
  const before = begin > 0 ? "…" : "";
  const after = end < line.length ? "…" : "";
  const caret = " ".repeat(before.length + offset - begin);
  return `  ${before}${line.slice(begin, end)}${after}\n  ${caret}^`;
}
