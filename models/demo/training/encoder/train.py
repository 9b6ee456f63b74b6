"""Trains the encoder: masked words and all tasks at once, AdamW, warm-up, a steady rate, a linear end. Stops and resumes at any time,
and may be given more steps as long as the end has not begun.

python train.py ROWS.jsonl --checkpoint models/demo/encoder --data models/demo/data/glue --out /tmp/encoder --steps 8000
"""

import argparse
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from evaluate import evaluation, scores
from model import CONFIG, TASKS, Bert
from rows import Rows, padded
from torch import multiprocessing

parser = argparse.ArgumentParser()
parser.add_argument("rows")
parser.add_argument("--checkpoint", required=True, help="folder of tokenizer.json")
parser.add_argument("--data", required=True)
parser.add_argument("--out", required=True, help="folder of state.pt, log.tsv and the finished checkpoint")
parser.add_argument("--steps", type=int, default=8000, help="in all, those before a resumption included; the last quarter lowers the rate")
parser.add_argument("--tokens", type=int, default=3000, help="in a step")
parser.add_argument("--rate", type=float, default=1.5e-3)
parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--every", type=int, default=150, help="steps between two looks at the evaluation")
options = parser.parse_args()

# Shares of the tokens.
SHARES = dict(cola=0.08, sst2=0.08, mrpc=0.14, qnli=0.15, rte=0.25, stsb=0.2, wnli=0.1)
# Of each task's rows, those that ask for masked words and those of level 0: at first, and from `SETTLED` tokens on.
MASKED, BEGIN, SETTLED = (0.65, 0.25), (0.6, 0.1), 12_000_000
# Pairs come first, by the tokens seen: until they are learnt no binding is, and nothing of two sentences.
PAIRS = ((11_000_000, 0.8), (14_000_000, 0.25), (float("inf"), 0.05))
# A squared error of up to 25 against a cross-entropy of 0.7.
STSB_WEIGHT = 0.25

torch.set_num_threads(1)
torch.manual_seed(options.seed)
out = Path(options.out)
out.mkdir(parents=True, exist_ok=True)
tokenizer_file = f"{options.checkpoint}/tokenizer.json"
rows = Rows(options.rows, tokenizer_file)
model = Bert(CONFIG | dict(vocab_size=rows.vocab))
matrices = [p for p in model.parameters() if p.dim() == 2]
vectors = [p for p in model.parameters() if p.dim() == 1]
optimizer = torch.optim.AdamW(
    [dict(params=matrices, weight_decay=0.02), dict(params=vectors, weight_decay=0.0)],
    lr=options.rate, betas=(0.9, 0.98), eps=1e-9, fused=True,
)
step, spent, seen = 0, 0.0, 0
rng = random.Random(options.seed)
state = out / "state.pt"
if state.exists():
    saved = torch.load(state, weights_only=False)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    step, spent, seen, rows.next = saved["step"], saved["spent"], saved["seen"], saved["next"]
    rng.setstate(saved["rng"])
looked = evaluation(options.data, tokenizer_file)
print(f"{sum(p.numel() for p in model.parameters())} parameters, {rows.vocab} tokens in the vocabulary,",
      {name: len(pool) for name, pool in rows.pools.items()}, flush=True)


def view_gradients(flat):
    """Makes every parameter's gradient a view of `flat`."""
    at = 0
    for p in model.parameters():
        p.grad = flat[at : at + p.numel()].view_as(p)
        at += p.numel()


def part_loss(part, row_count, word_count):
    """This part's share of: the mean over labelled rows, and half the mean over masked words."""
    ids, types, labelled, words = part
    hidden = model.hidden(ids, types)
    logits = model.logits(model.pooler(hidden[:, 0]).tanh())
    loss = torch.zeros(())
    for task, (at, labels) in labelled.items():
        own = logits[task][at]
        if task == "stsb":
            each = STSB_WEIGHT * F.mse_loss(own[:, 0], labels.float(), reduction="sum")
        else:
            each = F.cross_entropy(own, labels.long(), reduction="sum")
        loss = loss + each / row_count
    if len(words):
        row, column, word = words.unbind(1)
        loss = loss + 0.5 * F.cross_entropy(model.masked_logits(hidden[row, column]), word, reduction="sum") / word_count
    return loss


def work(gradient, parts, losses):
    """A worker: adds to its own gradient that of every part it gets."""
    torch.set_num_threads(1)
    view_gradients(gradient)
    while True:
        loss = part_loss(*parts.get())
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
    drawn_from = dict(next=dict(rows.next), rng=rng.getstate())
    done = min(1, seen / SETTLED)
    shares = [first + (last - first) * done for first, last in (MASKED, BEGIN)]
    pairs_share = next(share for until, share in PAIRS if seen < until)
    most = options.tokens // (2 * options.workers)
    return list(rows.batches(rng, options.tokens, SHARES, shares, most, pairs_share))


def save():
    """The rows of the next step are drawn already: what is saved is where they were drawn from."""
    progress = dict(step=step, spent=spent, seen=seen, **drawn_from)
    torch.save(dict(model=model.state_dict(), optimizer=optimizer.state_dict(), **progress), out / "state.tmp")
    (out / "state.tmp").rename(state)


def look(loss):
    model.eval()
    found = scores(model, looked)
    model.train()
    values = [next(iter(found[task].values())) for task in TASKS]
    line = f"{step}\t{seen}\t{spent:.0f}\t{loss:.4f}\t" + "\t".join(f"{value:.3f}" for value in values)
    with open(out / "log.tsv", "a") as log:
        log.write(line + "\n")
    print(line, "\t", " ".join(TASKS), flush=True)
    probe = padded([rows.pairs(random.Random(i)) for i in range(64)])
    with torch.no_grad():
        ids, types, _, words = probe
        row, column, word = words.unbind(1)
        found = model.masked_logits(model.hidden(ids, types)[row, column]).argmax(-1)
    print("pairs", (found == word).float().mean().item(), flush=True)


began, running, parts = time.time() - spent, None, draw()
while step < options.steps:
    rate = options.rate * min(1, (step + 1) / 200, (options.steps - step) / (options.steps / 4))
    for group in optimizer.param_groups:
        group["lr"] = rate
    row_count = sum(len(at) for _, _, labelled, _ in parts for at, _ in labelled.values())
    word_count = sum(len(words) for *_, words in parts)
    for part in reversed(parts):
        queue.put((part, row_count, word_count))
        seen += int((part[0] > 0).sum())
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
