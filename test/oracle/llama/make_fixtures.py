"""Makes test/testdata/llama: tiny random Llama and Mistral checkpoints and what Hugging Face says about them.

Run by hand, on a CPU, from the repository root (Python 3.11, the versions in requirements.txt beside this file):

    python3.11 -m venv /tmp/venv && /tmp/venv/bin/pip install -r test/oracle/llama/requirements.txt
    /tmp/venv/bin/python test/oracle/llama/make_fixtures.py            # all, about a minute
    /tmp/venv/bin/python test/oracle/llama/make_fixtures.py llama-gqa  # only those named

Deterministic: every weight and token comes from a seeded generator, and torch runs on one thread. A second run on the same
processor writes the same bytes; on another one the log-probs may differ in the last digits (field `float64Gap` says how many count).

What is computed here runs HF's own modules (embedding, decoder layers, norm, head), called one by one; only their order, the mask and
the merges are ours. Three things are asserted for every checkpoint: our baseline is HF's forward pass; every schedule's text means
what the method's own loop did, bit for bit; and each deliberate mistake of mutations.py moves some log-prob by more than 1e-2.
"""

import copy
import json
import random
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path

sys.dont_write_bytecode = True

import safetensors
import tokenizers
import torch
import transformers
from transformers import AutoModelForCausalLM

from checkpoints import CHECKPOINTS, make_model, make_tokenizer, save_model
from mutations import inv_freq_of, list_mutations, patched, set_rotary
from runner import Runner, method_text, run_method, run_text

OUT = Path(__file__).resolve().parents[2] / "testdata" / "llama"
MUTATION_MUST_MOVE = 1e-2  # a hundred times the tests' tolerance of 1e-4
ARGMAX_MARGIN = 1e-3  # closer than this the two best tokens count as a tie, written as -1
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.set_grad_enabled(False)


def list_cases(T, long):
    """(method, params); beyond the paper, method `schedule` with the text."""
    if long:
        yield "baseline", {}
        yield from [("skip", dict(start=0)), ("reverse", dict(start=0)), ("parallel", dict(start=0)),
                    ("loop_parallel", dict(start=0, loops=2)), ("switch_idx", dict(index=1))]
        return
    starts = [s for s in range(T) if T - 2 * s - 1 >= 1]
    wide = [s for s in starts if T - 2 * s - 1 >= 2]
    yield "baseline", {}
    for method in ("skip", "middle_repeat", "parallel"):
        yield from ((method, dict(start=s)) for s in starts)
    yield from (("reverse", dict(start=s)) for s in wide)
    yield from (("random", dict(start=s, seed=seed)) for s in wide[:2] for seed in (0, 1, 7))
    yield from (("loop_parallel", dict(start=s, loops=loops)) for s in wide for loops in (2, 3))
    yield "loop_parallel", dict(start=starts[-1], loops=4)
    yield from (("skip_idx", dict(index=i)) for i in (0, 2, T - 1))
    yield from (("switch_idx", dict(index=i)) for i in (0, 3, T - 2))
    for text in (f"0..2, sum(2..5), 5..{T}", f"0, mean((1, 2), (3, 4)), 5..{T}", f"0, sum((1..3), (3, 2), 4), 5..{T}",
                 f"0..2, loop(2, 2..5, damping=0.5), 5..{T}", f"0, loop(2, mean(1, 2), 3), mean(4), {T - 1}",
                 f"0..2, mean(loop(2, 2, damping=0.25), mean(3, 4)), 5..{T}", "3, 3, 1, 0"):
        yield "schedule", dict(text=text)


def next_token(log_probs, row):
    """[vocab] per position -> log-prob of the token that follows, for all but the last position"""
    return log_probs[:-1].gather(1, torch.tensor(row[1:])[:, None])[:, 0]


def run_case(model, row, method, params, text):
    r = Runner(model, row)
    by_text = run_text(r, text, r.embed())
    if method != "schedule":
        assert torch.equal(by_text, run_method(r, method, params)), (method, params, text)
    return r.log_probs(by_text)


def short(values):
    return [float(f"{v:.7g}") for v in values.tolist()]


