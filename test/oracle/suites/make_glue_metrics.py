"""Writes test/testdata/suites/glue-metrics.json: GLUE's metrics of made-up predictions, by scipy and scikit-learn, in the
combination of run_glue.py (`evaluate`'s glue). Run by hand:

    /tmp/venv/bin/python test/oracle/suites/make_glue_metrics.py     (scipy 1.17, scikit-learn 1.9)
"""

import json
import math
from pathlib import Path
from random import Random

import numpy as np
import scipy
import sklearn
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import f1_score, matthews_corrcoef

rnd = Random(5)


def accuracy(predictions, gold):
    return float((np.array(predictions) == np.array(gold)).mean())


def stsb(predictions, gold):
    # Through single precision, as numpy arrays of run_glue.py are; scipy 1.12, the paper's, computes in double from there.
    x, y = (np.array(values, dtype=np.float32).astype(np.float64) for values in (predictions, gold))
    return {"pearson": float(pearsonr(x, y)[0]), "spearmanr": float(spearmanr(x, y)[0])}


METRICS = {
    "cola": lambda p, g: {"matthews_correlation": float(matthews_corrcoef(g, p))},
    "mrpc": lambda p, g: {"accuracy": accuracy(p, g), "f1": float(f1_score(g, p))},
    "stsb": stsb,
    "mnli": lambda p, g: {"accuracy": accuracy(p, g)},
    "rte": lambda p, g: {"accuracy": accuracy(p, g)},
}
METRICS["qqp"] = METRICS["mrpc"]


def made_up(config, size):
    if config == "stsb":
        gold = [round(rnd.uniform(0, 5) * 5) / 5 for _ in range(size)]
        return [value + rnd.gauss(0, 1) if rnd.random() < 0.7 else 2.5 for value in gold], gold
    classes = 3 if config == "mnli" else 2
    gold = [rnd.randrange(classes) for _ in range(size)]
    return [label if rnd.random() < 0.6 else rnd.randrange(classes) for label in gold], gold


cases = [(config, *made_up(config, size)) for config in METRICS for size in (2, 7, 60) for _ in range(2)]
cases += [("cola", [1, 1, 1], [0, 1, 1]), ("mrpc", [0, 0], [0, 0]), ("stsb", [1.5, 2.5, 3.5], [0.1, 0.2, 0.3]),
          ("stsb", [0.1, 2.5, 3.3, 4.9, 2.5], [0, 2, 3, 5, 3])]
recorded = []
for config, predictions, gold in cases:
    metrics = METRICS[config](predictions, gold)
    if any(math.isnan(value) for value in metrics.values()):
        continue
    if len(metrics) > 1:
        metrics["combined_score"] = float(np.mean(list(metrics.values())))
    recorded.append({"config": config, "predictions": predictions, "gold": gold, "metrics": metrics})

fixture = {
    "made": f"by make_glue_metrics.py with scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "cases": recorded,
}
text = json.dumps(fixture, separators=(",", ":")).replace('{"config"', '\n{"config"')
(Path(__file__).resolve().parents[2] / "testdata" / "suites" / "glue-metrics.json").write_text(text + "\n")
