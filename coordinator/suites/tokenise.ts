// From two strings to token ids, exactly as lm-evaluation-harness encodes a
// request (lm-eval.md, 5.1 and 5.2). What tokens requests share: token-rows.ts.
import { rstrip } from "./python-text.js";
import { type Harness, type LoglikelihoodRequest, quoteValue } from "./task.js";

/** What of a tokenizer is needed here; null where it has no such token. */
export interface Encoder {
  /** With special tokens it adds what the tokenizer adds by itself: BOS for Llama, nothing for GPT-NeoX. */
  encode(text: string, options: { readonly addSpecialTokens: boolean }): readonly number[];
  /** Whether the token goes on the word of the one before it (WordPiece). */
  continuesWord(id: number): boolean;
  readonly bosToken: string | null;
  readonly bosId: number | null;
  readonly eosToken: string | null;
  readonly eosId: number | null;
}

export interface TokeniseOptions {
  readonly harness: Harness;
  /** Positions the model has. */
  readonly maxLength: number;
}

/** A request as the model meets it. `continuation` is predicted by the input's last positions, one each. */
export interface TokenisedRequest {
  /** Context and continuation but for the last token, cut on the left to what the model takes. */
  readonly input: readonly number[];
  readonly continuation: readonly number[];
}

/** The harness would stop here too (its assertions). */
export class UnscorableRequestError extends Error {
  override readonly name = "UnscorableRequestError";
  readonly exitCode = 2;
  constructor(
    readonly request: LoglikelihoodRequest,
    reason: string,
  ) {
    const { context, continuation } = request;
    super(`cannot score ${quoteValue(continuation)} after ${quoteValue(context.slice(-60))}: ${reason}`);
  }
}

interface Pair {
  readonly context: readonly number[];
  readonly continuation: readonly number[];
}

type Encode = (text: string) => readonly number[];

/** @throws UnscorableRequestError */
export function tokeniseRequests(
  requests: readonly LoglikelihoodRequest[],
  encoder: Encoder,
  { harness, maxLength }: TokeniseOptions,
): readonly TokenisedRequest[] {
  const encode = encodeWhole(encoder, harness);
  // The choices of a document have one context.
  let latest: { readonly text: string; readonly ids: readonly number[] } | undefined;
  const encodeContext: Encode = (text) => {
    if (latest?.text !== text) latest = { text, ids: encode(text) };
    return latest.ids;
  };
  return requests.map((request) => {
    const pair =
      request.context === ""
        ? afterNothing(request, encoder, harness)
        : encodePair(request, encode, encodeContext);
    return cutToFit(request, pair, maxLength);
  });
}

/** The encoding of a text on its own: the paper's commit never adds special tokens, today's leaves it to the tokenizer. */
export function encodeWhole(encoder: Encoder, harness: Harness): Encode {
  const prefix = encoder.bosToken ?? encoder.eosToken;
  return (text) => {
    const startsSpecial = prefix !== null && text.startsWith(prefix);
    return encoder.encode(text, { addSpecialTokens: harness === "current" && !startsSpecial });
  };
}

// The harness splits whole = encode(context + continuation) by the length of encode(context), and runs the
// model on encode(context) followed by that rest. Where a token straddles the boundary this is not `whole`.
function encodePair(request: LoglikelihoodRequest, encode: Encode, encodeContext: Encode): Pair {
  const context = rstrip(request.context);
  const continuation = request.context.slice(context.length) + request.continuation;
  const contextIds = encodeContext(context);
  return { context: contextIds, continuation: encode(context + continuation).slice(contextIds.length) };
}

/** After an empty context comes BOS, or EOS where the tokenizer has none. */
function afterNothing(request: LoglikelihoodRequest, encoder: Encoder, harness: Harness): Pair {
  const prefixId = encoder.bosId ?? encoder.eosId;
  if (prefixId === null) {
    throw new UnscorableRequestError(
      request,
      "its context is empty and the tokenizer has neither BOS nor EOS",
    );
  }
  const continuation = encoder.encode(request.continuation, { addSpecialTokens: false });
  if (harness === "current" && continuation[0] === prefixId) {
    return { context: [prefixId], continuation: continuation.slice(1) };
  }
  return { context: [prefixId], continuation };
}

function cutToFit(
  request: LoglikelihoodRequest,
  { context, continuation }: Pair,
  maxLength: number,
): TokenisedRequest {
  if (context.length === 0) throw new UnscorableRequestError(request, "its context has no tokens");
  if (continuation.length === 0) throw new UnscorableRequestError(request, "its continuation has no tokens");
  if (continuation.length > maxLength) {
    const reason = `its continuation has ${continuation.length} tokens, the model takes ${maxLength}`;
    throw new UnscorableRequestError(request, reason);
  }
  const whole = [...context, ...continuation];
  return { input: whole.slice(-(maxLength + 1), -1), continuation };
}
