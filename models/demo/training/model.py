"""Llama as transformers computes it, written out: small enough to compile well, and open to other orders of the layers."""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

CONFIG = dict(
    architectures=["LlamaForCausalLM"],
    model_type="llama",
    hidden_size=96,
    intermediate_size=256,
    num_hidden_layers=16,
    num_attention_heads=4,
    num_key_value_heads=4,
    max_position_embeddings=1024,
    rms_norm_eps=1e-5,
    rope_theta=10000.0,
    hidden_act="silu",
    tie_word_embeddings=False,
    bos_token_id=0,
    eos_token_id=1,
    torch_dtype="float16",
)

# Projections of the same input, kept as one matrix here and apart in the file.
FUSED = dict(qkv=("q", "k", "v"), gate_up=("gate", "up"))


class Norm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x):
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads = c["num_attention_heads"]
        self.qkv_proj = nn.Linear(c["hidden_size"], 3 * c["hidden_size"], bias=False)
        self.o_proj = nn.Linear(c["hidden_size"], c["hidden_size"], bias=False)

    def forward(self, x, cos, sin):
        batch, length, hidden = x.shape
        qkv = self.qkv_proj(x).view(batch, length, 3 * self.heads, -1).transpose(1, 2)
        qk, v = qkv.split([2 * self.heads, self.heads], 1)
        q, k = turn(qk, cos, sin).chunk(2, 1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(y.transpose(1, 2).reshape(batch, length, hidden))


class Mlp(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_up_proj = nn.Linear(c["hidden_size"], 2 * c["intermediate_size"], bias=False)
        self.down_proj = nn.Linear(c["intermediate_size"], c["hidden_size"], bias=False)

    def forward(self, x):
        gate, up = self.gate_up_proj(x).chunk(2, -1)
        return self.down_proj(F.silu(gate) * up)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.input_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.self_attn = Attention(c)
        self.post_attention_layernorm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.mlp = Mlp(c)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.config = c
        self.embed_tokens = nn.Embedding(c["vocab_size"], c["hidden_size"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["num_hidden_layers"]))
        self.norm = Norm(c["hidden_size"], c["rms_norm_eps"])
        self.lm_head = nn.Linear(c["hidden_size"], c["vocab_size"], bias=False)
        size = c["hidden_size"] // c["num_attention_heads"]
        inverse = 1.0 / c["rope_theta"] ** (torch.arange(0, size, 2).float() / size)
        angle = torch.outer(torch.arange(c["max_position_embeddings"]).float(), inverse)
        angle = torch.cat([angle, angle], -1)
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self.draw_weights()

    def draw_weights(self):
        """Matrices keep a normal input's scale; what is added to the stream is scaled down by the number of additions."""
        nn.init.normal_(self.embed_tokens.weight, std=0.3)
        nn.init.normal_(self.lm_head.weight, std=0.02)
        for layer in self.layers:
            for name, weight in layer.named_parameters():
                if weight.dim() == 2:
                    added = name.endswith(("o_proj.weight", "down_proj.weight"))
                    nn.init.normal_(weight, std=(0.25 if added else 1.0) * 0.7 * weight.shape[1] ** -0.5)

    def forward(self, ids, steps=None):
        """ids [batch, length] -> logits [batch, length, vocab]. steps: the schedule, a layer or a set of layers to average each."""
        length = ids.shape[1]
        cos, sin = self.cos[:length], self.sin[:length]
        x = self.embed_tokens(ids)
        for step in range(len(self.layers)) if steps is None else steps:
            if isinstance(step, int):
                x = self.layers[step](x, cos, sin)
            else:
                x = torch.stack([self.layers[i](x, cos, sin) for i in step]).mean(0)
        return self.lm_head(self.norm(x))

    def save(self, folder):
        """As Hugging Face lays a checkpoint out, in float16; the tokenizer's files are the world's."""
        tensors = {}
        for name, value in self.state_dict().items():
            name = name if name.startswith("lm_head") else f"model.{name}"
            fused = next((parts for parts in FUSED if f"{parts}_proj" in name), None)
            names = [name.replace(fused, part) for part in FUSED[fused]] if fused else [name]
            tensors |= {own: part.half().contiguous() for own, part in zip(names, value.chunk(len(names)))}
        Path(folder).mkdir(parents=True, exist_ok=True)
        save_file(tensors, f"{folder}/model.safetensors", metadata={"format": "pt"})
        Path(folder, "config.json").write_text(json.dumps(self.config, indent=2) + "\n")


def turn(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat([-b, a], -1) * sin
