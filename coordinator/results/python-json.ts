// json.dumps(value, ensure_ascii=False) to the byte, for the files that
// lm-evaluation-harness's readers and hashes expect.
import { floatRepr } from "../suites/python-text.js";

/** A number that is a float in Python: 1 is written 1.0. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

/** Without indent on one line, with ", " and ": " as Python separates. */
export function pythonJson(value: unknown, indent = 0): string {
  return dump(value, indent, "\n");
}

function dump(value: unknown, indent: number, newline: string): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof PythonFloat) return floatJson(value.value);
  switch (typeof value) {
    case "boolean":
      return String(value);
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return String(value);
    case "number":
      return Number.isInteger(value) ? String(BigInt(value)) : floatJson(value);
  }
  const inner = newline + " ".repeat(indent);
  if (Array.isArray(value)) {
    return enclose(
      "[",
      value.map((item) => dump(item, indent, inner)),
      "]",
    );
  }
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} cannot be written as JSON`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return enclose(
    "{",
    members.map(([key, member]) => `${JSON.stringify(key)}: ${dump(member, indent, inner)}`),
    "}",
  );

  function enclose(open: string, items: readonly string[], close: string): string {
    if (items.length === 0) return open + close;
    if (indent === 0) return open + items.join(", ") + close;
    return open + inner + items.join(`,${inner}`) + newline + close;
  }
}

function floatJson(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  return floatRepr(value);
}
