// The demo's tokenizer, in Hugging Face's format: every word of the world is one
// token, with and without the space before it; digits, line ends and signs are
// tokens of their own; all 256 bytes are there, so that any text can be encoded.
import { trainingTexts } from "./files.js";

const bosToken = "<s>";
const eosToken = "</s>";
const linesRead = 40_000;

/** A word with the space before it, a digit, line ends, signs, other whitespace. */
const pieces = "\\p{N}| ?\\p{L}+|\\n+| ?[^\\s\\p{L}\\p{N}]+|\\s";

/** The contents of tokenizer.json and tokenizer_config.json. */
export function worldTokenizer(): { readonly definition: object; readonly config: object } {
  const tokens = [bosToken, eosToken, ...new Set([...byteCharacters(), "ĊĊ", ...worldPieces()])];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const special = (content: string): object => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  return {
    definition: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: [special(bosToken), special(eosToken)],
      normalizer: null,
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: pieces }, behavior: "Isolated", invert: false },
          byteLevel,
        ],
      },
      post_processor: null,
      decoder: byteLevel,
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        // Whole pieces are looked up as they are; without merges, all others are bytes.
        ignore_merges: true,
        vocab,
        merges: [],
      },
    },
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      bos_token: bosToken,
      eos_token: eosToken,
      clean_up_tokenization_spaces: false,
      model_max_length: 1024,
    },
  };
}

/** Every piece that the training text has, in byte-level spelling and sorted. */
function worldPieces(): string[] {
  const found = new Set<string>();
  let left = linesRead;
  for (const { text } of trainingTexts(0)) {
    if (left-- === 0) break;
    for (const [piece] of text.join("").matchAll(new RegExp(pieces, "gu"))) found.add(piece);
  }
  return [...found].sort().map((piece) => piece.replaceAll(" ", "Ġ").replaceAll("\n", "Ċ"));
}

/** GPT-2's printable stand-in for every byte (bytes_to_unicode), in byte order. */
function byteCharacters(): string[] {
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
    return String.fromCodePoint(printable ? byte : spare++);
  });
}
