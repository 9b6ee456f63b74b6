"""Writes test/testdata/suites/harness-requests.json: what lm-evaluation-harness makes of the small data files
beside it: requests, hashes, per-document metrics and aggregates for made-up scores. Run by hand:

    /tmp/venv/bin/python test/oracle/suites/make_requests.py     (lm_eval 0.4.13)

Its own task definitions are used; only where the rows come from is replaced.
"""
import json
import os
import sys
from pathlib import Path
from random import Random

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DISABLE_MULTIPROC"] = "1"

import datasets
import lm_eval
from lm_eval.api.model import LM
from lm_eval.evaluator import simple_evaluate
from lm_eval.tasks import TaskManager

TESTDATA = Path(__file__).resolve().parents[2] / "testdata" / "suites"
DATA = TESTDATA / "data"
BOOTSTRAP_ITERATIONS = 2000
TASKS = {
    "arc_easy": {"train": "arc_easy/train.jsonl", "validation": "arc_easy/train.jsonl", "test": "arc_easy/test.jsonl"},
    "arc_challenge": {
        "train": "arc_challenge/train.jsonl",
        "validation": "arc_challenge/train.jsonl",
        "test": "arc_challenge/test.jsonl",
    },
    "hellaswag": {"train": "hellaswag/train.jsonl", "validation": "hellaswag/validation.jsonl"},
    "winogrande": {"train": "winogrande/train.jsonl", "validation": "winogrande/validation.jsonl"},
    "lambada_openai": {"test": "lambada_openai/data/lambada_test.jsonl"},
}
SHOTS = [0, 2, 6]
GLUE = {name: {"train": f"{name}/train.jsonl", "validation": f"{name}/validation.jsonl"}
        for name in ("cola", "mrpc", "qnli", "qqp", "rte", "sst2", "wnli")}
for name, split in (("mnli", "validation_matched"), ("mnli_mismatch", "validation_mismatched")):
    GLUE[name] = {"train": "mnli/train.jsonl", split: f"mnli/{split}.jsonl"}
GLUE_SHOTS = [0, 3]
# scikit-learn takes 2 ms and more for one F1.
GLUE_BOOTSTRAP_ITERATIONS = 100
# The one definition that was another at 262f879.
QQP_262F879 = dict(
    task="qqp_262f879", dataset_path="nyu-mll/glue", dataset_name="qqp", output_type="multiple_choice", training_split="train",
    validation_split="validation", doc_to_text="\nSentence 1: {{question1}}\nSentence 2: {{question2}}\nAnswer:",
    doc_to_target="label", doc_to_choice=["no", "yes"], metric_list=[dict(metric="acc"), dict(metric="f1")], metadata=dict(version=1.0),
)


class MadeUpScores(LM):
    """Quarters, so that there are ties."""

    def __init__(self):
        super().__init__()
        self.random = Random(7)

    def loglikelihood(self, requests):
        return [(-self.random.randrange(1, 40) / 4, self.random.random() < 0.5) for _ in requests]

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError

    def generate_until(self, requests):
        raise NotImplementedError


def local_rows(files):
    def load_dataset(*_, **__):
        return datasets.DatasetDict({split: datasets.Dataset.from_list(
            [json.loads(line) for line in (DATA / file).read_text("utf-8").split("\n") if line]) for split, file in files.items()})

    return load_dataset


plan = [(name, name, files, SHOTS, BOOTSTRAP_ITERATIONS) for name, files in TASKS.items()]
plan += [(name, name, files, GLUE_SHOTS, GLUE_BOOTSTRAP_ITERATIONS) for name, files in GLUE.items()]
plan += [("qqp_262f879", QQP_262F879, GLUE["qqp"], GLUE_SHOTS, GLUE_BOOTSTRAP_ITERATIONS)]
manager = TaskManager()
runs = []
for name, task, files, all_shots, iterations in plan:
    datasets.load_dataset = local_rows(files)
    for shots in all_shots:
        result = simple_evaluate(
            model=MadeUpScores(),
            tasks=[task],
            num_fewshot=shots,
            task_manager=manager,
            log_samples=True,
            bootstrap_iters=iterations,
        )
        samples = []
        for sample in result["samples"][name]:
            arguments = [list(argument) for argument in sample["arguments"]]
            samples.append(
                {
                    "doc_id": sample["doc_id"],
                    # Prompts with shots are long: their hash says it, and one is kept to read.
                    "arguments": arguments if shots == 0 or (shots == 2 and sample["doc_id"] == 1) else None,
                    "continuations": [argument[1] for argument in arguments],
                    "prompt_lengths": [len(argument[0]) for argument in arguments],
                    "resps": [[response[0][0], response[0][1]] for response in sample["resps"]],
                    **{key: sample[key] for key in ("target", "doc_hash", "prompt_hash", "target_hash", *sample["metrics"])},
                    "metrics": sample["metrics"],
                }
            )
        runs.append({"task": name, "shots": shots, "bootstrap_iterations": iterations, "results": result["results"][name], "n_samples": result["n-samples"][name],
                     "version": result["versions"][name], "samples": samples})

fixture = {
    "made": f"by make_requests.py with lm_eval {lm_eval.__version__}, datasets {datasets.__version__}, Python {sys.version.split()[0]}",
    "runs": runs,
}
(TESTDATA / "harness-requests.json").write_text(
    json.dumps(fixture, ensure_ascii=False, indent=None, separators=(",", ":"), default=lambda value: value.item()) + "\n"
)
