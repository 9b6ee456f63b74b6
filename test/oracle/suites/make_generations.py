"""Writes test/testdata/suites/harness-generations.json and the small GSM8K files it is about: what
lm-evaluation-harness makes of answers given to it, and what its Hugging Face model class does around generate().
Run by hand, after make_tokens.py, whose tokenizers it uses:

    /tmp/venv/bin/python test/oracle/suites/make_generations.py     (lm_eval 0.4.13)

Its own task definition, filters, metric, tokenisation, stopping criteria and sample writer are used. Only where rows
come from is replaced, and the model: it "generates" the tokens of texts written here until the criteria stop it.
"""
import json
import os
import sys
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DISABLE_MULTIPROC"] = "1"

import datasets
import lm_eval
import tokenizers
import torch
import transformers
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM, CacheHook
from lm_eval.evaluator import simple_evaluate
from lm_eval.loggers import EvaluationTracker
from lm_eval.models.huggingface import HFLM, stop_sequences_criteria
from lm_eval.tasks import TaskManager
from transformers import PreTrainedTokenizerFast

TESTDATA = Path(__file__).resolve().parents[2] / "testdata" / "suites"
UNTIL = ["Question:", "</s>", "<|im_end|>"]

# Gold number, and what a model might have written.
ANSWERS = [
    ("18", " She sells 16 - 3 - 4 = <<16-3-4=9>>9 eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18"),
    ("18", " #### 18"), ("18", "####18"), ("18", "#### 18 eggs"), ("18", "#### 18.\n"), ("18", "#### 18.0"), ("18", "#### 18.."),
    ("1,234", " So 1,234.\n#### 1,234"), ("1,234", "#### 1234"), ("1234", "#### 1,234"), ("1,234", "#### $1,234"),
    ("1,234", "The answer is $1,234."), ("1,234", "x #### 1,234. ok"), ("1,234", "1, 234"),
    ("7", "It is 5 then 7..."), ("6", "#### 5\n#### 6"), ("5", "#### 5\n#### 6"), ("6", "#### 5\n#### 6"),
    ("-3", "#### -3"), ("-3", "It fell to -3 degrees"), ("3", "5-3"), ("-3", "5-3"), ("3", "5 - 3"),
    ("70000", "#### 70,000"), ("70000", "$70,000 profit"), ("70000", "70k"), ("70000", "seventy thousand"), ("0", ""), ("0", " \n\t "),
    ("0", "#### "), ("0", "#### ,"), ("0", "#### ...,"), ("0", "$"), ("0", "$$"), ("0", "a . b , c"), ("0", "..."), ("0", "0"), ("0", "-"),
    ("2", "2"), ("12", "12"), ("2.5", "#### 2.5"), ("2.5", "2.5"), ("2.5", "about 2.5 or $.5"), ("50", "50%"), ("50", "#### 50%"),
    ("9", "٩ or 9\u2028#### 9\u00a0"), ("9", "#### ٩"), ("9", "####\u00a09"), ("9", "#### 9\u001c"), ("4", "Answer: 4\n\nAnswer: 8\n\n#### 4 #### 8"),
    ("1000000", "$1,000,000.00"), ("1000000", "#### 1,000,000,"), ("11", "3+8=<<3+8=11>>11 \"birds\"\\\n#### 11"), ("5", "ünf 5 🐦"),
]
TRAIN = [(f"Ann has {n} nuts. She finds {n + 3} more. How many are there?", f"{n}+{n + 3}=<<{n}+{n + 3}={2 * n + 3}>>{2 * n + 3} nuts.\n#### {2 * n + 3}")
         for n in range(4, 14)]
TEST = [(f"Case {i}: what is {gold}? “Think”", f"It is\n{gold}, or <<{gold}={gold}>>.\n#### {gold}") for i, (gold, _) in enumerate(ANSWERS)]


class GivenAnswers(LM):
    def generate_until(self, requests, **_):
        assert all(request.args[1]["until"] == UNTIL for request in requests)
        return [ANSWERS[request.doc_id][1] for request in requests]

    def loglikelihood(self, requests):
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


def problems(rows):
    return [{"question": question, "answer": answer} for question, answer in rows]


