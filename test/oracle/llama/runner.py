"""Runs HF's modules in any order: the paper's methods as plain loops, and an interpreter for schedules as text. Used by make_fixtures.py."""

import random
import re

import torch

class Runner:
    """HF's modules over one row, in any order. Fields may be bent by a mutation."""

    def __init__(self, model, row):
        self.model, self.layers = model, model.model.layers
        self.ids = torch.tensor([row])
        self.count = len(self.layers)
        n = len(row)
        h = model.model.embed_tokens(self.ids)
        self.rotary = model.model.rotary_emb(h, position_ids=torch.arange(n)[None])
        window = getattr(model.config, "sliding_window", None)
        self.mask = self.causal_mask(n, 0, window)

    @staticmethod
    def causal_mask(n, ahead, window):
        """Query q sees the keys k <= q + ahead, of them only the last `window` (its own included)."""
        q, k = torch.arange(n)[:, None], torch.arange(n)[None, :]
        seen = k <= q + ahead
        if window is not None:
            seen &= k > q - window
        return torch.zeros(1, 1, n, n).masked_fill(~seen, torch.finfo(torch.float32).min)

    def embed(self):
        return self.model.model.embed_tokens(self.ids)

    def layer(self, i, h):
        out = self.layers[i](h, attention_mask=self.mask.to(h.dtype), position_embeddings=self.rotary, use_cache=False)
        return out[0] if isinstance(out, tuple) else out

    def sequence(self, order, h):
        for i in order:
            h = self.layer(i, h)
        return h

    def log_probs(self, h):
        """[token, vocab]"""
        return self.model.lm_head(self.model.model.norm(h))[0].log_softmax(-1)


# ------------------------------------------------------------------------------------- the methods of the paper, as plain loops


def middle(T, s):
    return list(range(0, s + 1)), list(range(s + 1, T - s)), list(range(T - s, T))  # Pre, Mid, Post


def shuffled(mid, seed):
    mid = list(mid)
    random.seed(seed)
    random.shuffle(mid)
    return mid


def run_method(r, method, p):
    h, T = r.embed(), r.count
    if method == "baseline":
        return r.sequence(range(T), h)
    if method == "skip_idx":
        return r.sequence([i for i in range(T) if i != p["index"]], h)
    if method == "switch_idx":
        order, i = list(range(T)), p["index"]
        order[i], order[i + 1] = order[i + 1], order[i]
        return r.sequence(order, h)
    pre, mid, post = middle(T, p["start"])
    assert mid
    h = r.sequence(pre, h)
    if method in ("parallel", "loop_parallel"):
        for _ in range(p.get("loops", 1)):
            h = torch.stack([r.layer(i, h) for i in mid]).mean(0)
    else:
        h = r.sequence(dict(skip=[], middle_repeat=[T // 2] * len(mid), reverse=mid[::-1],
                            random=shuffled(mid, p.get("seed")))[method], h)
    return r.sequence(post, h)


def method_text(T, method, p):
    """The same as a schedule's text."""
    if method == "baseline":
        return spans(range(T))
    if method == "skip_idx":
        return spans(i for i in range(T) if i != p["index"])
    if method == "switch_idx":
        i = p["index"]
        return spans([*range(i), i + 1, i, *range(i + 2, T)])
    pre, mid, post = middle(T, p["start"])
    if method in ("parallel", "loop_parallel"):
        group = f"mean({spans(mid)})"
        group = f"loop({p['loops']}, {group})" if method == "loop_parallel" else group
        return ", ".join(filter(None, [spans(pre), group, spans(post)]))
    inner = dict(skip=[], middle_repeat=[T // 2] * len(mid), reverse=mid[::-1], random=shuffled(mid, p.get("seed")))[method]
    return spans([*pre, *inner, *post])


def spans(order):
    runs = []
    for i in order:
        if runs and runs[-1][1] == i:
            runs[-1][1] = i + 1
        else:
            runs.append([i, i + 1])
    return ", ".join(f"{a}..{b}" if b > a + 1 else f"{a}" for a, b in runs)


# ------------------------------------------------------------------------------------------------- an interpreter for the texts


def run_text(r, text, h):
    tokens = re.findall(r"\d+\.\d+|\d+|\.\.|[a-z]+|[(),=]", text.replace(" ", ""))
    assert "".join(tokens) == text.replace(" ", ""), text

    def take(token=None):
        assert tokens and token in (None, tokens[0]), (text, token, tokens[:3])
        return tokens.pop(0)

    def items():  # -> functions hidden -> hidden, ranges spread out
        out = []
        while tokens and tokens[0] != ")" and tokens[0] != "damping":
            out += item()
            if tokens and tokens[0] == ",":
                take()
        return out

    def chain(parts):
        def run(h):
            for part in parts:
                h = part(h)
            return h
        return run

    def item():
        token = take()
        if token.isdigit():
            a, b = int(token), int(token) + 1
            if tokens and tokens[0] == "..":
                take()
                b = int(take())
            return [lambda h, i=i: r.layer(i, h) for i in range(a, b)]
        if token == "(":
            body = chain(items())
            take(")")
            return [body]
        take("(")
        if token == "loop":
            times = int(take())
            take(",")
            body, a = chain(items()), None
            if tokens[0] == "damping":
                take(), take("=")
                a = float(take())
            take(")")

            def loop(h):
                for _ in range(times):
                    h = body(h) if a is None else h + a * (body(h) - h)
                return h
            return [loop]
        branches = items()
        take(")")
        if token == "mean":
            return [lambda h: torch.stack([b(h) for b in branches]).mean(0)]
        assert token == "sum", token
        return [lambda h: h + torch.stack([b(h) - h for b in branches]).sum(0)]

    run = chain(items())
    assert not tokens, tokens
    return run(h)
