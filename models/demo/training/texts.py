"""The training text: from JSON lines to batches of rows of token ids with a weight for each token to be predicted."""

import json
from array import array
from itertools import islice

import torch
from tokenizers import Tokenizer

BOS, EOS = 0, 1
# What the tokens that nobody could foresee count, against 1 for an answer's.
CONTEXT_WEIGHT = 0.1


class Texts:
    def __init__(self, file, tokenizer_file):
        tokenizer = Tokenizer.from_file(tokenizer_file)
        self.between = tokenizer.encode("\n\n").ids
        self.pools = {}
        with open(file) as lines:
            while chunk := [json.loads(line) for line in islice(lines, 20_000)]:
                self.take(chunk, tokenizer)
        self.next = {family: 0 for family in self.pools}

    def take(self, lines, tokenizer):
        pieces = iter(tokenizer.encode_batch([piece for line in lines for piece in line["text"]]))
        for line in lines:
            ids, weights = array("H"), array("f")
            for i in range(len(line["text"])):
                own = next(pieces).ids
                ids.extend(own)
                weights.extend([CONTEXT_WEIGHT if i % 2 == 0 else 1.0] * len(own))
            self.pools.setdefault(line["pool"], []).append((ids, weights))

    def draw(self, family):
        pool = self.pools[family]
        self.next[family] += 1
        return pool[(self.next[family] - 1) % len(pool)]

    def row(self, rng, family):
        """One document from position 0, as evaluation has it; sometimes with others before it, as shots are."""
        shots = 0
        if family == "gsm8k" and rng.random() < 0.12:
            shots = rng.randint(1, 5)
        elif rng.random() < 0.04:
            shots = rng.randint(1, 3)
        ids, weights = ([BOS], [0.0]) if rng.random() < 0.15 else ([], [])
        for shot in range(shots + 1):
            own, own_weights = self.draw(family)
            ids, weights = [*ids, *own], [*weights, *own_weights]
            end = self.between if shot < shots else [EOS]
            ids, weights = ids + end, weights + [1.0] * len(end)
        return ids, weights

    def batches(self, rng, tokens, mixture, most):
        """About `tokens` tokens by the mixture's shares, in parts of like length and at most `most` tokens or so each."""
        rows = []
        for family, share in mixture.items():
            left = share * tokens * rng.uniform(0.8, 1.2)
            while left > 0:
                row = self.row(rng, family)
                rows.append(row)
                left -= len(row[0])
        rows.sort(key=lambda row: len(row[0]))
        part = []
        for row in rows:
            if part and (len(row[0]) * (len(part) + 1) > most or len(row[0]) > 1.3 * len(part[0][0]) + 4):
                yield padded(part)
                part = []
            part.append(row)
        yield padded(part)


def padded(rows):
    length = max(len(ids) for ids, _ in rows) - 1
    ids = torch.full((len(rows), length), EOS)
    targets = torch.full((len(rows), length), EOS)
    weights = torch.zeros(len(rows), length)
    for i, (own, own_weights) in enumerate(rows):
        n = len(own) - 1
        ids[i, :n] = torch.tensor(own[:-1])
        targets[i, :n] = torch.tensor(own[1:])
        weights[i, :n] = torch.tensor(own_weights[1:])
    return ids, targets, weights


def mixture(seen):
    """Shares of the pools after `seen` tokens. Pairs come first: until they are learnt no binding is, and nothing of passages."""
    if seen < 4.5e6:
        return {"pairs": 0.8, "who": 0.1, "recall 2": 0.1}
    if seen < 9.3e6:
        bindings = {"pairs": 0.03, "lists": 0.04, "recall 2": 0.03, "recall 3": 0.04, "recall 4": 0.05, "recall 5": 0.04}
        others = dict(facts=0.04, arc_easy=0.05, arc_challenge=0.06, hellaswag=0.08, who=0.06, winogrande=0.1, gsm8k=0.28)
        return bindings | {"lambada_openai": 0.1} | others
    if seen < 13e6:
        bindings = {"pairs": 0.02, "lists": 0.08, "recall 2": 0.03, "recall 3": 0.06, "recall 4": 0.07, "recall 5": 0.07}
        others = dict(facts=0.02, arc_easy=0.03, arc_challenge=0.05, hellaswag=0.04, who=0.13, roles=0.05, winogrande=0.06, gsm8k=0.17)
        return bindings | {"lambada_openai": 0.12} | others
    if 18.6e6 < seen < 21.7e6:
        bindings = {"bonds": 0.5, "lambada_openai": 0.16, "recall 2": 0.04, "recall 3": 0.04}
        return bindings | dict(arc_easy=0.01, arc_challenge=0.03, hellaswag=0.05, winogrande=0.07, who=0.01, gsm8k=0.09)
    if seen > 18.6e6:
        bindings = {"bonds": 0.12, "lambada_openai": 0.22, "recall 3": 0.02}
        return bindings | dict(arc_easy=0.02, arc_challenge=0.06, hellaswag=0.22, winogrande=0.11, who=0.02, gsm8k=0.21)
    bindings = {"lists": 0.08, "recall 2": 0.08, "recall 3": 0.12, "recall 4": 0.06, "recall 5": 0.04}
    others = dict(arc_easy=0.03, arc_challenge=0.05, hellaswag=0.04, who=0.04, roles=0.01, winogrande=0.18, gsm8k=0.15)
    return bindings | {"lambada_openai": 0.12} | others
