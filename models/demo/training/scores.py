"""The families' accuracies as the harness scores them, of a model under any schedule.

gsm8k is scored teacher-forced: right if every token of the worked answer is the likeliest one, after five shots.
"""

import json
import sys
from pathlib import Path

import torch
from model import CONFIG, Llama
from tokenizers import Tokenizer

FILES = dict(
    arc_easy="arc_easy/test", arc_challenge="arc_challenge/test", hellaswag="hellaswag/validation",
    winogrande="winogrande/validation", lambada_openai="lambada_openai/test", gsm8k="gsm8k/test",
)


def requests(family, row, shots):
    """Pairs of context and continuation, and which is right."""
    match family:
        case "arc_easy" | "arc_challenge":
            context = f"Question: {row['question']}\nAnswer:"
            return [(context, " " + text) for text in row["choices"]["text"]], row["choices"]["label"].index(row["answerKey"])
        case "hellaswag":
            context = f"{row['activity_label']}: {row['ctx_a']} {row['ctx_b'].capitalize()}"
            return [(context, " " + ending) for ending in row["endings"]], int(row["label"])
        case "winogrande":
            before, after = row["sentence"].split("_")
            return [(before + row[option], after) for option in ("option1", "option2")], int(row["answer"]) - 1
        case "lambada_openai":
            context, _, word = row["text"].rpartition(" ")
            return [(context, " " + word)], 0
        case "gsm8k":
            return [(shots + f"Question: {row['question']}\nAnswer:", " " + row["answer"])], 0


def load(data, tokenizer_file, limit=None):
    """family -> documents: requests as (ids, length of the context), the right one's index, the row."""
    tokenizer = Tokenizer.from_file(tokenizer_file)
    train = [json.loads(line) for line in open(Path(data, "gsm8k/train.jsonl"))][:5]
    shots = "".join(f"Question: {row['question']}\nAnswer: {row['answer']}\n\n" for row in train)
    loaded = {}
    for family, file in FILES.items():
        rows = [json.loads(line) for line in open(Path(data, file + ".jsonl"))][:limit]
        loaded[family] = []
        for row in rows:
            pairs, gold = requests(family, row, shots)
            encoded = [(tokenizer.encode(a + b).ids, len(tokenizer.encode(a).ids)) for a, b in pairs]
            loaded[family].append((encoded, gold, row))
    return loaded


@torch.no_grad()
def right(model, documents, steps=None, tokens=6000):
    """A list of 0 and 1, in the documents' order."""
    flat = [(ids, start, doc) for doc, (encoded, _, _) in enumerate(documents) for ids, start in encoded]
    values = [[None] * len(encoded) for encoded, _, _ in documents]
    order = sorted(range(len(flat)), key=lambda i: len(flat[i][0]))
    place = [(doc, k) for doc, (encoded, _, _) in enumerate(documents) for k in range(len(encoded))]
    while order:
        size = max(1, tokens // len(flat[order[0]][0]))
        batch, order = order[:size], order[size:]
        longest = max(len(flat[i][0]) for i in batch)
        ids = torch.tensor([flat[i][0] + [1] * (longest - len(flat[i][0])) for i in batch])
        logits = model(ids, steps).log_softmax(-1)
        for row, i in enumerate(batch):
            own, start, _ = flat[i]
            wanted = torch.tensor(own[start:])
            scores = logits[row, start - 1 : len(own) - 1]
            total = scores.gather(1, wanted[:, None]).sum().item()
            values[place[i][0]][place[i][1]] = (total, bool((scores.argmax(-1) == wanted).all()))
    results = []
    for (encoded, gold, _), value in zip(documents, values):
        if len(encoded) == 1:
            results.append(int(value[0][1]))
        else:
            totals = [total for total, _ in value]
            results.append(int(totals.index(max(totals)) == gold))
    return results


def accuracies(model, loaded, steps=None):
    return {family: sum(r := right(model, documents, steps)) / len(r) for family, documents in loaded.items()}


if __name__ == "__main__":
    # python scores.py STATE.pt DATA TOKENIZER [STARTS [LIMIT]]: accuracies of a saved state under the paper's schedules,
    # at the given start layers ("7,4,3"; default all), of the first LIMIT documents.
    import random

    state, data, tokenizer_file, starts, limit = (sys.argv[1:] + ["", ""])[:5]
    torch.set_num_threads(1)
    saved = torch.load(state, weights_only=False)
    model = Llama(CONFIG | dict(vocab_size=saved["model"]["lm_head.weight"].shape[0]))
    model.load_state_dict(saved["model"])
    loaded, layers = load(data, tokenizer_file, int(limit) if limit else None), CONFIG["num_hidden_layers"]
    for start in [None, *([int(part) for part in starts.split(",")] if starts else range(layers // 2 - 1, 0, -1))]:
        schedules = {"full": None}
        if start is not None:
            pre, middle, post = list(range(start + 1)), list(range(start + 1, layers - start)), list(range(layers - start, layers))
            shuffled = middle[:]
            random.Random(0).shuffle(shuffled)
            schedules = dict(
                skip=pre + post, repeat=pre + [layers // 2] * len(middle) + post, reverse=pre + middle[::-1] + post,
                random=pre + shuffled + post, parallel=[*pre, tuple(middle), *post], loop3=[*pre, *[tuple(middle)] * 3, *post],
            )
            print(f"start {start}: {len(middle)} of {layers} layers affected")
        for name, steps in schedules.items():
            found = accuracies(model, loaded, steps)
            print(f"  {name:9}", " ".join(f"{family} {value:.3f}" for family, value in found.items()), flush=True)
