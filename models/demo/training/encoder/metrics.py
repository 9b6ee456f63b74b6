"""GLUE's metrics, as sklearn and scipy compute them."""

import torch


def matthews(predicted, labels):
    counts = [[((predicted == p) & (labels == q)).sum().item() for q in (0, 1)] for p in (0, 1)]
    (tn, fn), (fp, tp) = counts
    below = ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5
    return (tp * tn - fp * fn) / below if below else 0.0


def f1(predicted, labels):
    both, one = (predicted & labels).sum().item(), (predicted.sum() + labels.sum()).item()
    return 2 * both / one if one else 0.0


def accuracy(predicted, labels):
    return (predicted == labels).float().mean().item()


def pearson(x, y):
    if x.std() == 0:
        return 0.0
    return torch.corrcoef(torch.stack([x.double(), y.double()]))[0, 1].item()


def ranks(x):
    """From 1; ties share their mean rank."""
    x = x.double()
    return 0.5 * ((x[:, None] > x).sum(1) + (x[:, None] >= x).sum(1) + 1).double()


def spearman(x, y):
    return pearson(ranks(x), ranks(y))


def metrics(task, logits, labels):
    """name -> value, the task's main one first."""
    if task == "stsb":
        return dict(pearson=pearson(logits[:, 0], labels), spearman=spearman(logits[:, 0], labels))
    predicted = logits.argmax(-1)
    if task == "cola":
        return dict(matthews=matthews(predicted, labels))
    if task == "mrpc":
        return dict(accuracy=accuracy(predicted, labels), f1=f1(predicted, labels))
    return dict(accuracy=accuracy(predicted, labels))
