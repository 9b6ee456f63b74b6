// What is wrong with a .safetensors file, said once for reader and writer.

/** Thrown for a file that cannot be read, or whose header breaks the format's rules. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  readonly exitCode = 2;

  constructor(
    readonly file: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${file}: ${problem}`, options);
  }
}
