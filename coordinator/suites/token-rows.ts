// From a document's tokenised requests to token rows: what the token sequences
// share is computed once. The last step before micro-batches.
import type { ScoredToken, TokenRow } from "../../models/token-row.js";
import type { TokenisedRequest } from "./tokenise.js";

/**
 * One row for the whole document; one for each request where that would be longer than `maxPositions`.
 * This depends on the document and the model only, so that scores do not depend on anything else.
 */
export function documentRows(
  requests: readonly TokenisedRequest[],
  maxPositions: number,
): readonly TokenRow[] {
  const numbered = requests.map((request, index) => ({ ...request, index }));
  const row = packRow(numbered);
  if (numbered.length < 2 || row.tokens.length <= maxPositions) return [row];
  return numbered.map((request) => packRow([request]));
}

interface NumberedRequest extends TokenisedRequest {
  readonly index: number;
}

// Only inputs are shared: a continuation's last token is predicted but never fed.
function packRow(requests: readonly NumberedRequest[]): TokenRow {
  const prefix = commonPrefix(requests.map(({ input }) => input));
  const tokens = [...prefix];
  const branchLengths: number[] = [];
  const scored: ScoredToken[] = [];
  for (const { input, continuation, index } of requests) {
    const branchStart = tokens.length;
    // Where position p of this request is in the row: as it was in the prefix, moved up in the branch.
    const place = (position: number): number =>
      position < prefix.length ? position : branchStart + position - prefix.length;
    const first = input.length - continuation.length;
    for (const [i, target] of continuation.entries()) {
      scored.push({ request: index, index: place(first + i), target });
    }
    for (let position = prefix.length; position < input.length; position++)
      tokens.push(input[position] as number);
    branchLengths.push(input.length - prefix.length);
  }
  return { tokens, prefixLength: prefix.length, branchLengths, scored };
}

function commonPrefix(inputs: readonly (readonly number[])[]): readonly number[] {
  const [first = [], ...others] = inputs;
  const end = first.findIndex((token, i) => others.some((other) => other[i] !== token));
  return end < 0 ? first : first.slice(0, end);
}
