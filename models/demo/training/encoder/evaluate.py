"""GLUE's metrics of a trained encoder on the committed files, by training's own classifiers, under any schedule.

python evaluate.py STATE.pt models/demo/data/glue models/demo/encoder/tokenizer.json
"""

import json
import random
import sys
from pathlib import Path

import torch
from metrics import metrics
from model import CONFIG, TASKS, Bert
from rows import encode, padded, texts_of
from tokenizers import Tokenizer


def split(data, tokenizer, task, name):
    """The rows of a published file as (task, ids, types, label)."""
    rows = [json.loads(line) for line in open(Path(data, task, f"{name}.jsonl"))]
    encoded = encode(tokenizer, [texts_of(row) for row in rows])
    return [(task, ids, types, row["label"]) for row, (ids, types) in zip(rows, encoded)]


def evaluation(data, tokenizer_file):
    """task -> rows of its validation split"""
    tokenizer = Tokenizer.from_file(tokenizer_file)
    return {task: split(data, tokenizer, task, "validation") for task in TASKS}


@torch.no_grad()
def pooled(model, rows, steps=None, size=100):
    """[rows, hidden] in the rows' order, under any schedule; and the labels."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i][1]))
    found = torch.zeros(len(rows), model.config["hidden_size"])
    for at in range(0, len(order), size):
        chunk = order[at : at + size]
        ids, types, _, _ = padded([rows[i] for i in chunk])
        found[chunk] = model.pooled(ids, types, steps)
    return found, torch.tensor([row[3] for row in rows])


@torch.no_grad()
def scores(model, looked, steps=None):
    """task -> metric -> value"""
    found = {}
    for task, rows in looked.items():
        features, labels = pooled(model, rows, steps)
        found[task] = metrics(task, model.logits(features)[task], labels)
    return found


def schedules(layers, start):
    """The paper's, at a start layer: layers up to and with it, what becomes of the middle, as many at the end."""
    pre, middle, post = list(range(start + 1)), list(range(start + 1, layers - start)), list(range(layers - start, layers))
    shuffled = middle[:]
    random.Random(0).shuffle(shuffled)
    return dict(
        skip=pre + post, repeat=pre + [layers // 2] * len(middle) + post, reverse=pre + middle[::-1] + post,
        random=pre + shuffled + post, parallel=[*pre, tuple(middle), *post], loop3=[*pre, *[tuple(middle)] * 3, *post],
    )


if __name__ == "__main__":
    state, data, tokenizer_file = sys.argv[1:]
    torch.set_num_threads(1)
    saved = torch.load(state, weights_only=False)["model"]
    model = Bert(CONFIG | dict(vocab_size=saved["words.weight"].shape[0]))
    model.load_state_dict(saved)
    looked, layers = evaluation(data, tokenizer_file), CONFIG["num_hidden_layers"]

    def report(name, steps):
        found = scores(model, looked, steps)
        print(f"{name:12}", " ".join(f"{task} {next(iter(found[task].values())):.3f}" for task in TASKS), flush=True)

    report("full", None)
    for start in range(layers // 2 - 1, 0, -1):
        for name, steps in schedules(layers, start).items():
            report(f"{start} {name}", steps)
    report("first half", list(range(layers // 2)))
