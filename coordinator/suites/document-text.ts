// A document as one plain text, for what is measured on texts rather than scored.
import type { TokenRow } from "../../models/token-row.js";
import { type Harness, type LoglikelihoodRequest, RowError, type TaskDocument } from "./task.js";
import { type Encoder, tokeniseRequests } from "./tokenise.js";

/**
 * The text is the request of the right choice, of a task without choices (or with a label outside them) the
 * first: context and continuation, tokenised as the harness does, and all of it, the last token included.
 * What is longer than the model takes loses its beginning.
 * @throws UnscorableRequestError
 */
export function documentTextRow(
  document: TaskDocument,
  encoder: Encoder,
  { harness, maxLength }: { readonly harness: Harness; readonly maxLength: number },
): TokenRow {
  const request = textRequest(document);
  const [tokenised] = tokeniseRequests([request], encoder, { harness, maxLength });
  const { input, continuation } = tokenised!;
  const tokens = [...input, continuation.at(-1)!].slice(-maxLength);
  return { tokens, prefixLength: tokens.length, branchLengths: [], scored: [] };
}

function textRequest({ requests, gold }: TaskDocument): LoglikelihoodRequest {
  const request = requests[gold ?? 0] ?? requests[0];
  if (!request) throw new RowError("requests", requests, "a document with a text");
  return request;
}