def write_rows(split, rows):
    folder = TESTDATA / "data" / "gsm8k"
    folder.mkdir(exist_ok=True)
    (folder / f"{split}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in problems(rows)), "utf-8")


def task_run(shots):
    rows = {"train": problems(TRAIN), "test": problems(TEST)}
    datasets.load_dataset = lambda *_, **__: datasets.DatasetDict({split: datasets.Dataset.from_list(own) for split, own in rows.items()})
    result = simple_evaluate(model=GivenAnswers(), tasks=["gsm8k"], num_fewshot=shots, task_manager=TaskManager(), log_samples=True)
    samples = result["samples"]["gsm8k"]
    found = [{key: sample[key] for key in ("doc_id", "filter", "filtered_resps", "exact_match", "metrics", "doc_hash", "prompt_hash", "target_hash")}
             for sample in samples]
    with tempfile.TemporaryDirectory() as folder:
        tracker = EvaluationTracker(output_path=folder)
        tracker.general_config_tracker.model_name_sanitized, tracker.date_id = "given", "now"
        tracker.save_results_samples("gsm8k", samples)
        (file,) = Path(folder).rglob("samples_gsm8k_*.jsonl")
        lines = file.read_text("utf-8").split("\n")[:-1]
    config = result["configs"]["gsm8k"]
    return {
        "shots": shots,
        "version": result["versions"]["gsm8k"],
        "results": result["results"]["gsm8k"],
        "n_samples": result["n-samples"]["gsm8k"],
        "higher_is_better": result["higher_is_better"]["gsm8k"],
        "config": {key: config[key] for key in ("output_type", "target_delimiter", "generation_kwargs", "metric_list", "filter_list", "repeats", "num_fewshot")},
        "samples": found,
        # A line is long: of both filters the first and the last.
        "lines": lines if shots == 0 else [],
    }


class Replayer(HFLM):
    """All of the Hugging Face model class but the model: it yields the tokens of a text it is given."""

    def __init__(self, tokenizer, add_bos_token, max_length, tokens, eos_ids):
        self.tokenizer = tokenizer
        self.add_bos_token = add_bos_token
        self.custom_prefix_token_id = None
        self._max_length = max_length
        self._rank, self._world_size = 0, 1
        self.batch_size_per_gpu = 1
        self.backend = "causal"
        self.truncation = False
        self.think_end_token, self.cache_hook = None, CacheHook(None)
        self._device = torch.device("cpu")
        self.tokens, self.eos_ids = tokens, eos_ids

    @property
    def eot_token_id(self):
        return self.tokenizer.eos_token_id

    def _model_generate(self, context, max_length, stop, **_):
        criteria = stop_sequences_criteria(self.tokenizer, stop, context.shape[1], context.shape[0])
        self.context = context[0].tolist()
        for token in self.tokens:
            context = torch.cat([context, torch.tensor([[token]])], dim=1)
            # As transformers' generate: its own EosTokenCriteria and MaxLengthCriteria, then the harness's.
            if token in self.eos_ids or context.shape[1] >= max_length or bool(torch.as_tensor(criteria(context, None)).all()):
                break
        self.generated = context[0, -(context.shape[1] - len(self.context)):].tolist()
        return context


TEXTS = [
    " 5 + 2 = 7\n#### 7\n\nQuestion: How many birds?\nAnswer: 3",
    " she said . then , n't it 's",
    "Question:", " Question", " Quest", "a question: Question:Question: more",
    " stop</s> and go on", " stop<|im_end|> and go on", " stop<|endoftext|> and go on",
    " naïve 🐦 “answer” 𝒳 #### 9", "  two  spaces \n\n", "#### 12",
    " she runs for the door and " * 12,
]
PROMPTS = ["Question: Which gas do plants take in?\nAnswer:", "Question: one\nAnswer: two \n\n", "<s>already special", "<|endoftext|>already special", "  two spaces"]


def replays(name):
    raw = tokenizers.Tokenizer.from_file(str(TESTDATA / name / "tokenizer.json"))
    special = {key: value for key, value in json.loads((TESTDATA / name / "tokenizer_config.json").read_text()).items() if key.endswith("_token")}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, **special)
    tokenizer.pad_token = special.get("unk_token", special["eos_token"])
    eos = tokenizer.eos_token_id
    cases = []
    for harness, add_bos_token in (("262f879", False), ("current", None)):
        for i, (max_length, max_gen_toks) in enumerate([(2048, 256), (30, 20), (24, 8)]):
            for t, text in enumerate(TEXTS):
                prompt = PROMPTS[(t + i) % len(PROMPTS)]
                tokens = tokenizer.encode(text, add_special_tokens=False) + [eos]
                replayer = Replayer(tokenizer, add_bos_token, max_length, tokens + tokens, [eos])
                kwargs = {"until": UNTIL, "do_sample": False, "temperature": 0.0, "max_gen_toks": max_gen_toks}
                (written,) = replayer.generate_until([Instance("generate_until", {}, (prompt, kwargs), 0)], disable_tqdm=True)
                cases.append({"tokenizer": name, "harness": harness, "max_length": max_length, "max_tokens": max_gen_toks, "context": prompt,
                              "prompt": replayer.context, "offered": tokens + tokens, "generated": len(replayer.generated), "text": written})
    return cases


write_rows("train", TRAIN)
write_rows("test", TEST)
fixture = {
    "made": f"by make_generations.py with lm_eval {lm_eval.__version__}, transformers {transformers.__version__}, "
    f"tokenizers {tokenizers.__version__}, datasets {datasets.__version__}, Python {sys.version.split()[0]}",
    "until": UNTIL,
    "answers": [answer for _, answer in ANSWERS],
    "runs": [task_run(shots) for shots in (0, 5)],
    "replays": [case for name in ("llama-like", "neox-like") for case in replays(name)],
}
(TESTDATA / "harness-generations.json").write_text(
    json.dumps(fixture, ensure_ascii=False, separators=(",", ":"), default=lambda value: value.item() if hasattr(value, "item") else str(value)) + "\n", "utf-8"
)
