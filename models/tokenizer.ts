// Text to token ids and back, by the checkpoint's own tokenizer.json.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";

export interface Tokenizer {
  /** `addSpecialTokens`: also what the tokenizer puts around a text by default, such as a BOS. */
  encode(text: string, options: { readonly addSpecialTokens: boolean }): number[];
  /** Without special tokens, and with every space: today's transformers cleans up none of a BPE's. */
  decode(ids: readonly number[]): string;
  /** Whether a WordPiece's token goes on the word of the one before it ("##s"). */
  continuesWord(id: number): boolean;
  readonly bosToken: string | null;
  readonly bosId: number | null;
  readonly eosToken: string | null;
  readonly eosId: number | null;
  readonly padToken: string | null;
}

export class TokenizerError extends Error {
  override readonly name = "TokenizerError";
  readonly exitCode = 2;
}

/** Reads tokenizer.json and tokenizer_config.json from a model's folder. */
export function loadTokenizer(modelDir: string): Tokenizer {
  const file = path.join(modelDir, "tokenizer.json");
  const definition = readJson(file);
  const config = readJson(path.join(modelDir, "tokenizer_config.json"), true);
  let tokenizer: HubTokenizer;
  try {
    tokenizer = new HubTokenizer(definition, config);
  } catch (error) {
    throw new TokenizerError(`${file} is not a tokenizer we can run: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const continuing = continuingPrefix(definition);
  const special = (key: string): { token: string | null; id: number | null } => {
    const token = specialToken(config[key]);
    if (token === null) return { token, id: null };
    const id = tokenizer.token_to_id(token);
    if (id === undefined) {
      throw new TokenizerError(
        `tokenizer_config.json names ${JSON.stringify(token)} as ${key}, but ${file} has no such token; ` +
          "copy both files from the same checkpoint",
      );
    }
    return { token, id };
  };
  const bos = special("bos_token");
  const eos = special("eos_token");
  return {
    encode: (text, { addSpecialTokens }) =>
      tokenizer.encode(text, { add_special_tokens: addSpecialTokens }).ids,
    // The library decodes no empty list.
    decode: (ids) =>
      ids.length === 0
        ? ""
        : tokenizer.decode([...ids], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    continuesWord: (id) => continuing !== null && tokenizer.id_to_token(id)?.startsWith(continuing) === true,
    bosToken: bos.token,
    bosId: bos.id,
    eosToken: eos.token,
    eosId: eos.id,
    padToken: specialToken(config.pad_token),
  };
}

/** null: the model of the tokenizer is no WordPiece. */
function continuingPrefix({ model }: Readonly<Record<string, unknown>>): string | null {
  if (typeof model !== "object" || model === null || !("continuing_subword_prefix" in model)) return null;
  const { continuing_subword_prefix: prefix } = model;
  return typeof prefix === "string" && prefix !== "" ? prefix : null;
}

/** tokenizer_config.json writes a special token as a string or as an object with its `content`. */
function specialToken(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (
    typeof value === "object" &&
    value !== null &&
    "content" in value &&
    typeof value.content === "string"
  ) {
    return value.content;
  }
  return null;
}

function readJson(file: string, optional = false): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (optional && (error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new TokenizerError(
      `cannot read ${file}: ${(error as Error).message}; the model needs its tokenizer`,
      {
        cause: error,
      },
    );
  }
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw new TokenizerError(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
