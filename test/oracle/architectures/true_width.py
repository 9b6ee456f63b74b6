"""One or two layers of the paper's models at their true width, as checkpoints, with what Hugging Face says about them, and the parameter
counts of the whole models (counted by transformers on the meta device). Too large for the tests; by hand, from the repository root:

    /tmp/venv/bin/python test/oracle/architectures/true_width.py FOLDER [pythia-6.9b bert-large ...]
    npx tsc -p . && node dist/test/oracle/architectures/true-width.js FOLDER

The counts alone are in test/testdata/shapes and a test compares them too:

    /tmp/venv/bin/python test/oracle/architectures/true_width.py --counts

A checkpoint takes 2 bytes a parameter, 5.7 GB for all but llama-2-70b, 2.8 GB for that; computing takes 4 bytes a parameter of memory.
"""

import json
import random
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[1] / "llama"))

import torch
import transformers
from transformers import BertConfig, BertModel, GPTNeoXConfig, GPTNeoXForCausalLM
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from bert import BertRunner
from neox import NeoXRunner
from runner import Runner, run_text

torch.set_grad_enabled(False)
TESTDATA = Path(__file__).resolve().parents[2] / "testdata"
NEOX_TOKENIZER = TESTDATA / "suites" / "neox-like"
COUNTS = TESTDATA / "shapes" / "parameters.json"


class LlamaRunner(Runner):
    def __init__(self, model, row):
        super().__init__(model, row["tokens"])

    def outputs(self, h):
        return dict(logprobs=self.log_probs(h)[:-1].gather(1, self.ids[0, 1:, None])[:, 0], hidden=h[0, -1:])


def llama(layers, whole, **sizes):
    return dict(config=LlamaConfig, model=LlamaForCausalLM, runner=LlamaRunner, layers=layers, whole=whole,
                sizes=dict(vocab_size=32000, max_position_embeddings=4096, rms_norm_eps=1e-5) | sizes)


MODELS = {
    "pythia-6.9b": dict(config=GPTNeoXConfig, model=GPTNeoXForCausalLM, runner=NeoXRunner, layers=2, whole=32, sizes=dict(
        hidden_size=4096, intermediate_size=16384, num_attention_heads=32, vocab_size=50432, rotary_pct=0.25)),
    "bert-large": dict(config=BertConfig, model=BertModel, runner=BertRunner, layers=2, whole=24, sizes=dict(
        hidden_size=1024, intermediate_size=4096, num_attention_heads=16, vocab_size=30522)),
    "llama-2-7b": llama(2, 32, hidden_size=4096, intermediate_size=11008, num_attention_heads=32),
    "llama-2-13b": llama(1, 40, hidden_size=5120, intermediate_size=13824, num_attention_heads=40),
    "mistral-7b": dict(config=MistralConfig, model=MistralForCausalLM, runner=LlamaRunner, layers=2, whole=32, sizes=dict(
        hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8, vocab_size=32000)),
    "llama-2-70b": llama(1, 80, hidden_size=8192, intermediate_size=28672, num_attention_heads=64, num_key_value_heads=8),
}


def write_counts():
    models = {}
    for name, spec in MODELS.items():
        config = spec["config"](**spec["sizes"], num_hidden_layers=spec["whole"])
        said = {key: value for key, value in config.to_diff_dict().items() if key != "transformers_version"}
        models[name] = dict(config=dict(architectures=[spec["model"].__name__]) | said, parameters=count(spec))
    COUNTS.parent.mkdir(exist_ok=True)
    COUNTS.write_text(json.dumps(dict(transformers=transformers.__version__, models=models), indent=2) + "\n")


def count(spec):
    with torch.device("meta"):
        model = spec["model"](spec["config"](**spec["sizes"], num_hidden_layers=spec["whole"]))
    counts = dict(embed=0, layer=0, head=0, total=0)
    for name, parameter in model.named_parameters():
        counts["total"] += parameter.numel()
        if any(part in name for part in ("embed_in", "embed_tokens", "embeddings.")):
            counts["embed"] += parameter.numel()
        elif ".0." in name:
            counts["layer"] += parameter.numel()
        elif not any(part in name for part in ("layers.", "layer.")):
            counts["head"] += parameter.numel()
    return counts


def make(name, out):
    spec = MODELS[name]
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_default_dtype(torch.float16)
    with torch.device("meta"):
        model = spec["model"](spec["config"](**spec["sizes"], num_hidden_layers=spec["layers"]))
    model = model.to_empty(device="cpu").eval()
    torch.set_default_dtype(torch.float32)
    generator = torch.Generator().manual_seed(5)
    for key, parameter in sorted(model.named_parameters()):
        if parameter.dim() > 1:
            parameter.normal_(0, 0.02, generator=generator)
        elif "norm" in key.lower() and key.endswith("weight"):
            parameter.normal_(1, 0.1, generator=generator)
        else:
            parameter.normal_(0, 0.1, generator=generator)
    model.save_pretrained(folder, max_shard_size="2GB")
    del model
    for file in ("tokenizer.json", "tokenizer_config.json"):  # any: only ids are fed
        (folder / file).write_bytes((NEOX_TOKENIZER / file).read_bytes())

    model = spec["model"].from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    rng = random.Random(7)
    rows = []
    for n in (64, 200):
        tokens = [rng.randrange(2, model.config.vocab_size) for _ in range(n)]
        rows.append(dict(tokens=tokens) | (dict(tokenTypes=[0] * (n // 2) + [1] * (n - n // 2)) if name == "bert-large" else {}))
    last = spec["layers"] - 1
    cases, seconds = [], 0.0
    for schedule in (f"0..{spec['layers']}", f"mean(0, {last}), {last}" if last else "0, 0", f"{last}, 0"):
        outputs = []
        for row in rows:
            r = spec["runner"](model, row)
            started = time.perf_counter()
            h = run_text(r, schedule, r.embed())
            seconds += time.perf_counter() - started
            outputs.append({key: value.double().tolist() for key, value in r.outputs(h).items()})
        cases.append(dict(method="schedule", schedule=schedule, outputs=outputs))
    (folder / "expected.json").write_text(json.dumps(dict(model=name, parameters=count(spec), torchSeconds=seconds, rows=rows, cases=cases)))
    print(f"{name}: {sum(f.stat().st_size for f in folder.iterdir()) / 1e9:.2f} GB, {torch.get_num_threads()} threads {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    if sys.argv[1] == "--counts":
        write_counts()
        sys.exit()
    for name in sys.argv[2:] or MODELS:
        make(name, Path(sys.argv[1]))
