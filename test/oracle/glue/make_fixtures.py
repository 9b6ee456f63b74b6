"""Makes test/testdata/glue: tiny random BertForSequenceClassification checkpoints, files of GLUE's tasks, and what they come to.

Run by hand, on a CPU, from the repository root (Python 3.11, the versions in requirements.txt beside this file):

    python3.11 -m venv /tmp/venv && /tmp/venv/bin/pip install -r test/oracle/glue/requirements.txt
    /tmp/venv/bin/python test/oracle/glue/make_fixtures.py

Deterministic. Tokenising, truncation and the baseline's forward pass (a padded batch with its mask) are transformers' own; every schedule
runs HF's modules one by one in plain loops (test/oracle/llama/runner.py), a row at a time without padding; metrics are scikit-learn's and
scipy's in run_glue.py's combination, and labels are matched by run_glue.py's rule. Labels are what the baseline predicts, or noise; the
trained encoder of models/demo has the labels of its own rows.
"""

import json
import random
import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path += [str(HERE.parent / name) for name in ("llama", "architectures")]

import numpy as np
import scipy
import sklearn
import tokenizers
import torch
import torch.nn.functional as F
import transformers
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from bert import BertRunner
from runner import run_method

OUT = HERE.parents[1] / "testdata" / "glue"
LONGEST, LAYERS, ROWS, SEED = 128, 5, 14, 5
SCHEDULES = [
    ("baseline", {}), ("skip", dict(start=1)), ("middle_repeat", dict(start=1)), ("reverse", dict(start=0)),
    ("random", dict(start=0, seed=1)), ("parallel", dict(start=1)), ("loop_parallel", dict(start=0, loops=2)),
    ("skip_idx", dict(index=1)), ("switch_idx", dict(index=0)),
]
ENTAILMENT, NLI = ["entailment", "not_entailment"], ["entailment", "neutral", "contradiction"]
# checkpoint -> labels in the model's own order (None: a regression, a number: unnamed), and task -> columns and the hub's labels
CHECKPOINTS = {
    "rte": dict(seed=4, labels=["NOT_entailment", "Entailment"], tasks={"rte": (["sentence1", "sentence2"], ENTAILMENT)}),
    "nli": dict(seed=1, labels=["contradiction", "entailment", "neutral"], tasks={"mnli_mismatch": (["premise", "hypothesis"], NLI)}),
    "binary": dict(seed=5, labels=2, tasks={"cola": (["sentence"], ["unacceptable", "acceptable"]),
                                            "mrpc": (["sentence1", "sentence2"], ["not_equivalent", "equivalent"])}),
    "regression": dict(seed=1, labels=None, tasks={"stsb": (["sentence1", "sentence2"], None)}),
}
# Further tasks of these checkpoints, of fewer rows.
FURTHER = {
    "binary": {"qnli": (["question", "sentence"], ENTAILMENT), "qqp": (["question1", "question2"], ["not_duplicate", "duplicate"]),
               "sst2": (["sentence"], ["negative", "positive"]), "wnli": (["sentence1", "sentence2"], ["not_entailment", "entailment"])},
    "nli": {"mnli": (["premise", "hypothesis"], NLI)},
}
# The trained encoder of models/demo, whose classifier is mrpc's.
DEMO = HERE.parents[2] / "models" / "demo"
DEMO_ROWS = 24
DEMO_SCHEDULES = [
    ("baseline", {}), ("skip", dict(start=4)), ("middle_repeat", dict(start=4)), ("reverse", dict(start=3)), ("random", dict(start=3, seed=1)),
    ("parallel", dict(start=4)), ("loop_parallel", dict(start=3, loops=3)), ("skip_idx", dict(index=5)), ("switch_idx", dict(index=8)),
]
# task -> the checkpoint whose features the frozen mode trains on
TRAINED = {"cola": "binary", "stsb": "nli"}
FILES = {"mnli": "mnli/validation_matched", "mnli_mismatch": "mnli/validation_mismatched"}
WORDS = """the a painter paints layers river Stone walks Paris naïve café ÉCOLE über don't it's 3.5 well-known (so) "quoted" 漢字 東京 🙂 unseenword
because never Anna Hugo barn lamp sells red green two hundred e-mail x=y ... [MASK] tab\there new\u00a0space ﬁne Straße İstanbul""".split(" ")
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.set_grad_enabled(False)


def text(rng, size):
    words = [rng.choice(WORDS) for _ in range(size)]
    return " ".join(words) + rng.choice([".", "?", "!", ""])


def texts(rng, columns):
    """Short ones and long, of which one or both must be cut."""
    sizes = [(4, 5), (1, 9), (12, 3), (30, 20), (40, 110), (120, 6), (70, 71), (150, 160), (62, 62)]
    return [[text(rng, max(1, size + rng.randrange(3))) for size in (sizes[i] if i < len(sizes) else (rng.randrange(2, 9), rng.randrange(2, 9)))]
            [:len(columns)] for i in range(ROWS)]


