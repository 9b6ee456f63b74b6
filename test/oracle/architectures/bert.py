"""BERT: the tiny checkpoints, HF's modules run one by one, and the deliberate mistakes. Used by make_fixtures.py."""

import json

import safetensors.torch
import torch
from transformers import BertConfig, BertForSequenceClassification, BertModel

from runner import Runner

CHECKPOINTS = {
    "bert-classifier": dict(
        why="three labels, heads of 8, two token types, float16",
        seed=11, std=0.25, dtype=torch.float16, labels=True,
        config=dict(num_hidden_layers=6, num_labels=3, id2label={0: "no", 1: "yes", 2: "maybe"}, label2id={"no": 0, "yes": 1, "maybe": 2}),
    ),
    "bert-regression": dict(
        why="one number (problem_type regression), heads of 7, gelu_new, float32",
        seed=12, std=0.25, labels=True,
        config=dict(num_hidden_layers=5, num_labels=1, problem_type="regression", hidden_size=21, hidden_act="gelu_new"),
    ),
    "bert-pooled": dict(
        why="BertModel with its pooler, heads of 5, three token types, bfloat16 in shards with an index",
        seed=13, std=0.3, dtype=torch.bfloat16, max_shard_size="6KB",
        config=dict(num_hidden_layers=6, hidden_size=15, type_vocab_size=3),
    ),
    "bert-bare": dict(
        why="BertModel without a pooler, gelu_fast, with gamma and beta for the norms and a stray position_ids buffer, as old checkpoints have",
        seed=14, std=0.3, bare=True, old=True,
        config=dict(num_hidden_layers=3, hidden_size=12, num_attention_heads=2, hidden_act="gelu_fast"),
    ),
}


def make(spec):
    config = dict(vocab_size=96, hidden_size=24, intermediate_size=40, num_attention_heads=3, layer_norm_eps=0.02, max_position_embeddings=48,
                  initializer_range=spec["std"]) | spec["config"]
    if spec.get("labels"):
        return BertForSequenceClassification(BertConfig(**config))
    return BertModel(BertConfig(**config), add_pooling_layer=not spec.get("bare"))


def edit_folder(folder, spec, model):
    if not spec.get("old"):
        return
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config |= dict(torch_dtype=config.pop("dtype"), position_embedding_type="absolute", gradient_checkpointing=False)
    for key in ("add_cross_attention", "is_decoder", "bos_token_id", "eos_token_id", "tie_word_embeddings", "classifier_dropout"):
        config.pop(key, None)
    path.write_text(json.dumps(dict(sorted(config.items())), indent=2) + "\n")
    path = folder / "model.safetensors"
    tensors = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
               for name, tensor in safetensors.torch.load_file(path).items()}
    tensors["embeddings.position_ids"] = torch.arange(48)[None]
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})


def base_of(model):
    return getattr(model, "bert", model)


class BertRunner(Runner):
    """One row without padding, so without a mask. Fields may be bent by a mutation."""

    def __init__(self, model, row):
        base = base_of(model)
        self.model, self.layers, self.count = model, base.encoder.layer, len(base.encoder.layer)
        self.ids, self.types = torch.tensor([row["tokens"]]), torch.tensor([row["tokenTypes"]])
        self.positions = torch.arange(len(row["tokens"]))[None]
        self.mask = None

    def embed(self):
        return base_of(self.model).embeddings(input_ids=self.ids, token_type_ids=self.types, position_ids=self.positions)

    def layer(self, i, h):
        out = self.layers[i](h, attention_mask=self.mask)
        return out[0] if isinstance(out, tuple) else out

    def outputs(self, h):
        base = base_of(self.model)
        out = dict(hidden=h[0, [0, -1]], features=(h[:, 0] if base.pooler is None else base.pooler(h))[0])
        return out | (dict(logits=self.model.classifier(out["features"])) if hasattr(self.model, "classifier") else {})


