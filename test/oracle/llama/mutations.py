"""Deliberate mistakes, each of which must move some log-prob: the evidence that the fixtures can fail. Used by make_fixtures.py."""

from contextlib import contextmanager

import torch
from transformers.models.llama import modeling_llama
from transformers.models.mistral import modeling_mistral

def set_rotary(r, inv_freq, angle_dtype=torch.float32):
    n = r.ids.shape[1]
    freqs = torch.arange(n).to(angle_dtype)[:, None] * inv_freq.to(angle_dtype)[None]
    both = torch.cat((freqs, freqs), -1)[None]
    r.rotary = (both.cos().float(), both.sin().float())


def inv_freq_of(theta, dim, dtype=torch.float32):
    return 1.0 / (theta ** (torch.arange(0, dim, 2).to(dtype) / dim))


@contextmanager
def patched(name, value):
    old = [getattr(module, name) for module in (modeling_llama, modeling_mistral)]
    for module in (modeling_llama, modeling_mistral):
        setattr(module, name, value)
    yield
    for module, was in zip((modeling_llama, modeling_mistral), old):
        setattr(module, name, was)


def rotate_interleaved(x):
    return torch.stack((-x[..., 1::2], x[..., 0::2]), -1).flatten(-2)


def apply_interleaved(q, k, cos, sin, **_):
    half = cos.shape[-1] // 2
    cos, sin = (x[..., :half].repeat_interleave(2, -1).unsqueeze(1) for x in (cos, sin))
    return q * cos + rotate_interleaved(q) * sin, k * cos + rotate_interleaved(k) * sin


def apply_query_late(q, k, cos, sin, **_):
    """The queries one position too far: what is left when cached keys are off by one. (Shifting both is invisible: RoPE is relative.)"""
    base = modeling_llama.rotate_half
    c, s, later = cos.unsqueeze(1), sin.unsqueeze(1), [torch.roll(x, -1, 1).unsqueeze(1) for x in (cos, sin)]
    return q * later[0] + base(q) * later[1], k * c + base(k) * s


def list_mutations(model, name):
    """name -> (edit the model, edit the runner, name and value of a module function to replace)"""
    c = model.config
    rope = c.rope_parameters
    dim, heads = c.head_dim, c.num_attention_heads
    kv = c.num_key_value_heads
    theta = rope["rope_theta"]
    window = getattr(c, "sliding_window", None)
    plain = lambda *_: None

    def each(edit):
        def run(m):
            for layer in m.model.layers:
                edit(layer)
        return run

    def set_eps(value):
        def run(m):
            for module in m.modules():
                if hasattr(module, "variance_epsilon"):
                    module.variance_epsilon = value
        return run

    def permute_query_heads(order):
        def edit(layer):
            q = layer.self_attn.q_proj
            index = torch.cat([torch.arange(dim) + h * dim for h in order])
            q.weight.copy_(q.weight[index].clone())
            if q.bias is not None:
                q.bias.copy_(q.bias[index].clone())
        return each(edit)

    def set_mask(ahead, window):
        def run(r):
            r.mask = r.causal_mask(r.ids.shape[1], ahead, window)
        return run

    def ones(m):
        for n, p in m.named_parameters():
            if n.endswith("norm.weight"):
                p.fill_(1)

    def no_bias(m):
        for n, p in m.named_parameters():
            if n.endswith(".bias"):
                p.zero_()

    def no_final_norm(m):
        m.model.norm = torch.nn.Identity()

    out = {
        "rope theta wrong": (plain, lambda r: set_rotary(r, inv_freq_of(500000.0 if theta == 10000.0 else 10000.0, dim)), None),
        "no rope": (plain, lambda r: set_rotary(r, torch.zeros(dim // 2)), None),
        "rope pairs interleaved": (plain, plain, ("apply_rotary_pos_emb", apply_interleaved)),
        "query positions off by one": (plain, plain, ("apply_rotary_pos_emb", apply_query_late)),
        "rms norm eps wrong": (set_eps(1e-2 if c.rms_norm_eps < 1e-3 else 1e-6), plain, None),
        "no causal mask": (plain, set_mask(10**9, None), None),
        "causal mask one too far": (plain, set_mask(1, window), None),
        "query heads rotated by one": (permute_query_heads([(h + 1) % heads for h in range(heads)]), plain, None),
        "softmax scale wrong": (each(lambda l: setattr(l.self_attn, "scaling", (2 * dim) ** -0.5)), plain, None),
        "norm weights ignored": (ones, plain, None),
        "no final norm": (no_final_norm, plain, None),
        "gelu for silu": (each(lambda l: setattr(l.mlp, "act_fn", torch.nn.GELU())), plain, None),
    }
    if 1 < kv < heads:  # query head h must read key/value head h // group, not h % kv
        order = [g * kv + k for k in range(kv) for g in range(heads // kv)]

        def interleave(m):
            permute_query_heads(order)(m)
            for layer in m.model.layers:
                o = layer.self_attn.o_proj
                o.weight.copy_(o.weight[:, torch.cat([torch.arange(dim) + h * dim for h in order])].clone())
        out["key/value heads interleaved"] = (interleave, plain, None)
    if window:
        out["window one too long"] = (plain, set_mask(0, window + 1), None)
        out["window one too short"] = (plain, set_mask(0, window - 1), None)
        out["no window"] = (plain, set_mask(0, None), None)
    if rope["rope_type"] != "default":
        out["no rope scaling"] = (plain, lambda r: set_rotary(r, inv_freq_of(theta, dim)), None)
    if rope["rope_type"] == "llama3":
        inv = inv_freq_of(theta, dim)
        wave = 2 * torch.pi / inv
        long = wave > rope["original_max_position_embeddings"] / rope["low_freq_factor"]
        short = wave < rope["original_max_position_embeddings"] / rope["high_freq_factor"]
        assert long.any() and short.any() and (~long & ~short).any(), wave
        out["llama3 without the middle band"] = (plain, lambda r: set_rotary(r, torch.where(long, inv / rope["factor"], inv)), None)
        out["llama3 taken for linear"] = (plain, lambda r: set_rotary(r, inv / rope["factor"]), None)
    if getattr(c, "attention_bias", False):
        out["biases ignored"] = (no_bias, plain, None)
    if c.tie_word_embeddings:
        def untie(m):
            weight = torch.randn(m.lm_head.weight.shape, generator=torch.Generator().manual_seed(0)) * c.initializer_range
            m.lm_head.weight = torch.nn.Parameter(weight)
        out["head not tied"] = (untie, plain, None)
    if name == "llama-f16":
        out["stray inv_freq used"] = (plain, lambda r: set_rotary(r, torch.full((dim // 2,), 0.5)), None)
    return out
