"""Writes test/testdata/parity/document-schedules.json: a schedule for each document, as CoLa has them. lm-evaluation-harness's own tasks
and model class, but its forward pass is Hugging Face's layers under a schedule, run by ../llama/runner.py; every schedule over every
document, of which each document's own is kept. Run by hand:

    /tmp/venv/bin/python test/oracle/parity/make_document_schedules.py     (lm_eval 0.4.13, torch 2.13, transformers 5.18)
"""

import json
import os
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DISABLE_MULTIPROC"] = "1"
sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[1] / "llama"))

import datasets
import lm_eval
import torch
import transformers
from lm_eval.evaluator import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager

from runner import Runner, run_text

TESTDATA = Path(__file__).resolve().parents[2] / "testdata"
DATA = TESTDATA / "suites" / "data"
PARITY = TESTDATA / "parity"
SCHEDULES = ["0..3", "0, 2", "0, mean(1, 2)", "0, sum(1, 2), 2", "2, 0, loop(2, 1, damping=0.5)"]
TASKS = {
    "arc_easy": {"train": "arc_easy/train.jsonl", "validation": "arc_easy/train.jsonl", "test": "arc_easy/test.jsonl"},
    "hellaswag": {"train": "hellaswag/train.jsonl", "validation": "hellaswag/validation.jsonl"},
    "lambada_openai": {"test": "lambada_openai/data/lambada_test.jsonl"},
}


class Scheduled(HFLM):
    """One row at a time, so nothing is padded."""

    text = None

    def _model_call(self, inps, attn_mask=None, labels=None):
        assert inps.shape[0] == 1
        runner = Runner(self.model, inps[0].tolist())
        return self.model.lm_head(self.model.model.norm(run_text(runner, self.text, runner.embed())))


def local_rows(files):
    def load_dataset(*_, **__):
        return datasets.DatasetDict({split: datasets.Dataset.from_list(
            [json.loads(line) for line in (DATA / file).read_text("utf-8").split("\n") if line]) for split, file in files.items()})

    return load_dataset


torch.set_num_threads(1)
torch.set_grad_enabled(False)
manager = TaskManager()
model = Scheduled(pretrained=str(PARITY / "checkpoint"), device="cpu", dtype="float32", batch_size=1)
runs = []
for name, files in TASKS.items():
    datasets.load_dataset = local_rows(files)
    by_schedule = []
    for model.text in SCHEDULES:
        result = simple_evaluate(model=model, tasks=[name], num_fewshot=0, task_manager=manager, log_samples=True, bootstrap_iters=0)
        by_schedule.append(sorted(result["samples"][name], key=lambda sample: sample["doc_id"]))
    own = [(SCHEDULES[i % len(SCHEDULES)], by_schedule[i % len(SCHEDULES)][i]) for i in range(len(by_schedule[0]))]
    moved = [abs(a["resps"][0][0][0] - b["resps"][0][0][0]) for (text, a), b in zip(own, by_schedule[0]) if text != SCHEDULES[0]]
    assert min(moved) > 1e-2, moved  # a schedule too many or too few would show
    for _, sample in own:
        best = sorted((response[0][0] for response in sample["resps"]), reverse=True)
        assert len(best) < 2 or best[0] - best[1] > 1e-3, sample
    runs.append({
        "task": name, "version": result["versions"][name], "acc": sum(sample["acc"] for _, sample in own) / len(own),
        "samples": [{
            "doc_id": sample["doc_id"], "schedule": text, "prompt_hash": sample["prompt_hash"][:16],
            "lls": [round(response[0][0], 6) for response in sample["resps"]],
            "greedy": "".join(str(int(response[0][1])) for response in sample["resps"]),
            **{metric: sample[metric] for metric in sample["metrics"] if metric != "perplexity"},
        } for text, sample in own],
    })
    print(name, runs[-1]["acc"], len(own), "documents", f"moved by {min(moved):.2f} and more", flush=True)

fixture = {
    "made": f"by make_document_schedules.py with lm_eval {lm_eval.__version__}, torch {torch.__version__}, "
    f"transformers {transformers.__version__}, Python {sys.version.split()[0]}",
    "runs": runs,
}
text = json.dumps(fixture, ensure_ascii=False, separators=(",", ":"), default=lambda value: value.item())
(PARITY / "document-schedules.json").write_text(text.replace('{"task"', '\n{"task"') + "\n")
