"""The checkpoint as transformers opens it: the bundled task, and every task in the frozen mode, where only a classifier is trained on what the
pooler gives, on the committed rows (3 epochs, batches of 32, AdamW without decay, 3e-2 falling linearly: the paper's recipe).

python frozen.py models/demo/encoder models/demo/data/glue [STATE.pt]
"""

import sys

import torch
import torch.nn.functional as F
from evaluate import evaluation, split
from metrics import metrics
from model import BUNDLED, CONFIG, TASKS, Bert
from rows import padded
from tokenizers import Tokenizer
from transformers import AutoTokenizer, BertForSequenceClassification

EPOCHS, BATCH, RATE, SEEDS = 3, 32, 3e-2, (42, 43, 44, 45, 46)


@torch.no_grad()
def run(bert, rows):
    """Logits and pooler outputs, [rows, 2] and [rows, hidden], and the labels."""
    logits, features = [], []
    for at in range(0, len(rows), 100):
        ids, types, _, _ = padded(rows[at : at + 100])
        inputs = dict(input_ids=ids, token_type_ids=types, attention_mask=(ids > 0).long())
        logits.append(bert(**inputs).logits)
        features.append(bert.bert(**inputs).pooler_output)
    return torch.cat(logits), torch.cat(features), torch.tensor([row[3] for row in rows])


def train_classifier(task, features, labels, seed):
    torch.manual_seed(seed)
    classifier = torch.nn.Linear(features.shape[1], TASKS[task])
    torch.nn.init.normal_(classifier.weight, std=0.02)
    torch.nn.init.zeros_(classifier.bias)
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=RATE, weight_decay=0.0)
    batches = EPOCHS * ((len(labels) + BATCH - 1) // BATCH)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / batches)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(labels)).split(BATCH):
            found = classifier(features[chosen])
            if task == "stsb":
                loss = F.mse_loss(found[:, 0], labels[chosen].float())
            else:
                loss = F.cross_entropy(found, labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
    return classifier


def check_same(folder, bert, rows, state):
    """The same logits from transformers and from `model.py`, whose weights are rounded to float16 as the file's are."""
    saved = torch.load(state, weights_only=False)["model"]
    own = Bert(CONFIG | dict(vocab_size=saved["words.weight"].shape[0]))
    own.load_state_dict({name: tensor.half().float() for name, tensor in saved.items()})
    theirs, *_ = run(bert, rows)
    with torch.no_grad():
        ours = torch.cat([own.logits(own.pooled(*padded(rows[at : at + 100])[:2]))[BUNDLED] for at in range(0, len(rows), 100)])
    print(f"largest difference of logits, transformers against model.py: {(theirs - ours).abs().max():.2e}")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = tokenizer("Ada has the lamp.", "The lamp is with Ada.")
    raw = Tokenizer.from_file(f"{folder}/tokenizer.json").encode("Ada has the lamp.", "The lamp is with Ada.")
    assert (encoded["input_ids"], encoded["token_type_ids"]) == (raw.ids, raw.type_ids)
    print(f"{type(tokenizer).__name__} encodes a pair as tokenizers does")


if __name__ == "__main__":
    folder, data, *state = sys.argv[1:]
    torch.set_num_threads(1)
    bert = BertForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer_file = f"{folder}/tokenizer.json"
    validation = evaluation(data, tokenizer_file)
    if state:
        check_same(folder, bert, validation[BUNDLED], state[0])
    logits, _, labels = run(bert, validation[BUNDLED])
    print(f"{BUNDLED}, its own classifier:", metrics(BUNDLED, logits, labels))
    tokenizer = Tokenizer.from_file(tokenizer_file)
    for task in TASKS:
        _, features, labels = run(bert, split(data, tokenizer, task, "train"))
        _, seen, wanted = run(bert, validation[task])
        found = [metrics(task, train_classifier(task, features, labels, seed)(seen).detach(), wanted) for seed in SEEDS]
        for name in found[0]:
            values = torch.tensor([one[name] for one in found])
            print(f"{task} frozen {name}: {values.mean():.3f} (five seeds, {values.min():.3f} to {values.max():.3f})")