def make_tokenizer(folder):
    """Every letter, and most words whole or in two pieces. (A vocabulary that is trained is another one every time.)"""
    like_bert = BertWordPieceTokenizer(lowercase=True)
    words = sorted({piece for word in WORDS for piece, _ in like_bert.pre_tokenizer.pre_tokenize_str(like_bert.normalizer.normalize_str(word))})
    letters = sorted(set("".join(words)))
    pieces = [word[:4] for word in words] + ["##" + word[4:] for word in words if len(word) > 4]
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + letter for letter in letters), *words[::2], *pieces]
    vocab = {token: i for i, token in enumerate(dict.fromkeys(token for token in known if token != "🙂"))}
    BertTokenizerFast(tokenizer_object=BertWordPieceTokenizer(vocab, lowercase=True)._tokenizer, model_max_length=512,
                      do_lower_case=True).save_pretrained(folder)
    for extra in set(folder.iterdir()) - {folder / "tokenizer.json", folder / "tokenizer_config.json"}:
        extra.unlink()
    return transformers.AutoTokenizer.from_pretrained(folder)


def make_model(spec, vocab):
    labels = spec["labels"]
    names = {} if not isinstance(labels, list) else dict(id2label=dict(enumerate(labels)), label2id={n: i for i, n in enumerate(labels)})
    count = 1 if labels is None else len(labels) if names else labels
    config = BertConfig(vocab_size=vocab, hidden_size=16, intermediate_size=24, num_hidden_layers=LAYERS, num_attention_heads=2,
                        max_position_embeddings=140, layer_norm_eps=1e-3, **(names or dict(num_labels=count)))
    model = BertForSequenceClassification(config).eval()
    generator = torch.Generator().manual_seed(spec["seed"])
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        scale = 1.5 if name == "classifier.weight" else 0.5
        parameter.copy_(1 + 0.3 * noise if name.lower().endswith("norm.weight") else scale * noise)
    return model.half().float()


def encode(tokenizer, pairs):
    """As run_glue.py: max_length 128, truncation=True (longest_first)."""
    out = tokenizer(*zip(*pairs), max_length=LONGEST, truncation=True) if len(pairs[0]) == 2 else tokenizer(
        [one for one, in pairs], max_length=LONGEST, truncation=True)
    return [dict(tokens=ids, tokenTypes=types) for ids, types in zip(out["input_ids"], out["token_type_ids"])]


def forward(model, rows):
    """[rows, labels] HF's own forward pass on the padded batch."""
    size = max(len(row["tokens"]) for row in rows)
    pad = lambda values: torch.tensor([value + [0] * (size - len(value)) for value in values])
    return model(input_ids=pad([row["tokens"] for row in rows]), token_type_ids=pad([row["tokenTypes"] for row in rows]),
                 attention_mask=pad([[1] * len(row["tokens"]) for row in rows])).logits


def class_order(config, labels):
    """The model's class of every label, by run_glue.py's rule."""
    by_name = {name.lower(): index for name, index in config.label2id.items()}
    return [by_name[name] for name in labels] if sorted(by_name) == sorted(labels) else list(range(len(labels)))


def metrics_of(task, predictions, gold):
    if task == "cola":
        return dict(mcc=float(matthews_corrcoef(gold, predictions)))
    if task == "stsb":
        x, y = (np.array(values, dtype=np.float32).astype(np.float64) for values in (predictions, gold))
        found = dict(pearson=float(pearsonr(x, y)[0]), spearmanr=float(spearmanr(x, y)[0]))
    else:
        found = dict(acc=float(accuracy_score(gold, predictions)))
        if task not in ("mrpc", "qqp"):
            return found
        found["f1"] = float(f1_score(gold, predictions))
    return found | dict(combined_score=float(np.mean(list(found.values()))))


def name_of(method, params):
    return method + ("" if not params else "(" + ",".join(f"{key}={value}" for key, value in params.items()) + ")")


def label_rows(model, labels, rows, rng):
    """What the baseline predicts, or noise."""
    logits = forward(model, rows)
    if labels is None:
        spread = (logits[:, 0] - logits.mean()) / logits.std()
        return logits, [round(min(5, max(0, 2.5 + value + rng.gauss(0, 0.7))), 1) for value in spread.tolist()]
    predicted = logits[:, class_order(model.config, labels)].argmax(-1).tolist()
    return logits, [label if rng.random() < 0.75 else rng.randrange(len(labels)) for label in predicted]


