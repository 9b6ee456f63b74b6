// What a peer sent breaks the contract of painters.proto.

/** `field` is a path such as `plan.steps[3].layer`. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly exitCode = 1;

  constructor(
    readonly field: string,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`malformed message: ${field} ${problem}`, options);
  }
}