def make(name, spec):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = make_model(spec)
    save_model(made, folder, spec)
    encodings = make_tokenizer(folder, spec["config"]["vocab_size"]) if spec.get("tokenizer") else None
    if "max_shard_size" in spec:
        assert len(list(folder.glob("model-*.safetensors"))) >= 3
    # from here on the folder alone counts
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    assert model.config.rope_parameters.items() >= made.config.rope_parameters.items()
    assert all(torch.equal(p, q.float()) for p, q in zip(model.parameters(), made.parameters(), strict=True))
    model64 = copy.deepcopy(model).double()  # matrices in float64 (norms, softmax and angles stay float32): how sure is float32?
    T = len(model.model.layers)
    rng = random.Random(spec["seed"])
    rows = [[rng.randrange(2, model.config.vocab_size) for _ in range(n)] for n in spec.get("lengths", (5, 23, 61))]
    long = "lengths" in spec
    kept = [sorted({*range(15, n - 1, 16), *range(n - 65, n - 1)}) if long else list(range(n - 1)) for n in map(len, rows)]

    right = []
    logits_std, top = [], []
    for row in rows:
        r = Runner(model, row)
        logits = model(torch.tensor([row])).logits[0]
        ours = r.log_probs(r.sequence(range(T), r.embed()))
        assert torch.equal(ours, logits.log_softmax(-1)), f"{name}: baseline is not HF's forward pass"
        right.append(next_token(ours, row))
        logits_std.append(logits.std().item())
        top.append(ours.exp().max(-1).values.mean().item())
    spread = dict(logitStd=round(max(logits_std), 3), meanTopProb=round(sum(top) / len(top), 3))
    assert 1 < spread["logitStd"] < 5 and spread["meanTopProb"] < 0.6, (name, spread)

    cases, gap, ties = [], 0.0, 0
    for method, params in list_cases(T, long):
        text = params["text"] if method == "schedule" else method_text(T, method, params)
        case = dict(method=method, params={} if method == "schedule" else params, schedule=text, logprobs=[], argmax=[])
        for row, positions in zip(rows, kept):
            lp = run_case(model, row, method, params, text)
            lp64 = run_case(model64, row, method, params, text)
            gap = max(gap, (next_token(lp, row) - next_token(lp64, row))[positions].abs().max().item())
            best = lp.topk(2, -1)
            sure = best.values[:, 0] - best.values[:, 1] > ARGMAX_MARGIN
            argmax = torch.where(sure, best.indices[:, 0], -1)
            if long:
                argmax = argmax[positions]
            ties += int((argmax < 0).sum())
            case["logprobs"].append(short(next_token(lp, row)[positions]))
            case["argmax"].append(argmax.tolist())
        cases.append(case)
    assert gap < 3e-5, (name, gap)

    mutations = {}
    for what, (edit_model, edit_runner, patch) in list_mutations(model, name).items():
        bent = copy.deepcopy(model)
        edit_model(bent)
        worst = 0.0
        for row, expected in zip(rows, right):
            r = Runner(bent, row)
            edit_runner(r)
            with patched(*patch) if patch else nullcontext():
                got = next_token(r.log_probs(r.sequence(range(T), r.embed())), row)
            worst = max(worst, (got - expected).abs().max().item())
        assert worst > MUTATION_MUST_MOVE, (name, what, worst)
        mutations[what] = float(f"{worst:.2g}")
    softer = {}  # worth knowing, too small to be asserted as above
    if long:
        r = Runner(model, rows[0])
        set_rotary(r, inv_freq_of(model.config.rope_parameters["rope_theta"], model.config.head_dim, torch.float64), torch.float64)
        got = next_token(r.log_probs(r.sequence(range(T), r.embed())), rows[0])
        softer["rope angles in float64"] = float(f"{(got - right[0]).abs()[kept[0]].max().item():.2g}")
        assert softer["rope angles in float64"] > 3e-4, softer
    if "dtype" in spec:
        half = copy.deepcopy(model).to(spec["dtype"])
        worst = 0.0
        for row, expected in zip(rows, right):
            worst = max(worst, (next_token(half(torch.tensor([row])).logits[0].float().log_softmax(-1), row) - expected).abs().max().item())
        softer["computed in half precision"] = float(f"{worst:.2g}")

    head = dict(model=name, why=spec["why"],
                versions=dict(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__,
                              safetensors=safetensors.__version__, tokenizers=tokenizers.__version__),
                layers=T, **spread, float64Gap=float(f"{gap:.2g}"), ties=ties, mutations=mutations, softerMutations=softer)
    if encodings:
        head["tokenizer"] = encodings
    head["rows"] = rows
    if long:
        head["positions"] = kept
    lines = [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}," for k, v in head.items()]
    body = ",\n".join("    " + json.dumps(case, separators=(",", ":")) for case in cases)
    (folder / "expected.json").write_text("{\n" + "\n".join(lines) + '\n  "cases": [\n' + body + "\n  ]\n}\n")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name}: {size / 1e3:.0f} kB, {len(cases)} cases, {ties} ties, {spread}, float64 gap {gap:.1e}")
    print("   ", ", ".join(f"{k} {v}" for k, v in (mutations | softer).items()))


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in sys.argv[1:] or CHECKPOINTS:
        make(name, CHECKPOINTS[name])
