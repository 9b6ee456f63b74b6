"""The tiny random checkpoints: what each is for, how its weights are drawn, and how its folder is written. Used by make_fixtures.py."""

import json

import safetensors.torch
import tokenizers
import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)

# classic: config.json as the published checkpoints have it (rope_theta and rope_scaling at the top, torch_dtype, defaults left out);
# the others keep what transformers 5 writes (rope_parameters, dtype, head_dim).
# std: of every matrix and of the embedding. lengths: of the token rows.
CHECKPOINTS = {
    "llama-mha": dict(
        why="plain multi-head attention, classic config.json without rope_theta, with a byte-level tokenizer",
        seed=1, std=0.2, classic=True, tokenizer=True,
        config=dict(num_hidden_layers=8, num_attention_heads=4, vocab_size=320, rms_norm_eps=1e-5, max_position_embeddings=512),
    ),
    "llama-gqa": dict(
        why="grouped queries, head size 16 although hidden / heads is 8, embeddings tied to the head",
        seed=2, std=0.2,
        config=dict(num_hidden_layers=8, num_attention_heads=4, num_key_value_heads=2, head_dim=16, tie_word_embeddings=True,
                    rope_theta=1000.0),
    ),
    "llama-bias": dict(
        why="biases in attention and in the MLP, none of them zero; 7 layers, so that the middle has an even number",
        seed=3, std=0.2,
        config=dict(num_hidden_layers=7, num_attention_heads=4, num_key_value_heads=2, attention_bias=True, mlp_bias=True),
    ),
    "llama-linear": dict(
        why="rope_scaling linear in its oldest spelling (key `type`), head size 8",
        seed=4, std=0.22, classic=True,
        config=dict(num_hidden_layers=6, num_attention_heads=4, rope_scaling=dict(rope_type="linear", factor=4.0)),
    ),
    "llama-llama3": dict(
        why="rope_scaling llama3 with all three bands, rope_theta 500000, classic config.json as Llama-3.1 has it",
        seed=5, std=0.2, classic=True,
        config=dict(num_hidden_layers=6, num_attention_heads=4, num_key_value_heads=2, head_dim=16, rope_theta=500000.0,
                    rope_scaling=LLAMA3, max_position_embeddings=512),
    ),
    "mistral-window": dict(
        why="Mistral, grouped queries, a sliding window of 8 tokens, shorter than the rows",
        seed=6, std=0.2, classic=True, mistral=True,
        config=dict(num_hidden_layers=7, num_attention_heads=4, num_key_value_heads=2, sliding_window=8),
    ),
    "llama-head80": dict(
        why="head size 80 (rounded up by some kernels), one key/value head for two query heads",
        seed=7, std=0.2,
        config=dict(num_hidden_layers=6, num_attention_heads=2, num_key_value_heads=1, head_dim=80, intermediate_size=48),
    ),
    "llama-bf16-sharded": dict(
        why="bfloat16 weights in several shards with an index; computed in float32 from the stored weights",
        seed=8, std=0.2, dtype=torch.bfloat16, max_shard_size="50KB",
        config=dict(num_hidden_layers=8, num_attention_heads=4, num_key_value_heads=2, rope_theta=50000.0),
    ),
    "llama-f16": dict(
        why="float16 weights in one file, with the stray rotary_emb.inv_freq tensors of old checkpoints; computed in float32",
        seed=9, std=0.2, dtype=torch.float16, classic=True, strayInvFreq=True,
        config=dict(num_hidden_layers=6, num_attention_heads=4, rms_norm_eps=1e-6),
    ),
    "llama-long": dict(
        why="a row of 2,100 tokens and a small rope_theta: shows rotary angles that were not computed in float32",
        seed=10, std=0.28, lengths=(2100,),
        config=dict(num_hidden_layers=3, num_attention_heads=2, head_dim=32, max_position_embeddings=4096, rope_theta=100.0),
    ),
}


def make_model(spec):
    config = dict(vocab_size=192, hidden_size=32, intermediate_size=64, rms_norm_eps=0.02, max_position_embeddings=256)
    config |= dict(initializer_range=spec["std"], bos_token_id=0, eos_token_id=1) | spec["config"]
    rope = dict(rope_type="default", rope_theta=config.pop("rope_theta", 10000.0)) | config.pop("rope_scaling", {})
    make_config, make = (MistralConfig, MistralForCausalLM) if spec.get("mistral") else (LlamaConfig, LlamaForCausalLM)
    model = make(make_config(**config, rope_parameters=rope)).eval()
    generator = torch.Generator().manual_seed(spec["seed"])
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("norm.weight"):
            noise = 1 + 0.3 * noise
        else:
            noise = spec["std"] * noise
        parameter.copy_(noise)
    return model.to(spec.get("dtype", torch.float32))


def save_model(model, folder, spec):
    model.save_pretrained(folder, max_shard_size=spec.get("max_shard_size", "1GB"))
    (folder / "generation_config.json").unlink(missing_ok=True)
    if spec.get("classic"):
        path = folder / "config.json"
        config = json.loads(path.read_text())
        rope = config.pop("rope_parameters")
        theta, kind = rope.pop("rope_theta"), rope.pop("rope_type")
        if theta != 10000.0:
            config["rope_theta"] = theta
        config["rope_scaling"] = None if kind == "default" else {"type" if kind == "linear" else "rope_type": kind} | rope
        config["torch_dtype"] = config.pop("dtype")
        del config["transformers_version"]
        if config["head_dim"] == config["hidden_size"] // config["num_attention_heads"]:
            del config["head_dim"]
        for key in ("attention_bias", "mlp_bias"):
            config.pop(key, None)
        path.write_text(json.dumps(dict(sorted(config.items())), indent=2) + "\n")
    if spec.get("strayInvFreq"):
        path = folder / "model.safetensors"
        tensors = safetensors.torch.load_file(path)
        for i in range(len(model.model.layers)):  # wrong on purpose: whoever uses them is found out
            tensors[f"model.layers.{i}.self_attn.rotary_emb.inv_freq"] = torch.full((4,), 0.5, dtype=torch.float16)
        safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})


CORPUS = """The painters stand in a line. Each painter sees the canvas that the painter before has left, adds a few strokes, and hands it on.
Some painters in the middle could change places, and the painting would still be a painting. If one painter is left out, the others go on.
Question: Which painter paints the sky? Answer: the third painter paints the sky, and the fourth paints the sea.
What is 12 + 30? The answer is 42. Twelve and thirty make forty-two. """


def make_tokenizer(folder, vocab_size):
    """Byte-level BPE that puts <s> in front, as Llama's does."""
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.train_from_iterator([CORPUS], tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=["<s>", "</s>"], show_progress=False,
        initial_alphabet=sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())))
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    assert tokenizer.get_vocab_size() == vocab_size
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(dict(
        tokenizer_class="PreTrainedTokenizerFast", bos_token="<s>", eos_token="</s>", add_bos_token=True, add_eos_token=False,
        clean_up_tokenization_spaces=False, model_max_length=512), indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(dict(bos_token="<s>", eos_token="</s>"), indent=2) + "\n")
    loaded = AutoTokenizer.from_pretrained(folder)
    texts = ["The painter sees the sky.", " the sea", "", "Answer: 42\n\nQuestion:", "  two  spaces ", "naïve café — 画家 🎨", "<s>x</s>"]
    return [dict(text=text, ids=loaded.encode(text, add_special_tokens=False), idsWithSpecial=loaded.encode(text)) for text in texts]
