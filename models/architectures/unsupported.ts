// A model that would run but give other numbers than transformers is refused
// when its config is read; these errors say which key stands in the way.

/** Thrown for a config.json that asks for something not implemented. Nothing is ever guessed. */
export class UnsupportedConfigError extends Error {
  override readonly name = "UnsupportedConfigError";
  readonly exitCode = 2;

  constructor(
    /** Dotted path in config.json, such as `rope_scaling.rope_type`. */
    readonly key: string,
    readonly value: unknown,
    expected: string,
  ) {
    super(`config.json: ${key} is ${showValue(value)}; ${expected}`);
  }
}

function showValue(value: unknown): string {
  if (value === undefined || value === null) return "not set";
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
