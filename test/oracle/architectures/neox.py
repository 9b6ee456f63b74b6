"""GPT-NeoX: the tiny checkpoints, HF's modules run one by one, and the deliberate mistakes. Used by make_fixtures.py."""

import json

import safetensors.torch
import torch
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM
from transformers.models.gpt_neox import modeling_gpt_neox

from runner import Runner

# classic: config.json and stray buffers as the published Pythia checkpoints have them; the others keep what transformers 5 writes.
CHECKPOINTS = {
    "neox-classic": dict(
        why="as published Pythia: float16, rotary_pct 0.25 of heads of 8, parallel residual, classic config.json, stray mask and rotary buffers",
        seed=1, std=0.25, dtype=torch.float16, classic=True,
        config=dict(num_hidden_layers=6, rotary_pct=0.25, rotary_emb_base=50.0),
    ),
    "neox-sequential": dict(
        why="no parallel residual, all of a head rotated, head tied to the embedding, gelu_new, float32, transformers 5's rope_parameters",
        seed=2, std=0.25,
        config=dict(num_hidden_layers=5, rotary_pct=1.0, rotary_emb_base=500.0, use_parallel_residual=False, tie_word_embeddings=True,
                    hidden_act="gelu_new"),
    ),
    "neox-head80": dict(
        why="head size 80 of which 20 are rotated, as in Pythia-2.8b; bfloat16",
        seed=3, std=0.2, dtype=torch.bfloat16,
        config=dict(num_hidden_layers=3, hidden_size=80, num_attention_heads=1, intermediate_size=24, rotary_pct=0.25),
    ),
    "neox-unbiased": dict(
        why="attention_bias false, half of a head rotated, gelu_fast, parallel residual, bfloat16 in shards with an index",
        seed=4, std=0.25, dtype=torch.bfloat16, max_shard_size="12KB",
        config=dict(num_hidden_layers=6, rotary_pct=0.5, attention_bias=False, hidden_act="gelu_fast"),
    ),
}
MODEL = GPTNeoXForCausalLM


def make(spec):
    config = dict(vocab_size=96, hidden_size=24, intermediate_size=40, num_attention_heads=3, layer_norm_eps=0.02, max_position_embeddings=128,
                  initializer_range=spec["std"]) | spec["config"]
    return GPTNeoXForCausalLM(GPTNeoXConfig(**config))


def edit_folder(folder, spec, model):
    if not spec.get("classic"):
        return
    path = folder / "config.json"
    config = json.loads(path.read_text())
    rope = config.pop("rope_parameters")
    config |= dict(rotary_pct=rope["partial_rotary_factor"], rotary_emb_base=int(rope["rope_theta"]), torch_dtype=config.pop("dtype"))
    for key in ("attention_bias", "attention_dropout", "hidden_dropout", "classifier_dropout", "is_decoder", "pad_token_id", "transformers_version"):
        config.pop(key, None)
    path.write_text(json.dumps(dict(sorted(config.items())), indent=2) + "\n")
    path = folder / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    for i in range(model.config.num_hidden_layers):  # wrong on purpose: whoever uses them is found out
        prefix = f"gpt_neox.layers.{i}.attention."
        tensors[prefix + "bias"] = torch.ones(1, 1, 8, 8, dtype=torch.bool)
        tensors[prefix + "masked_bias"] = torch.tensor(-1.0, dtype=torch.float16)
        tensors[prefix + "rotary_emb.inv_freq"] = torch.full((1,), 0.5)
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})


class NeoXRunner(Runner):
    def __init__(self, model, row):
        base = model.gpt_neox
        self.model, self.layers, self.ids, self.count = model, base.layers, torch.tensor([row["tokens"]]), len(base.layers)
        n = len(row["tokens"])
        self.rotary = base.rotary_emb(base.embed_in(self.ids), position_ids=torch.arange(n)[None])
        self.mask = self.causal_mask(n, 0, None)

    def embed(self):
        return self.model.gpt_neox.embed_in(self.ids)

    def outputs(self, h):
        """What is recorded of the last hidden states."""
        log_probs = self.model.lm_head(self.model.gpt_neox.final_layer_norm(h))[0].log_softmax(-1)
        return dict(logprobs=log_probs[:-1].gather(1, self.ids[0, 1:, None])[:, 0], hidden=h[0, -1:])


def whole(model, row):
    """HF's own forward pass -> the same outputs"""
    ids = torch.tensor([row["tokens"]])
    states = {}
    hook = model.gpt_neox.final_layer_norm.register_forward_pre_hook(lambda _, args: states.update(hidden=args[0][0, -1:]))
    log_probs = model(ids).logits[0].log_softmax(-1)
    hook.remove()
    return dict(logprobs=log_probs[:-1].gather(1, ids[0, 1:, None])[:, 0], hidden=states["hidden"])


def rows(rng, config):
    return [dict(tokens=[rng.randrange(2, config.vocab_size) for _ in range(n)]) for n in (5, 33)]


