"""The training rows: from JSON lines to batches of token ids; the same rows with words masked, where what they tell is coherent."""

import json
from array import array
from itertools import islice

import torch
from model import TASKS
from tokenizers import Tokenizer

PAD, MASK = 0, 4
TEXT_COLUMNS = ("sentence1", "question", "sentence", "sentence2")
# Rows whose words can be foreseen from each other; all of sst2 can, up to the judgement.
COHERENT = dict(cola=1, mrpc=1, qnli=0, rte=0, wnli=1, stsb=5)


def encode(tokenizer, texts):
    """Lists of one or two texts -> pairs of ids and token types."""
    encoded = tokenizer.encode_batch([tuple(pair) if len(pair) == 2 else pair[0] for pair in texts])
    return [(one.ids, one.type_ids) for one in encoded]


def texts_of(row):
    """A published row's text columns, in their order."""
    return [value for name, value in row.items() if name in TEXT_COLUMNS]


class Rows:
    def __init__(self, file, tokenizer_file):
        tokenizer = Tokenizer.from_file(tokenizer_file)
        self.vocab = tokenizer.get_vocab_size()
        # Level 0, which training begins with, apart from the rest; cola has none.
        self.pools = {pool: [] for task in TASKS for pool in ([task] if task == "cola" else [task, f"{task} 0"])}
        with open(file) as lines:
            while chunk := [json.loads(line) for line in islice(lines, 20_000)]:
                for row, (ids, types) in zip(chunk, encode(tokenizer, [row["texts"] for row in chunk])):
                    pool = row["task"] if row["level"] else f"{row['task']} 0"
                    self.pools[pool].append((row["task"], array("H", ids), bytes(types), row["label"]))
        self.next = {name: 0 for name in self.pools}
        word = lambda token: token.isalpha()
        self.words = [i for token, i in tokenizer.get_vocab().items() if i > MASK and word(token)]
        self.cls, self.sep, self.stop = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", "."))

    def draw(self, name):
        pool = self.pools[name]
        self.next[name] += 1
        return pool[(self.next[name] - 1) % len(pool)]

    def masked(self, rng, name):
        """A coherent row with one word in six to be foreseen: masked, but for one in ten that is another word and one in ten itself."""
        while True:
            task, ids, types, label = self.draw(name)
            if label == COHERENT.get(task, label):
                break
        words = [i for i, token in enumerate(ids) if token > MASK]
        chosen = [i for i in words if rng.random() < 1 / 6] or [rng.choice(words)]
        seen, wanted = list(ids), [-100] * len(ids)
        for i in chosen:
            wanted[i] = ids[i]
            kind = rng.random()
            seen[i] = MASK if kind < 0.8 else rng.randrange(MASK + 1, self.vocab) if kind < 0.9 else ids[i]
        return "masked", seen, types, wanted

    def pairs(self, rng):
        """Pairs of any words in both texts, in two orders; of each pair one word is masked in one of the texts, so that it can
        be foreseen from the other alone: the plainest binding there is."""
        count = rng.randint(2, 6)
        drawn = rng.sample(self.words, 2 * count)
        pairs = [(drawn[2 * i], drawn[2 * i + 1]) for i in range(count)]
        hidden = [(rng.randrange(2), rng.random() < 0.25) for _ in pairs]
        seen, types, wanted = [self.cls], [0], [-100]
        for text in range(2):
            for i in rng.sample(range(count), count):
                where, is_key = hidden[i]
                for place, word in enumerate(pairs[i]):
                    masked = where == text and place == (0 if is_key else 1)
                    seen.append(MASK if masked else word)
                    wanted.append(word if masked else -100)
                seen.append(self.stop)
                wanted.append(-100)
            seen.append(self.sep)
            wanted.append(-100)
            types += [text] * (len(seen) - len(types))
        return "masked", seen, types, wanted

    def batches(self, rng, tokens, shares, part_shares, most, pairs_share):
        """About `tokens` tokens by the tasks' shares, in parts of like length and at most `most` tokens or so each.
        part_shares: of the rows, those with words masked, and those of level 0."""
        masked_share, begin_share = part_shares
        rows, left = [], pairs_share * tokens
        while left > 0:
            rows.append(self.pairs(rng))
            left -= len(rows[-1][1])
        for task, share in shares.items():
            left = share * (1 - pairs_share) * tokens * rng.uniform(0.8, 1.2)
            while left > 0:
                name = f"{task} 0" if rng.random() < begin_share and f"{task} 0" in self.pools else task
                row = self.masked(rng, name) if rng.random() < masked_share else self.draw(name)
                rows.append(row)
                left -= len(row[1])
        rows.sort(key=lambda row: len(row[1]))
        part = []
        for row in rows:
            if part and (len(row[1]) * (len(part) + 1) > most or len(row[1]) > 1.25 * len(part[0][1]) + 2):
                yield padded(part)
                part = []
            part.append(row)
        yield padded(part)


def padded(rows):
    """ids, types [rows, length]; task -> (row numbers, labels); masked words: [row, column, word]."""
    length = max(len(ids) for _, ids, _, _ in rows)
    ids, types = torch.full((len(rows), length), PAD), torch.zeros(len(rows), length, dtype=torch.long)
    labelled, words = {}, []
    for i, (task, own, own_types, label) in enumerate(rows):
        ids[i, : len(own)] = torch.tensor(list(own))
        types[i, : len(own)] = torch.tensor(list(own_types))
        if task == "masked":
            words += [(i, j, word) for j, word in enumerate(label) if word >= 0]
        else:
            labelled.setdefault(task, []).append((i, label))
    labels = {task: tuple(map(torch.tensor, zip(*pairs))) for task, pairs in labelled.items()}
    return ids, types, labels, torch.tensor(words).view(-1, 3)
