// A tokenizer in Hugging Face's format for random models: byte-level BPE without
// merges, one token a byte, and two special tokens.

const bosToken = "<s>";
const eosToken = "</s>";
export const vocabSize = 258;

/** The contents of tokenizer.json and tokenizer_config.json. */
export function byteTokenizer(): { readonly definition: object; readonly config: object } {
  const vocab = Object.fromEntries([bosToken, eosToken, ...byteCharacters()].map((token, id) => [token, id]));
  const special = (content: string): object => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    definition: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: [special(bosToken), special(eosToken)],
      normalizer: null,
      pre_tokenizer: byteLevel,
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

/** GPT-2's printable stand-in for every byte (bytes_to_unicode), in byte order. */
function byteCharacters(): string[] {
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
    return String.fromCodePoint(printable ? byte : spare++);
  });
}
