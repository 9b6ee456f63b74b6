// What can go wrong with a model in the store, or with putting one there.

/** Thrown for a store that cannot be used, a model in it that is damaged, or a checkpoint that does not fit its config. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly exitCode = 2;

  constructor(
    /** The file or folder at fault. */
    readonly path: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${problem}`, options);
  }
}
