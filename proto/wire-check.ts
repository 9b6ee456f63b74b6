// Checks that conversions from the wire share. Each takes the field's path and
// throws a ProtocolError that names it.
import { ProtocolError } from "./protocol-error.js";

/** The member of a oneof: an old or foreign peer may have set one we do not know. */
export function present<T>(field: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new ProtocolError(field, "is missing");
  return value;
}

export function text(field: string, value: string): string {
  if (value === "") throw new ProtocolError(field, "is empty");
  return value;
}

export function jsonValue(field: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new ProtocolError(field, `is not JSON: ${(error as Error).message}`);
  }
}

/** uint64 fields arrive as doubles, which are exact up to 2^53. */
export function count(field: string, value: number, least = 0): number {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new ProtocolError(field, `is ${value}; it must be an integer from ${least} to 2^53 - 1`);
  }
  return value;
}

export function amount(field: string, value: number): number {
  if (!Number.isFinite(value) || value < 0) {
    throw new ProtocolError(field, `is ${value}; it must be a finite number, at least 0`);
  }
  return value;
}

export function finite(field: string, value: number): number {
  if (!Number.isFinite(value)) throw new ProtocolError(field, `is ${value}; it must be finite`);
  return value;
}

/** `names` are ours by the wire's enum names; what is not among them is refused. */
export function oneOf<T extends string>(
  field: string,
  value: string | number,
  names: Readonly<Record<string, T>>,
): T {
  const name = Object.hasOwn(names, value) ? names[value] : undefined;
  if (name === undefined) {
    throw new ProtocolError(field, `is ${value}; it must be one of ${Object.keys(names).join(", ")}`);
  }
  return name;
}
