"""GLUE's metrics of a trained encoder on the committed files, by training's own classifiers; and batches of published rows."""

import json
from pathlib import Path

import torch
from metrics import metrics
from model import TASKS
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
