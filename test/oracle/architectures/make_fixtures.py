"""Makes test/testdata/neox and test/testdata/bert: tiny random checkpoints and what Hugging Face says about them.

Run by hand, on a CPU, from the repository root (Python 3.11, the versions in requirements.txt beside this file):

    python3.11 -m venv /tmp/venv && /tmp/venv/bin/pip install -r test/oracle/architectures/requirements.txt
    /tmp/venv/bin/python test/oracle/architectures/make_fixtures.py                # all, under a minute
    /tmp/venv/bin/python test/oracle/architectures/make_fixtures.py neox-classic   # only those named

Deterministic: every weight and token comes from a seeded generator, and torch runs on one thread. What is computed here runs HF's own
modules, called one by one; only their order, the mask and the merges are ours (test/oracle/llama/runner.py). Three things are asserted
for every checkpoint: our baseline is HF's forward pass; every schedule's text means what the method's own loop did, bit for bit; and each
deliberate mistake (neox.py, bert.py) moves some recorded value by more than 1e-2.
"""

import copy
import json
import random
import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[1] / "llama"))

import torch
import transformers

import bert
import neox
from cases import list_cases
from runner import method_text, run_method, run_text

OUT = Path(__file__).resolve().parents[2] / "testdata"
MUTATION_MUST_MOVE = 1e-2  # a hundred times the tests' tolerance of 1e-4
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
torch.set_grad_enabled(False)


def fill(model, spec):
    """Weights that make mistakes show: matrices of `std`, norm weights around one, biases not zero."""
    generator = torch.Generator().manual_seed(spec["seed"])
    for name, parameter in sorted(model.named_parameters()):
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.copy_(1 + 0.3 * noise if name.lower().endswith("norm.weight") else spec["std"] * noise)
    return model.to(spec.get("dtype", torch.float32))


def largest_gap(a, b):
    return max((a[key].double() - b[key].double()).abs().max().item() for key in a)


def digits(values):
    if values.dim() > 1:
        return [digits(v) for v in values]
    return [float(f"{v:.7g}") for v in values.tolist()]


def make(name, family, runner_class):
    spec = family.CHECKPOINTS[name]
    folder = OUT / name.split("-")[0] / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = fill(family.make(spec).eval(), spec)
    made.save_pretrained(folder, max_shard_size=spec.get("max_shard_size", "1GB"))
    (folder / "generation_config.json").unlink(missing_ok=True)
    family.edit_folder(folder, spec, made)
    assert "max_shard_size" not in spec or len(list(folder.glob("model-*.safetensors"))) >= 3
    # from here on the folder alone counts
    loading = dict(add_pooling_layer=False) if spec.get("bare") else {}
    model = type(made).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", **loading).eval()
    for p, q in zip(model.parameters(), made.parameters(), strict=True):
        assert torch.equal(p, q.float()), name
    model64 = copy.deepcopy(model).double()  # how sure is float32?
    T = model.config.num_hidden_layers
    rows = family.rows(random.Random(spec["seed"]), model.config)

    def baseline(model, row, edit=lambda _: None):
        r = runner_class(model, row)
        edit(r)
        return r.outputs(r.sequence(range(T), r.embed()))

    right = [baseline(model, row) for row in rows]
    for row, expected in zip(rows, right):
        assert (off := largest_gap(expected, family.whole(model, row))) < 1e-5, f"{name}: baseline is not HF's forward pass: {off}"

    cases, gap = [], 0.0
    for method, params in list_cases(T):
        text = params["text"] if method == "schedule" else method_text(T, method, params)
        case = dict(method=method, schedule=text, outputs=[])
        for row in rows:
            r, r64 = runner_class(model, row), runner_class(model64, row)
            h = run_text(r, text, r.embed())
            if method != "schedule":
                assert torch.equal(h, run_method(r, method, params)), (method, params, text)
            out = r.outputs(h)
            gap = max(gap, largest_gap(out, r64.outputs(run_text(r64, text, r64.embed()))))
            case["outputs"].append({key: digits(value) for key, value in out.items()})
        cases.append(case)
    assert gap < 3e-5, (name, gap)

    moved = {}
    for what, (edit_model, edit_runner, patch) in family.mutations(model).items():
        bent = copy.deepcopy(model)
        edit_model(bent)
        if patch:
            module, attribute = family.PATCH
            old = getattr(module, attribute)
            setattr(module, attribute, patch)
        moved[what] = max(largest_gap(expected, baseline(bent, row, edit_runner)) for row, expected in zip(rows, right))
        if patch:
            setattr(module, attribute, old)
        assert moved[what] > MUTATION_MUST_MOVE, (name, what, moved[what])
        moved[what] = float(f"{moved[what]:.2g}")

    head = dict(model=name, why=spec["why"],
                versions=dict(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__),
                layers=T, float64Gap=float(f"{gap:.2g}"), mutations=moved, rows=rows)
    lines = [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}," for k, v in head.items()]
    body = ",\n".join("    " + json.dumps(case, separators=(",", ":")) for case in cases)
    (folder / "expected.json").write_text("{\n" + "\n".join(lines) + '\n  "cases": [\n' + body + "\n  ]\n}\n")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{name}: {size / 1e3:.0f} kB, {len(cases)} cases, float64 gap {gap:.1e}")
    print("   ", ", ".join(f"{k} {v}" for k, v in moved.items()))


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    families = [(neox, neox.NeoXRunner), (bert, bert.BertRunner)]
    for family, runner_class in families:
        for name in family.CHECKPOINTS:
            if len(sys.argv) == 1 or name in sys.argv[1:]:
                make(name, family, runner_class)
