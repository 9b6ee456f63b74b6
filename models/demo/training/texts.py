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
    """Shares of the pools after `seen` tokens. Bindings: lists first, then passages, few bonds at first."""
    millions = seen / 1e6
    lists = 0.2 if millions < 1.5 else 0.04
    binding = 0.26 if millions < 1.5 else 0.36 if millions < 8 else 0.28
    levels = {f"recall {level}": 1.0 for level in range(1, 6) if level <= 2 + millions}
    if millions > 1:
        levels["recall 1"] = 0.1
    levels["lambada_openai"] = 0.5 if millions < 3 else 3.0
    others = dict(facts=0.05, arc_easy=0.08, arc_challenge=0.1, hellaswag=0.12, winogrande=0.14, who=0.1, gsm8k=0.41)
    total = sum(levels.values())
    shares = {name: binding * share / total for name, share in levels.items()} | {"lists": lists}
    return shares | {name: share * (1 - binding - lists) for name, share in others.items()}
