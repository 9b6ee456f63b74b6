"""Writes test/testdata/parity/expected.json: lm-evaluation-harness itself, its own Hugging Face model class on the tiny
checkpoint beside it and its own tasks on local files: every log-likelihood, whether it is greedy, every metric. Run by hand:

    /tmp/venv/bin/python test/oracle/parity/make_expected.py     (lm_eval 0.4.13, torch 2.13, transformers 5.18)

`262f879`, the paper's commit, is emulated: add_bos_token=False, and QQP as it was. At zero shots nothing else differs.
compare.py holds what `painters sweep` writes against the file, test/commands/parity.test.ts does so in every test run.
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DISABLE_MULTIPROC"] = "1"

import datasets
import lm_eval
import torch
import transformers
from lm_eval.evaluator import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

TESTDATA = Path(__file__).resolve().parents[2] / "testdata"
DATA = TESTDATA / "suites" / "data"
PARITY = TESTDATA / "parity"
# scikit-learn takes a millisecond and more for one F1.
BOOTSTRAP_ITERATIONS = 100
RUNS = [("current", 0), ("current", 2), ("262f879", 0)]


def files_of(name):
    if name == "lambada_openai":
        return {"test": "lambada_openai/data/lambada_test.jsonl"}
    if name in ("arc_easy", "arc_challenge"):
        return {"train": f"{name}/train.jsonl", "validation": f"{name}/train.jsonl", "test": f"{name}/test.jsonl"}
    if name in ("mnli", "mnli_mismatch"):
        split = "validation_mismatched" if name == "mnli_mismatch" else "validation_matched"
        return {"train": "mnli/train.jsonl", split: f"mnli/{split}.jsonl"}
    return {"train": f"{name}/train.jsonl", "validation": f"{name}/validation.jsonl"}


TASKS = ["arc_easy", "arc_challenge", "hellaswag", "winogrande", "lambada_openai"]
TASKS += ["cola", "mnli", "mnli_mismatch", "mrpc", "qnli", "qqp", "rte", "sst2", "wnli"]
QQP_262F879 = dict(
    task="qqp_262f879", dataset_path="nyu-mll/glue", dataset_name="qqp", output_type="multiple_choice", training_split="train",
    validation_split="validation", doc_to_text="\nSentence 1: {{question1}}\nSentence 2: {{question2}}\nAnswer:",
    doc_to_target="label", doc_to_choice=["no", "yes"], metric_list=[dict(metric="acc"), dict(metric="f1")], metadata=dict(version=1.0),
)


def local_rows(name):
    def load_dataset(*_, **__):
        return datasets.DatasetDict({split: datasets.Dataset.from_list(
            [json.loads(line) for line in (DATA / file).read_text("utf-8").split("\n") if line]) for split, file in files_of(name).items()})

    return load_dataset


torch.set_num_threads(1)
manager = TaskManager()
runs = []
for harness, shots in RUNS:
    add_bos = {"current": None, "262f879": False}[harness]
    model = HFLM(pretrained=str(PARITY / "checkpoint"), device="cpu", dtype="float32", batch_size=8, add_bos_token=add_bos)
    for name in TASKS:
        datasets.load_dataset = local_rows(name)
        task = QQP_262F879 if (harness, name) == ("262f879", "qqp") else name
        result = simple_evaluate(model=model, tasks=[task], num_fewshot=shots, task_manager=manager, log_samples=True,
                                 bootstrap_iters=BOOTSTRAP_ITERATIONS)
        own = next(iter(result["results"]))
        samples = sorted(result["samples"][own], key=lambda sample: sample["doc_id"])
        # What is equal to a millionth may be answered either way.
        for sample in samples:
            best = sorted((response[0][0] for response in sample["resps"]), reverse=True)
            assert len(best) < 2 or best[0] - best[1] > 1e-3 or best[0] == best[1], sample
        runs.append({
            "harness": harness, "shots": shots, "task": name, "version": result["versions"][own],
            "metrics": {key: value for key, value in result["results"][own].items() if "," in key},
            "samples": [{
                "prompt_hash": sample["prompt_hash"][:16],
                "lls": [round(response[0][0], 6) for response in sample["resps"]],
                "greedy": "".join(str(int(response[0][1])) for response in sample["resps"]),
                **{metric: sample[metric] for metric in sample["metrics"] if metric != "perplexity"},
            } for sample in samples],
        })
        print(harness, shots, name, runs[-1]["metrics"], flush=True)

fixture = {
    "made": f"by make_expected.py with lm_eval {lm_eval.__version__}, torch {torch.__version__}, transformers {transformers.__version__}, "
    f"datasets {datasets.__version__}, Python {sys.version.split()[0]}",
    "bootstrap_iterations": BOOTSTRAP_ITERATIONS,
    "runs": runs,
}
text = json.dumps(fixture, ensure_ascii=False, separators=(",", ":"), default=lambda value: value.item())
(PARITY / "expected.json").write_text(text.replace('{"harness"', '\n{"harness"') + "\n")
