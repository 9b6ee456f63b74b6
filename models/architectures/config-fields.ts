// Reads config.json field by field and remembers which were read, so that an
// architecture can refuse every key it has not accounted for.
import { UnsupportedConfigError } from "./unsupported.js";

/**
 * Keys that transformers writes and that change no number of a causal forward pass: names
 * and versions, training, and defaults of sampling (we score, or decode greedily as the task says).
 */
const HARMLESS = new Set(
  `_name_or_path name_or_path _commit_hash _attn_implementation _attn_implementation_autoset attn_implementation
  _flash_attn_2_enabled transformers_version transformers.js_config unsloth_version unsloth_fixed
  architectures model_type torch_dtype dtype use_bfloat16 torchscript tokenizer_class is_llama_config
  bos_token_id eos_token_id pad_token_id sep_token_id decoder_start_token_id max_sequence_length
  use_cache return_dict output_hidden_states output_attentions chunk_size_feed_forward tf_legacy_loss
  initializer_range attention_dropout hidden_dropout classifier_dropout
  hidden_dropout_prob attention_probs_dropout_prob gradient_checkpointing
  finetuning_task id2label label2id num_labels problem_type task_specific_params prefix is_decoder
  cross_attention_hidden_size tie_encoder_decoder
  max_length min_length max_new_tokens do_sample early_stopping num_beams num_beam_groups diversity_penalty
  temperature top_k top_p min_p typical_p repetition_penalty length_penalty no_repeat_ngram_size
  encoder_no_repeat_ngram_size bad_words_ids num_return_sequences output_scores return_dict_in_generate
  forced_bos_token_id forced_eos_token_id remove_invalid_values exponential_decay_length_penalty
  suppress_tokens begin_suppress_tokens`.split(/\s+/),
);

/** The fields of one JSON object. As in transformers, null is the same as absent. */
export class ConfigFields {
  readonly #json: Readonly<Record<string, unknown>>;
  readonly #prefix: string;
  readonly #seen = new Set<string>();

  constructor(json: Readonly<Record<string, unknown>>, prefix = "") {
    this.#json = json;
    this.#prefix = prefix;
  }

  /** A whole number above zero. */
  count(key: string, fallback?: number): number {
    const value = this.#take(key) ?? fallback;
    if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
    return this.refuse(key, "a whole number above 0 is needed");
  }

  /** A finite number above zero. */
  positive(key: string, fallback?: number): number {
    const value = this.#take(key) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
    return this.refuse(key, "a number above 0 is needed");
  }

  flag(key: string, fallback: boolean): boolean {
    const value = this.#take(key) ?? fallback;
    if (typeof value === "boolean") return value;
    return this.refuse(key, "true or false is needed");
  }

  text(key: string): string | undefined {
    const value = this.#take(key);
    if (value === undefined || typeof value === "string") return value;
    return this.refuse(key, "a string is needed");
  }

  object(key: string): ConfigFields | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return this.refuse(key, "an object is needed");
    }
    return new ConfigFields({ ...value }, `${this.#prefix}${key}.`);
  }

  /** One of the values whose meaning is implemented, `fallback` if the field is absent. */
  oneOf<Value extends string>(key: string, supported: readonly Value[], fallback: Value): Value {
    const value = this.#take(key) ?? fallback;
    const found = supported.find((one) => one === value);
    if (found !== undefined) return found;
    const list = supported.map((one) => JSON.stringify(one));
    return this.refuse(key, `supported are ${list.slice(0, -1).join(", ")} and ${list.at(-1)}`);
  }

  /** The field is absent, or has the one value whose meaning is implemented. */
  only(key: string, supported: string | number | boolean, reason?: string): void {
    const value = this.#take(key);
    if (value !== undefined && value !== supported) {
      this.refuse(key, `only ${JSON.stringify(supported)} is supported${reason ? `: ${reason}` : ""}`);
    }
  }

  /** The field is absent, or an empty list or object. */
  absent(key: string, reason: string): void {
    const value = this.#take(key);
    if (value === undefined || (typeof value === "object" && Object.keys(value ?? {}).length === 0)) return;
    this.refuse(key, reason);
  }

  keys(): readonly string[] {
    return Object.keys(this.#json);
  }

  has(key: string): boolean {
    return this.#take(key) !== undefined;
  }

  /** Whether the key is there at all, be it with null. */
  mentions(key: string): boolean {
    return Object.hasOwn(this.#json, key);
  }

  /** The key's dotted path in config.json. */
  path(key: string): string {
    return `${this.#prefix}${key}`;
  }

  refuse(key: string, expected: string): never {
    throw new UnsupportedConfigError(this.path(key), this.#json[key], expected);
  }

  /** Refuses what no architecture here has. */
  refuseExtensions(): void {
    this.only("is_encoder_decoder", false);
    this.only("add_cross_attention", false);
    this.absent("pruned_heads", "pruned heads are not supported");
    this.absent("per_layer_config", "layers that differ in shape are not supported");
    this.absent("auto_map", "the model needs Python code of its own, which is not run");
    this.absent(
      "quantization_config",
      "quantised weights are not supported; use the checkpoint it was made from, in F32, F16 or BF16",
    );
  }

  /** Refuses every key that was neither read nor is known to change no number. */
  refuseOthers(): void {
    for (const [key, value] of Object.entries(this.#json)) {
      if (this.#seen.has(key) || value === null || (this.#prefix === "" && HARMLESS.has(key))) continue;
      this.refuse(
        key,
        "this key is not known, and its meaning is never guessed; if it changes no number, remove it from config.json",
      );
    }
  }

  #take(key: string): unknown {
    this.#seen.add(key);
    return Object.hasOwn(this.#json, key) ? (this.#json[key] ?? undefined) : undefined;
  }
}
