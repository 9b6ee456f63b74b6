// What a probe found -> messages to the coordinator: captured states may be larger than
// a message can be, and every piece is a sign of life.
import { probePieceBytes } from "../proto/limits.js";
import type { ToCoordinator } from "../proto/messages.js";
import type { FromDevice } from "./device-messages.js";

type Probed = Extract<FromDevice, { readonly kind: "probed" }>;
type ProbePiece = Extract<ToCoordinator, { readonly kind: "probed" }>;

/** In order; views of the values. */
export function* probePieces(
  { epoch, injection, probe, values }: Probed,
  pieceBytes = probePieceBytes,
): Generator<ProbePiece> {
  const totalBytes = values.length;
  for (let offset = 0; offset < totalBytes; offset += pieceBytes) {
    const data = values.subarray(offset, offset + pieceBytes);
    yield { kind: "probed", epoch, injection, probe, totalBytes, offset, data };
  }
}
