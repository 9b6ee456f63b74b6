// What a user types for a schedule, variant or algebra -> NamedSchedule: the one
// entry for flags and files, so that each is accepted wherever the other is.
import { parseSchedule } from "./parse.js";
import { printSchedule } from "./print.js";
import { Scanner } from "./scanner.js";
import type { NamedSchedule, VariantParameter } from "./schedule.js";
import { VariantError } from "./schedule-error.js";
import { buildVariant, isVariantMethod, VARIANT_METHODS, type VariantMethod } from "./variants.js";

const ALGEBRA_WORDS = ["mean", "sum", "loop", "damping"];
const PARAMETERS: readonly VariantParameter[] = ["start", "seed", "loops", "index"];

/**
 * Reads `reverse(start=3)` or the text of a schedule, for a model of `layerCount` layers; without it,
 * variants are refused and layers are not checked. A schedule given as text has the method `custom` and is
 * named by its text, evenly spaced.
 */
export function parseNamed(text: string, layerCount?: number): NamedSchedule {
  const scanner = new Scanner(text);
  const word = scanner.peekWord();
  if (isVariantMethod(word)) return parseVariant(scanner, word, layerCount);
  if (word !== "" && !ALGEBRA_WORDS.includes(word)) {
    const known = `the variants are ${VARIANT_METHODS.join(", ")}; a schedule's text has layers, mean, sum and loop`;
    throw scanner.error(`'${word}' is unknown: ${known}`);
  }
  const schedule = parseSchedule(text, layerCount);
  return { name: printSchedule(schedule), method: "custom", parameters: {}, schedule };
}

function parseVariant(
  scanner: Scanner,
  method: VariantMethod,
  layerCount: number | undefined,
): NamedSchedule {
  const start = scanner.offset;
  scanner.takeWord();
  const parameters: Partial<Record<VariantParameter, number>> = {};
  const offsets: Partial<Record<VariantParameter, number>> = {};
  if (scanner.take("(") && !scanner.take(")")) {
    do parseParameter(scanner, parameters, offsets);
    while (scanner.take(","));
    scanner.expect(")", "expected ',' or ')'");
  }
  if (!scanner.atEnd()) throw scanner.error(`expected the end: a variant such as ${method} stands alone`);
  if (layerCount === undefined)
    throw scanner.error(`${method} depends on the model's number of layers`, start);
  try {
    return buildVariant(method, parameters, layerCount);
  } catch (error) {
    if (!(error instanceof VariantError)) throw error;
    const offset = error.parameter === null ? undefined : offsets[error.parameter];
    throw scanner.error(error.message, offset ?? start);
  }
}

function parseParameter(
  scanner: Scanner,
  parameters: Partial<Record<VariantParameter, number>>,
  offsets: Partial<Record<VariantParameter, number>>,
): void {
  const offset = scanner.offset;
  const word = scanner.takeWord();
  const parameter = PARAMETERS.find((known) => known === word);
  if (parameter === undefined) throw scanner.error(`expected one of ${PARAMETERS.join("=, ")}=`, offset);
  if (parameters[parameter] !== undefined) throw scanner.error(`${parameter} is given twice`, offset);
  scanner.expect("=");
  offsets[parameter] = scanner.offset;
  parameters[parameter] = scanner.takeInteger(parameter);
}
