// The encoder's tokenizer, in Hugging Face's format: BERT's WordPiece, uncased,
// with every word of GLUE's part of the world as one piece; other words are spelt.
import { glueTraining } from "./files.js";

const specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;
type SpecialToken = (typeof specialTokens)[number];
const rowsRead = 70_000;
const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const signs = [..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"];

/** The contents of tokenizer.json and tokenizer_config.json. */
export function glueTokenizer(): { readonly definition: object; readonly config: object } {
  const pieces = [...signs, ...letters, ...letters.map((letter) => `##${letter}`), ...worldWords()];
  const tokens = [...new Set<string>([...specialTokens, ...pieces])];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const special = (content: SpecialToken): object => ({
    id: vocab[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  });
  const put = (id: SpecialToken, type_id: number): object => ({ SpecialToken: { id, type_id } });
  const first = [put("[CLS]", 0), { Sequence: { id: "A", type_id: 0 } }, put("[SEP]", 0)];
  const second = [{ Sequence: { id: "B", type_id: 1 } }, put("[SEP]", 1)];
  const used = (id: SpecialToken): object => ({ id, ids: [vocab[id]], tokens: [id] });
  return {
    definition: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: specialTokens.map(special),
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: {
        type: "TemplateProcessing",
        single: first,
        pair: [...first, ...second],
        special_tokens: { "[CLS]": used("[CLS]"), "[SEP]": used("[SEP]") },
      },
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab,
      },
    },
    config: {
      tokenizer_class: "BertTokenizer",
      do_lower_case: true,
      unk_token: "[UNK]",
      sep_token: "[SEP]",
      pad_token: "[PAD]",
      cls_token: "[CLS]",
      mask_token: "[MASK]",
      clean_up_tokenization_spaces: true,
      model_max_length: 128,
    },
  };
}

/** Every word that training's rows have, sorted. */
function worldWords(): string[] {
  const found = new Set<string>();
  let left = rowsRead;
  for (const { texts } of glueTraining(0)) {
    if (left-- === 0) break;
    for (const word of texts
      .join(" ")
      .toLowerCase()
      .match(/[a-z]+/g) ?? [])
      found.add(word);
  }
  return [...found].sort();
}
