"""Trains the demo model: AdamW, warm-up, a steady rate, a linear end; bindings from few to many. Stops and resumes at any time,
and may be given more steps as long as the end has not begun.

python train.py TEXT.jsonl --checkpoint models/demo/painters-demo --data models/demo/data --out /tmp/train/run --steps 4000
"""

import argparse
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from model import CONFIG, Llama
from scores import accuracies, load
from texts import Texts, mixture
from tokenizers import Tokenizer
from torch import multiprocessing

parser = argparse.ArgumentParser()
parser.add_argument("text")
parser.add_argument("--checkpoint", required=True, help="folder of tokenizer.json")
parser.add_argument("--data", required=True)
parser.add_argument("--out", required=True, help="folder of state.pt, log.tsv and the finished checkpoint")
parser.add_argument("--steps", type=int, default=4000, help="in all, those before a resumption included; the last quarter lowers the rate")
parser.add_argument("--tokens", type=int, default=3000, help="in a step")
parser.add_argument("--rate", type=float, default=2e-3)
parser.add_argument("--workers", type=int, default=2, help="processes of one thread each: two threads of one would wait for each other at every operation")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--every", type=int, default=150, help="steps between two looks at the evaluation")
options = parser.parse_args()

torch.set_num_threads(1)
torch.manual_seed(options.seed)
out = Path(options.out)
out.mkdir(parents=True, exist_ok=True)
tokenizer_file = f"{options.checkpoint}/tokenizer.json"
vocab = Tokenizer.from_file(tokenizer_file).get_vocab_size()

model = Llama(CONFIG | dict(vocab_size=vocab))
matrices = [p for p in model.layers.parameters() if p.dim() == 2] + [model.embed_tokens.weight, model.lm_head.weight]
norms = [p for p in model.parameters() if p.dim() == 1]
optimizer = torch.optim.AdamW(
    [dict(params=matrices, weight_decay=0.05), dict(params=norms, weight_decay=0.0)],
    lr=options.rate, betas=(0.9, 0.98), eps=1e-9, fused=True,
)
step, spent, seen = 0, 0.0, 0
rng = random.Random(options.seed)
texts = Texts(options.text, tokenizer_file)
state = out / "state.pt"
if state.exists():
    saved = torch.load(state, weights_only=False)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    step, spent, seen = saved["step"], saved["spent"], saved["seen"]
    texts.next |= saved["next"]
    rng.setstate(saved["rng"])
looked = load(options.data, tokenizer_file, limit=64)
print(f"{sum(p.numel() for p in model.parameters())} parameters, {vocab} tokens in the vocabulary,",
      {name: len(pool) for name, pool in texts.pools.items()}, flush=True)


def view_gradients(flat):
    """Makes every parameter's gradient a view of `flat`."""
    at = 0
    for p in model.parameters():
        p.grad = flat[at : at + p.numel()].view_as(p)
        at += p.numel()


def work(gradient, parts, losses):
    """A worker: adds to its own gradient that of every part it gets."""
    torch.set_num_threads(1)
    view_gradients(gradient)
    while True:
        ids, targets, weights, total = parts.get()
        each = F.cross_entropy(model(ids).view(-1, vocab), targets.view(-1), reduction="none")
        loss = (each * weights.view(-1)).sum() / total
        loss.backward()
        losses.put(loss.item())


model.share_memory()
processes = multiprocessing.get_context("fork")
queue, results = processes.SimpleQueue(), processes.SimpleQueue()
gradient = torch.zeros(sum(p.numel() for p in model.parameters()))
view_gradients(gradient)
gradients = [torch.zeros_like(gradient).share_memory_() for _ in range(options.workers)]
for own in gradients:
    processes.Process(target=work, args=(own, queue, results), daemon=True).start()


def draw():
    global drawn_from
    drawn_from = dict(next=dict(texts.next), rng=rng.getstate())
    return list(texts.batches(rng, options.tokens, mixture(seen), most=options.tokens // (2 * options.workers)))


def save():
    """The texts of the next step are drawn already: what is saved is where they were drawn from."""
    progress = dict(step=step, spent=spent, seen=seen, **drawn_from)
    torch.save(dict(model=model.state_dict(), optimizer=optimizer.state_dict(), **progress), out / "state.tmp")
    (out / "state.tmp").rename(state)


def look(loss):
    model.eval()
    found = accuracies(model, looked)
    model.train()
    line = f"{step}\t{seen}\t{spent:.0f}\t{loss:.4f}\t" + "\t".join(f"{value:.3f}" for value in found.values())
    with open(out / "log.tsv", "a") as log:
        log.write(line + "\n")
    print(line, "\t", " ".join(found), flush=True)


began, running, parts = time.time() - spent, None, draw()
while step < options.steps:
    rate = options.rate * min(1, (step + 1) / 100, (options.steps - step) / (options.steps / 4))
    for group in optimizer.param_groups:
        group["lr"] = rate
    total = sum(weights.sum().item() for _, _, weights in parts)
    for ids, targets, weights in reversed(parts):
        queue.put((ids, targets, weights, total))
        seen += int((weights > 0).sum())
    due, parts = len(parts), draw()
    loss = sum(results.get() for _ in range(due))
    torch.sum(torch.stack(gradients), 0, out=gradient)
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    for own in gradients:
        own.zero_()
    step += 1
    running = loss if running is None else 0.97 * running + 0.03 * loss
    spent = time.time() - began
    if step % 10 == 0:
        print(f"{step} {seen} tokens {spent:.0f} s loss {loss:.4f} {running:.4f} rate {rate:.2e}", flush=True)
    if step % options.every == 0:
        save()
        look(running)
        spent = time.time() - began
if step % options.every:
    save()
    look(running)
model.save(out / "checkpoint")