def write_rows(file, columns, pairs, gold):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(dict(zip(columns, pair), label=label, idx=i), ensure_ascii=False) + "\n"
                            for i, (pair, label) in enumerate(zip(pairs, gold))))


def train_classifier(features, gold, outputs, seed):
    """The frozen mode: 3 epochs, batches of 32, 3e-2 falling linearly; first weights and orders are Python's random.Random(seed)."""
    drawn = random.Random(seed)
    features = features.double()
    classifier = torch.nn.Linear(features.shape[1], outputs, dtype=torch.float64)
    classifier.weight.copy_(torch.tensor([[drawn.gauss(0, 0.02) for _ in range(features.shape[1])] for _ in range(outputs)], dtype=torch.float64))
    classifier.bias.zero_()
    optimiser = torch.optim.AdamW(classifier.parameters(), lr=3e-2, weight_decay=0.0)
    steps = 3 * -(-len(gold) // 32)
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    gold = torch.tensor(gold, dtype=torch.float64 if outputs == 1 else torch.long)
    with torch.enable_grad():
        for _ in range(3):
            order = list(range(len(gold)))
            drawn.shuffle(order)
            for batch in torch.tensor(order).split(32):
                found = classifier(features[batch])
                loss = F.mse_loss(found[:, 0], gold[batch]) if outputs == 1 else F.cross_entropy(found, gold[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                rates.step()
    return lambda vectors: classifier(vectors.double()).detach()


def read_rows(file):
    return [json.loads(line) for line in open(file)]


def make_frozen(name, task, columns, labels, seed=SEED):
    """A task's files with the encoder of a checkpoint made for another."""
    folder = OUT / name
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = BertForSequenceClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    train, validation = (read_rows(OUT / "data" / task / f"{split}.jsonl") for split in ("train", "validation"))
    rows = [encode(tokenizer, [[row[column] for column in columns] for row in split]) for split in (train, validation)]
    gold = [row["label"] for row in validation]
    cases = []
    for method, params in [SCHEDULES[0], SCHEDULES[3], SCHEDULES[6]]:
        features = []
        for split in rows:
            runners = [BertRunner(model, row) for row in split]
            features.append(torch.stack([runner.outputs(run_method(runner, method, params))["features"] for runner in runners]))
        logits = train_classifier(features[0], [row["label"] for row in train], len(labels or [0]), seed)(features[1])
        predictions = logits[:, 0].tolist() if labels is None else logits.argmax(-1).tolist()
        if labels is not None:
            top = logits.topk(2).values
            assert (top[:, 0] - top[:, 1]).min() > 1e-3, "too close to call"
        cases.append(dict(schedule=name_of(method, params), logits=[[float(f"{v:.7g}") for v in row] for row in logits.tolist()],
                          metrics=metrics_of(task, predictions, gold)))
    print("frozen", name, task, [round(next(iter(case["metrics"].values())), 3) for case in cases])
    return dict(checkpoint=name, task=task, seed=seed, trained=len(train), cases=cases)


def make_trained():
    """Features and labels that are made up, and what the classifiers trained on them say."""
    generator = torch.Generator().manual_seed(8)
    features, seen = torch.randn(75, 5, generator=generator), torch.randn(4, 5, generator=generator)
    for outputs in (1, 2, 3):
        centre = features[:, :outputs].argmax(-1) if outputs > 1 else features[:, 0] * 2 + 1
        logits = train_classifier(features, centre.tolist(), outputs, seed=outputs)(seen)
        yield dict(outputs=outputs, seed=outputs, features=features.tolist(), gold=centre.tolist(), seen=seen.tolist(), logits=logits.tolist())


def make(name, spec, expected):
    folder = OUT / name
    folder.mkdir(parents=True)
    tokenizer = make_tokenizer(folder)
    model = make_model(spec, len(tokenizer))
    rng = random.Random(spec["seed"])
    asked = {task: texts(rng, columns) for task, (columns, _) in spec["tasks"].items()}
    rows = {task: encode(tokenizer, pairs) for task, pairs in asked.items()}
    if spec["labels"] is not None:
        # Without its mean no class is the largest for every row.
        model.classifier.bias.sub_(forward(model, next(iter(rows.values()))).mean(0))
    model.half().save_pretrained(folder)
    models = load(folder)
    model = models[0]

    for task, (columns, labels) in spec["tasks"].items():
        logits, gold = label_rows(model, labels, rows[task], rng)
        order = None if labels is None else class_order(model.config, labels)
        write_rows(OUT / "data" / f"{FILES.get(task, f'{task}/validation')}.jsonl", columns, asked[task], gold)
        if task in TRAINED:
            pairs = [[text(rng, rng.randrange(2, 9)) for _ in columns] for _ in range(400)]
            labelled = list(zip(pairs, label_rows(model, labels, encode(tokenizer, pairs), rng)[1]))
            # As many of each class.
            kept = [labelled[:75]] if labels is None else [[one for one in labelled if one[1] == label][:75] for label in range(len(labels))]
            mixed = [one for group in zip(*kept) for one in group]
            write_rows(OUT / "data" / task / "train.jsonl", columns, *zip(*mixed))
        cases = run_schedules(task, models, rows[task], gold, order, SCHEDULES)
        expected.append(dict(checkpoint=name, task=task, classes=order, gold=gold, rows=rows[task], cases=cases))


def load(folder):
    """In float32, and in float64 to know what rounding does."""
    return [BertForSequenceClassification.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()
            for dtype in (torch.float32, torch.float64)]


def run_schedules(task, models, rows, gold, order, schedules):
    """`order`: the model's class of every label; None: a regression."""
    model, model64 = models
    cases = []
    for method, params in schedules:
        found = []
        for row in rows:
            runner, runner64 = BertRunner(model, row), BertRunner(model64, row)
            own = runner.outputs(run_method(runner, method, params))["logits"]
            assert (own - runner64.outputs(run_method(runner64, method, params))["logits"]).abs().max() < 2e-5
            found.append(own)
        found = torch.stack(found)
        if method == "baseline":
            assert (found - forward(model, rows)).abs().max() < 1e-5, "baseline is not HF's forward pass"
        if order is None:
            predictions = found[:, 0].tolist()
        else:
            ordered = found[:, order]
            top = ordered.topk(2).values
            assert (top[:, 0] - top[:, 1]).min() > 1e-3, "too close to call"
            predictions = ordered.argmax(-1).tolist()
        cases.append(dict(schedule=name_of(method, params), logits=[[float(f"{v:.7g}") for v in row] for row in found.tolist()],
                          predictions=[float(f"{p:.7g}") for p in predictions], metrics=metrics_of(task, predictions, gold)))
    assert len({json.dumps(case["metrics"]) for case in cases}) > 3, "the schedules differ too little"
    print(task, [round(next(iter(case["metrics"].values())), 3) for case in cases], "tokens", [len(row["tokens"]) for row in rows])
    return cases


def make_further(name, tasks, expected):
    tokenizer, models = transformers.AutoTokenizer.from_pretrained(OUT / name), load(OUT / name)
    for task, (columns, labels) in tasks.items():
        rng = random.Random(task)
        asked = [pair for i, pair in enumerate(texts(rng, columns)) if i not in (3, 4, 5, 6, 8)]
        rows = encode(tokenizer, asked)
        gold = label_rows(models[0], labels, rows, rng)[1]
        write_rows(OUT / "data" / f"{FILES.get(task, f'{task}/validation')}.jsonl", columns, asked, gold)
        order = class_order(models[0].config, labels)
        cases = run_schedules(task, models, rows, gold, order, SCHEDULES)
        expected.append(dict(checkpoint=name, task=task, classes=order, gold=gold, rows=rows, cases=cases))


def make_demo():
    """The first rows of mrpc with the encoder that was trained for it."""
    tokenizer, models = transformers.AutoTokenizer.from_pretrained(DEMO / "encoder"), load(DEMO / "encoder")
    found = read_rows(DEMO / "data" / "glue" / "mrpc" / "validation.jsonl")[:DEMO_ROWS]
    rows, gold = encode(tokenizer, [[row["sentence1"], row["sentence2"]] for row in found]), [row["label"] for row in found]
    cases = run_schedules("mrpc", models, rows, gold, class_order(models[0].config, ["not_equivalent", "equivalent"]), DEMO_SCHEDULES)
    return dict(task="mrpc", classes=[0, 1], gold=gold, rows=rows, cases=cases)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in ["data", *CHECKPOINTS]:
        shutil.rmtree(OUT / name, ignore_errors=True)
    expected = []
    for name, spec in CHECKPOINTS.items():
        make(name, spec, expected)
    for name, tasks in FURTHER.items():
        make_further(name, tasks, expected)
    versions = {module.__name__: module.__version__ for module in (torch, transformers, tokenizers, sklearn, scipy)}
    body = ",\n".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False) for one in expected)
    asked = {task: form for spec in CHECKPOINTS.values() for task, form in spec["tasks"].items()}
    frozen = [make_frozen(name, task, *asked[task]) for task, name in TRAINED.items()]
    (OUT / "demo.json").write_text(json.dumps(dict(versions=versions) | make_demo(), separators=(",", ":")) + "\n")
    written = dict(versions=versions, runs=frozen, classifiers=list(make_trained()))
    (OUT / "frozen.json").write_text(json.dumps(written, separators=(",", ":")) + "\n")
    (OUT / "expected.json").write_text('{"versions":' + json.dumps(versions) + ',\n"runs":[\n' + body + "\n]}\n")
