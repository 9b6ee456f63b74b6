// From a prompt to token ids, and from token ids to text, as lm-evaluation-harness's Hugging Face
// model does around its generate() (lm-eval.md, 6). Who generates in between is not known here.
import type { GenerationRequest } from "./generation-task.js";
import { type Harness, quoteValue } from "./task.js";
import { type Encoder, encodeWhole } from "./tokenise.js";

export interface GenerationTokenizer extends Encoder {
  /** Without special tokens. */
  decode(ids: readonly number[]): string;
}

export interface GenerationOptions {
  readonly harness: Harness;
  /** Positions the model has. */
  readonly maxLength: number;
  /** Tokens after which the model has said all: of its generation_config.json, or the tokenizer's EOS. */
  readonly eosIds: readonly number[];
}

/** One prompt as the model meets it, and what ends its continuation. */
export interface Generation {
  /** Cut on the left, so that `maxTokens` more have a position. */
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  /** The text ends before the first of these: the request's, then the text of EOS. */
  readonly stops: readonly string[];
  /** Generation ends with the first of these, ascending: EOS, and stop strings that are special tokens. */
  readonly stopTokens: readonly number[];
  /**
   * Whether the last of the new tokens ends the generation. To be asked after each of them: of the text only the
   * tail is looked at, which makes it as cheap for the last token as for the first.
   */
  isOver(tokens: readonly number[]): boolean;
  /** The text of all new tokens, cut before the stop strings. */
  textOf(tokens: readonly number[]): string;
}

/** The harness, or the model behind it, would stop here too. */
export class UnanswerableRequestError extends Error {
  override readonly name = "UnanswerableRequestError";
  readonly exitCode = 2;
  constructor(
    readonly request: GenerationRequest,
    reason: string,
  ) {
    super(`cannot continue ${quoteValue(request.context.slice(-60))}: ${reason}`);
  }
}

/** What the harness looks back further than a stop string has tokens: it may come in other ones. */
const LOOK_BACK = 2;

/** @throws UnanswerableRequestError */
export function prepareGeneration(
  request: GenerationRequest,
  tokenizer: GenerationTokenizer,
  { harness, maxLength, eosIds }: GenerationOptions,
): Generation {
  const { context, maxTokens } = request;
  if (maxTokens >= maxLength) {
    const reason = `${maxTokens} new tokens leave its prompt no room, the model takes ${maxLength} in all`;
    throw new UnanswerableRequestError(request, reason);
  }
  const prompt = encodeWhole(tokenizer, harness)(context).slice(-(maxLength - maxTokens));
  if (prompt.length === 0) throw new UnanswerableRequestError(request, "it has no tokens");

  const eos =
    tokenizer.eosToken === null || request.until.includes(tokenizer.eosToken) ? [] : [tokenizer.eosToken];
  const stops = [...request.until, ...eos].filter((stop) => stop !== "");
  const encoded = stops.map((stop) => tokenizer.encode(stop, { addSpecialTokens: false }));
  // Decoded text never shows a special token, so it stops by its id.
  const special = encoded.filter((ids) => ids.length === 1 && tokenizer.decode(ids) === "").flat();
  const stopTokens = [...new Set([...eosIds, ...special])].sort((a, b) => a - b);
  const tailLength = Math.max(0, ...encoded.map((ids) => ids.length)) + LOOK_BACK;

  return {
    prompt,
    maxTokens,
    stops,
    stopTokens,
    isOver(tokens) {
      const last = tokens.at(-1);
      if (last === undefined) return false;
      if (tokens.length >= maxTokens || stopTokens.includes(last)) return true;
      const tail = tokenizer.decode(tokens.slice(-tailLength));
      return stops.some((stop) => tail.includes(stop));
    },
    // One stop string after another, as the harness cuts.
    textOf: (tokens) => stops.reduce((text, stop) => text.split(stop, 1)[0] ?? "", tokenizer.decode(tokens)),
  };
}
