"""Makes test/testdata/generation: greedy tokens under schedules, over checkpoints of the other fixtures.

Run by hand, on a CPU, from the repository root, with the Python and the versions of test/oracle/llama/requirements.txt:

    /tmp/venv/bin/python test/oracle/generation/make_fixtures.py

Deterministic. Nothing is cached here: for every new token all of the text goes through Hugging Face's layers again, in the order that each
method's plain loop says. Asserted: under the model's own order this is what HF's generate() gives, with its cache; and nowhere are the two likeliest
tokens closer than MIN_GAP (prompts where they are get other tokens), so that rounding cannot choose.
"""

import json
import random
import sys
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / "test" / "oracle" / name) for name in ("llama", "architectures")]

import torch
import transformers
from transformers import AutoModelForCausalLM

from neox import NeoXRunner
from runner import Runner, run_method

TESTDATA = ROOT / "test" / "testdata"
MIN_GAP = 2e-3  # log-probabilities; the tests' tolerance is 1e-4
NEW_TOKENS = 14
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.set_grad_enabled(False)


def repeated(r, h):
    """Layers 1 and 2 three times: as many keys and values as visits."""
    h = r.layer(0, h)
    for _ in range(3):
        h = r.sequence([1, 2], h)
    return r.sequence(range(3, r.count), h)


def methods(T):
    def named(method, **p):
        arguments = ", ".join(f"{key}={value}" for key, value in p.items())
        return f"{method}({arguments})" if p else method, lambda r: run_method(r, method, p)

    s = 1
    return [
        named("baseline"), named("skip", start=s), named("reverse", start=s), named("middle_repeat", start=s),
        named("parallel", start=s), named("loop_parallel", start=s, loops=2),
        (f"0, loop(3, 1..3), 3..{T}", lambda r: repeated(r, r.embed())),
    ]


class Llama(Runner):
    def __init__(self, model, tokens):
        super().__init__(model, tokens)

    def last(self, h):
        return self.log_probs(h[:, -1:])[0]


class NeoX(NeoXRunner):
    def __init__(self, model, tokens):
        super().__init__(model, dict(tokens=tokens))

    def last(self, h):
        return self.model.lm_head(self.model.gpt_neox.final_layer_norm(h[:, -1:]))[0].log_softmax(-1)[0]


CHECKPOINTS = {"llama-gqa": Llama, "llama-bias": Llama, "mistral-window": Llama, "neox-classic": NeoX, "neox-sequential": NeoX}


def greedy(runner, model, prompt, run):
    tokens, smallest = list(prompt), float("inf")
    for _ in range(NEW_TOKENS):
        r = runner(model, tokens)
        best = r.last(run(r)).topk(2)
        smallest = min(smallest, (best.values[0] - best.values[1]).item())
        tokens.append(best.indices[0].item())
    return tokens[len(prompt):], smallest


def make(name):
    runner = CHECKPOINTS[name]
    folder = TESTDATA / ("llama" if name.startswith("mistral") else name.split("-")[0]) / name
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    T, rng = model.config.num_hidden_layers, random.Random(name)
    every = methods(T)
    prompts = []
    for length in (1, 5, 12, 21):
        while True:
            prompt = [rng.randrange(2, model.config.vocab_size) for _ in range(length)]
            found = [greedy(runner, model, prompt, run) for _, run in every]
            if min(gap for _, gap in found) > MIN_GAP:
                break
        own = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=NEW_TOKENS, use_cache=True, eos_token_id=None, pad_token_id=0)
        assert own[0, length:].tolist() == found[0][0], (name, "not what generate() gives")
        prompts.append((prompt, found))
    head = dict(model=name, versions=dict(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__),
                smallestGap=float(f"{min(gap for _, found in prompts for _, gap in found):.2g}"), prompts=[prompt for prompt, _ in prompts])
    lines = [f"  {json.dumps(k)}: {json.dumps(v)}," for k, v in head.items()]
    cases = [dict(schedule=text, tokens=[found[i][0] for _, found in prompts]) for i, (text, _) in enumerate(every)]
    body = ",\n".join("    " + json.dumps(case, separators=(",", ":")) for case in cases)
    path = TESTDATA / "generation" / f"{name}.json"
    path.write_text("{\n" + "\n".join(lines) + '\n  "cases": [\n' + body + "\n  ]\n}\n")
    print(f"{name}: {path.stat().st_size / 1e3:.0f} kB, smallest gap {head['smallestGap']}")


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in sys.argv[1:] or CHECKPOINTS:
        make(name)
