// What is wrong with a checkpoint folder.

/** Thrown for a folder that is not a usable Hugging Face checkpoint. */
export class CheckpointError extends Error {
  override readonly name = "CheckpointError";
  readonly exitCode = 2;

  constructor(
    /** The folder or the file in it that is at fault. */
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${problem}`, options);
  }
}
