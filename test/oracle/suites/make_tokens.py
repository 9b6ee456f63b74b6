"""Writes test/testdata/suites/harness-tokens.json and two small tokenizers beside it: the token ids that
lm-evaluation-harness's Hugging Face model class feeds and scores. Run by hand:

    /tmp/venv/bin/python test/oracle/suites/make_tokens.py     (lm_eval 0.4.13)

`262f879`, the paper's commit, is the same class with add_bos_token=False; it differs after an empty context only,
where 0.4.13 does not score a continuation's first token that is the prefix token. No such case is recorded for it.
"""
import json
import sys
from pathlib import Path

import lm_eval
import tokenizers
import transformers
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

TESTDATA = Path(__file__).resolve().parents[2] / "testdata" / "suites"
CORPUS = [json.loads(line)["text"] for line in (TESTDATA / "data/lambada_openai/data/lambada_test.jsonl").read_text("utf-8").split("\n") if line]
CORPUS += [line for file in ("arc_easy", "winogrande") for line in (TESTDATA / f"data/{file}/train.jsonl").read_text("utf-8").split("\n")]
MAX_LENGTHS = [2048, 12, 5]
REQUESTS = [
    ["Question: Which gas do plants take in?\nAnswer:", " oxygen"],
    ["Question: Which gas do plants take in?\nAnswer:", " carbon dioxide"],
    ["two spaces before the ", " word"],
    ["trailing newlines\n \n\t", "word and more"],
    ["trailing next line\u0085\u001c", " word"],
    ["trailing zero width\ufeff", " word"],
    ["a token strad", "dles the boundary"],
    ["he said ", "``under the old bridge"],
    ["", " Alone"],
    ["", "<s> Alone"],
    ["", "<|endoftext|> Alone"],
    ["<s>already special", " word"],
    ["<|endoftext|>already special", " word"],
    ["  leading spaces", "  and two before this"],
    ["“ i won ’ t go , ” said 𝒳avier", " , “ naïve"],
]


def llama_like():
    """Sentencepiece's manners: a dummy space in front, BOS added by itself, bytes for the unknown."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=special)
    tokenizer.train_from_iterator(CORPUS, trainer)
    # The byte tokens are vocabulary, not special.
    definition = json.loads(tokenizer.to_str())
    definition["added_tokens"] = definition["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return tokenizer, {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}


def neox_like():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|endoftext|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    # No BOS: the end of text stands in for it.
    return tokenizer, {"eos_token": "<|endoftext|>"}


class Recorder(HFLM):
    """The real tokenisation, without a model."""

    def __init__(self, tokenizer, add_bos_token, max_length):
        self.tokenizer = tokenizer
        self.add_bos_token = add_bos_token
        self.custom_prefix_token_id = None
        self._max_length = max_length
        self.backend = "causal"
        self.enable_thinking = False

    @property
    def eot_token_id(self):
        return self.tokenizer.eos_token_id

    def _loglikelihood_tokens(self, requests, **_):
        recorded = []
        for (context, continuation), context_ids, continuation_ids in requests:
            if not context_ids or not 0 < len(continuation_ids) <= self.max_length:
                recorded.append(None)
                continue
            # As HFLM._loglikelihood_tokens writes it.
            inp = (context_ids + continuation_ids)[-(self.max_length + 1) :][:-1]
            recorded.append([inp, continuation_ids])
        return recorded


cases = []
for name, make in (("llama-like", llama_like), ("neox-like", neox_like)):
    raw, special = make()
    folder = TESTDATA / name
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(json.loads(raw.to_str()), ensure_ascii=False, separators=(",", ":")) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **special}) + "\n")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, **special)
    for harness, add_bos_token in (("262f879", False), ("current", None)):
        for max_length in MAX_LENGTHS:
            recorder = Recorder(tokenizer, add_bos_token, max_length)
            instances = [Instance("loglikelihood", {}, tuple(request), i) for i, request in enumerate(REQUESTS)]
            recorded = recorder.loglikelihood(instances, disable_tqdm=True)
            prefix = tokenizer.decode(recorder.prefix_token_id)
            for request, tokens in zip(REQUESTS, recorded, strict=True):
                if harness == "262f879" and request[0] == "" and request[1].startswith(prefix):
                    continue
                cases.append({"tokenizer": name, "harness": harness, "max_length": max_length, "request": request, "tokens": tokens})

fixture = {
    "made": f"by make_tokens.py with lm_eval {lm_eval.__version__}, tokenizers {tokenizers.__version__}, "
    f"transformers {transformers.__version__}, Python {sys.version.split()[0]}",
    "cases": cases,
}
(TESTDATA / "harness-tokens.json").write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n")
