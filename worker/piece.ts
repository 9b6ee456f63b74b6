// A piece of a running sum (place-plan.ts): its values [begin, end) of `total`, flat. A sum longer than one
// chunk of the wire travels and is added up piece by piece, so that the runs of a merge overlap.

export interface Piece {
  readonly begin: number;
  /** Exclusive. */
  readonly end: number;
  readonly total: number;
}

export function isLastPiece(piece: Piece | null): boolean {
  return piece === null || piece.end === piece.total;
}

/** How much of a state it is; null: the whole. */
export function shareOf(piece: Piece | null): number {
  return piece === null ? 1 : (piece.end - piece.begin) / piece.total;
}