def apply_interleaved(q, k, cos, sin, **_):
    def rotate(x):
        width = cos.shape[-1]
        c, s = (y[..., : width // 2].repeat_interleave(2, -1).unsqueeze(1) for y in (cos, sin))
        turned, rest = x[..., :width], x[..., width:]
        return torch.cat((turned * c + torch.stack((-turned[..., 1::2], turned[..., 0::2]), -1).flatten(-2) * s, rest), -1)
    return rotate(q), rotate(k)


def apply_last(q, k, cos, sin, **_):
    """Rotates the last dimensions of a head instead of the first."""
    width = cos.shape[-1]
    c, s = cos.unsqueeze(1), sin.unsqueeze(1)

    def rotate(x):
        rest, turned = x[..., :-width], x[..., -width:]
        return torch.cat((rest, turned * c + modeling_gpt_neox.rotate_half(turned) * s), -1)
    return rotate(q), rotate(k)


def apply_query_late(q, k, cos, sin, **_):
    """The queries one position too far."""
    width = cos.shape[-1]

    def rotate(x, late):
        c, s = (torch.roll(y, -late, 1).unsqueeze(1) for y in (cos, sin))
        turned, rest = x[..., :width], x[..., width:]
        return torch.cat((turned * c + modeling_gpt_neox.rotate_half(turned) * s, rest), -1)
    return rotate(q, 1), rotate(k, 0)


def mutations(model):
    """name -> (edit the model, edit the runner, value of modeling_gpt_neox.apply_rotary_pos_emb or None)"""
    c = model.config
    dim, heads = c.hidden_size // c.num_attention_heads, c.num_attention_heads
    rotary = int(dim * c.rope_parameters["partial_rotary_factor"])
    plain = lambda *_: None

    def each(edit):
        def run(m):
            for layer in m.gpt_neox.layers:
                edit(layer)
        return run

    def set_eps(m):
        for module in m.modules():
            if isinstance(module, torch.nn.LayerNorm):
                module.eps = 1e-5

    def set_theta(r):
        inv = 1.0 / (5000.0 ** (torch.arange(0, rotary, 2).float() / rotary)) if rotary > 2 else torch.tensor([0.9])
        freqs = torch.arange(r.ids.shape[1]).float()[:, None] * inv[None]
        both = torch.cat((freqs, freqs), -1)[None]
        r.rotary = (both.cos(), both.sin())

    def no_rope(r):
        r.rotary = tuple(x[:, :1].expand_as(x) for x in r.rotary)

    def set_mask(r):
        r.mask = r.causal_mask(r.ids.shape[1], 1, None)

    def qkv_by_kind(layer):
        """Takes the fused matrix for all queries, then all keys, then all values."""
        for p in layer.attention.query_key_value.parameters():
            p.copy_(p.reshape(3, heads, dim, *p.shape[1:]).transpose(0, 1).reshape(p.shape).clone())

    def rotate_heads(layer):
        for p in layer.attention.query_key_value.parameters():
            q = p.view(heads, 3, dim, *p.shape[1:])
            q[:, 0] = q[:, 0].roll(1, 0).clone()

    def zero(ending):
        def run(m):
            for name, p in m.named_parameters():
                if name.endswith(ending):
                    p.zero_()
        return run

    def ones(m):
        for name, p in m.named_parameters():
            if name.endswith("norm.weight"):
                p.fill_(1)

    out = {
        "layer norm eps wrong": (set_eps, plain, None),
        "no rope": (plain, no_rope, None),
        "causal mask one too far": (plain, set_mask, None),
        "query positions off by one": (plain, plain, apply_query_late),
        "residual form swapped": (each(lambda l: setattr(l, "use_parallel_residual", not l.use_parallel_residual)), plain, None),
        "softmax scale wrong": (each(lambda l: setattr(l.attention, "scaling", (2 * dim) ** -0.5)), plain, None),
        "norm weights ignored": (ones, plain, None),
        "norm biases ignored": (zero("norm.bias"), plain, None),
        "mlp biases ignored": (lambda m: [zero(f"mlp.{name}.bias")(m) for name in ("dense_h_to_4h", "dense_4h_to_h")], plain, None),
        "relu for gelu": (each(lambda l: setattr(l.mlp, "act", torch.nn.ReLU())), plain, None),
        "fused matrix by kind": (each(qkv_by_kind), plain, None),
    }
    if rotary > 2:
        out["rope theta wrong"] = (plain, set_theta, None)
        out["rope pairs interleaved"] = (plain, plain, apply_interleaved)
    if rotary < dim:
        out["last dimensions rotated"] = (plain, plain, apply_last)
    if heads > 1:
        out["query heads rotated by one"] = (each(rotate_heads), plain, None)
    else:
        del out["fused matrix by kind"]  # the same for one head
    if c.attention_bias:
        out["attention biases ignored"] = (lambda m: [zero(f"attention.{name}.bias")(m) for name in ("query_key_value", "dense")], plain, None)
    return out


PATCH = (modeling_gpt_neox, "apply_rotary_pos_emb")
