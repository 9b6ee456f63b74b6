// A token row on the wire, both ways: lists of numbers only.
import type { ScoredToken, TokenRow } from "../models/token-row.js";
import type { Row, Row__Output } from "./generated/painters/v1/Row.js";
import { ProtocolError } from "./protocol-error.js";

export function rowToWire(row: TokenRow): Row {
  const { tokens, tokenTypes, prefixLength, branchLengths, scored, cached } = row;
  return {
    ...(cached ? { cached } : {}),
    tokens: [...tokens],
    tokenTypes: [...(tokenTypes ?? [])],
    prefixLength,
    branchLengths: [...branchLengths],
    scored: scored.flatMap(({ request, index, target }) => [request, index, target]),
  };
}

/** `field` is the row's path, as in `inject.rows[3]`. */
export function rowFromWire(field: string, wire: Row__Output): TokenRow {
  const { tokens, tokenTypes, prefixLength, branchLengths, scored, cached } = wire;
  const length = branchLengths.reduce((sum, branch) => sum + branch, prefixLength);
  if (length !== tokens.length) {
    throw new ProtocolError(
      field,
      `has ${tokens.length} tokens; its prefix and branches together are ${length} long`,
    );
  }
  if (tokenTypes.length > 0 && tokenTypes.length !== length) {
    throw new ProtocolError(`${field}.token_types`, `has ${tokenTypes.length} types for ${length} tokens`);
  }
  const row = {
    tokens,
    ...(tokenTypes.length > 0 ? { tokenTypes } : {}),
    prefixLength,
    branchLengths,
    scored: scoredFromWire(`${field}.scored`, scored, length),
  };
  if (!cached) return row;
  if (scored.length > 0 || branchLengths.length > 0 || tokens.length === 0) {
    throw new ProtocolError(
      field,
      "is to be generated from; it must have tokens, no branches and nothing scored",
    );
  }
  const { sequence, past, base } = cached;
  return { ...row, cached: { sequence, past, ...(base === undefined ? {} : { base }) } };
}

function scoredFromWire(field: string, numbers: readonly number[], length: number): ScoredToken[] {
  if (numbers.length % 3 !== 0) {
    throw new ProtocolError(field, `has ${numbers.length} numbers; each scored token is three`);
  }
  return Array.from({ length: numbers.length / 3 }, (_, token) => {
    const [request, index, target] = numbers.slice(3 * token, 3 * token + 3) as [number, number, number];
    if (index >= length)
      throw new ProtocolError(`${field}[${token}]`, `has index ${index} in a row of ${length}`);
    return { request, index, target };
  });
}