def whole(model, row):
    """HF's own forward pass, the row padded by nine tokens and masked -> the same outputs"""
    n, pad = len(row["tokens"]), 9
    ids = torch.tensor([row["tokens"] + [0] * pad])
    types = torch.tensor([row["tokenTypes"] + [0] * pad])
    mask = torch.tensor([[1] * n + [0] * pad])
    given = dict(input_ids=ids, token_type_ids=types, attention_mask=mask)
    got = base_of(model)(**given)
    h = got.last_hidden_state[0]
    out = dict(hidden=h[[0, n - 1]], features=h[0] if got.pooler_output is None else got.pooler_output[0])
    return out | (dict(logits=model(**given).logits[0]) if hasattr(model, "classifier") else {})


def rows(rng, config):
    out = []
    for n in (3, 17, 30):
        first = rng.randrange(1, n)
        types = [0] * first + [rng.randrange(1, config.type_vocab_size) for _ in range(n - first)]
        out.append(dict(tokens=[rng.randrange(2, config.vocab_size) for _ in range(n)], tokenTypes=types))
    return out


def mutations(model):
    """name -> (edit the model, edit the runner, None)"""
    c = model.config
    heads = c.num_attention_heads
    dim = c.hidden_size // heads
    plain = lambda *_: None

    def each(edit):
        def run(m):
            for layer in base_of(m).encoder.layer:
                edit(layer)
        return run

    def set_eps(m):
        for module in m.modules():
            if isinstance(module, torch.nn.LayerNorm):
                module.eps = 1e-12

    def zero(ending):
        def run(m):
            for name, p in m.named_parameters():
                if name.endswith(ending):
                    p.zero_()
        return run

    def ones(m):
        for name, p in m.named_parameters():
            if name.endswith("LayerNorm.weight"):
                p.fill_(1)

    def rotate_heads(layer):
        for p in layer.attention.self.query.parameters():
            p.copy_(p.roll(dim, 0).clone())

    def pre_norm(layer):
        """Norms what goes in instead of what comes out."""
        def forward(h, attention_mask=None, **_):
            h = h + layer.attention.output.dense(layer.attention.self(layer.attention.output.LayerNorm(h), attention_mask)[0])
            return h + layer.output.dense(layer.intermediate(layer.output.LayerNorm(h)))
        layer.forward = forward

    def causal(r):
        r.mask = r.causal_mask(r.ids.shape[1], 0, None)

    def pad(r):
        """One token of padding that is attended to."""
        r.ids, r.types = (torch.cat((x, torch.zeros(1, 1, dtype=torch.long)), 1) for x in (r.ids, r.types))
        r.positions = torch.arange(r.ids.shape[1])[None]
        outputs = r.outputs
        r.outputs = lambda h: outputs(h[:, :-1])

    out = {
        "layer norm eps wrong": (set_eps, plain, None),
        "positions off by one": (plain, lambda r: setattr(r, "positions", r.positions + 1), None),
        "no positions": (zero("position_embeddings.weight"), plain, None),
        "token types ignored": (plain, lambda r: setattr(r, "types", torch.zeros_like(r.types)), None),
        "no norm of the embeddings": (lambda m: setattr(base_of(m).embeddings, "LayerNorm", torch.nn.Identity()), plain, None),
        "pre-norm": (each(pre_norm), plain, None),
        "norm weights ignored": (ones, plain, None),
        "norm biases ignored": (zero("LayerNorm.bias"), plain, None),
        "dense biases ignored": (zero("dense.bias"), plain, None),
        "value biases ignored": (zero("value.bias"), plain, None),
        "query biases ignored": (zero("query.bias"), plain, None),
        "query heads rotated by one": (each(rotate_heads), plain, None),
        "softmax scale wrong": (each(lambda l: setattr(l.attention.self, "scaling", (2 * dim) ** -0.5)), plain, None),
        "causal mask": (plain, causal, None),
        "padding attended to": (plain, pad, None),
        "relu for gelu": (each(lambda l: setattr(l.intermediate, "intermediate_act_fn", torch.nn.ReLU())), plain, None),
    }
    if base_of(model).pooler is not None:
        out["pooler without tanh"] = (lambda m: setattr(base_of(m).pooler, "activation", torch.nn.Identity()), plain, None)
        out["last token pooled"] = (lambda m: base_of(m).pooler.register_forward_pre_hook(lambda _, a: (a[0].flip(1),)), plain, None)
    if hasattr(model, "classifier"):
        out["classifier bias ignored"] = (zero("classifier.bias"), plain, None)
    return out


PATCH = None
